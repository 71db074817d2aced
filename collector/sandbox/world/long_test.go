package world

import _ "telegramtrac/collector/collectortest/long"
