package tasks

import _ "telegramtrac/collector/collectortest/long"
