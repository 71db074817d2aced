package signin

import _ "telegramtrac/collector/collectortest/long"
