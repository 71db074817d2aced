package engine

import _ "telegramtrac/collector/collectortest/long"
