package bench

import _ "telegramtrac/collector/collectortest/long"
