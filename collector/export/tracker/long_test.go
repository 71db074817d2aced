package tracker_test

import _ "telegramtrac/collector/collectortest/long"
