package batch

import _ "telegramtrac/collector/collectortest/long"
