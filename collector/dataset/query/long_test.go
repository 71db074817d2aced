package query

import _ "telegramtrac/collector/collectortest/long"
