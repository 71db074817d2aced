package search

import _ "telegramtrac/collector/collectortest/long"
