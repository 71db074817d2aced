package table

import _ "telegramtrac/collector/collectortest/long"
