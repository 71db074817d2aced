package tdl

import _ "telegramtrac/collector/collectortest/long"
