package dataset

import _ "telegramtrac/collector/collectortest/long"
