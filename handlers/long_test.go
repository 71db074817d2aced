package handlers_test

import _ "telegramtrac/collector/collectortest/long"
