package graph

import _ "telegramtrac/collector/collectortest/long"
