package language

import _ "telegramtrac/collector/collectortest/long"
