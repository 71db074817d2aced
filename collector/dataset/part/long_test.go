package part

import _ "telegramtrac/collector/collectortest/long"
