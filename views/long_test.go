package views_test

import _ "telegramtrac/collector/collectortest/long"
