package spool

import _ "telegramtrac/collector/collectortest/long"
