package library_test

import _ "telegramtrac/collector/collectortest/long"
