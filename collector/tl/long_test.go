package tl_test

import _ "telegramtrac/collector/collectortest/long"
