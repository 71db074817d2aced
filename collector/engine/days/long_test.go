package days

import _ "telegramtrac/collector/collectortest/long"
