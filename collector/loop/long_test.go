package loop_test

import _ "telegramtrac/collector/collectortest/long"
