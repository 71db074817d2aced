package suite_test

import _ "telegramtrac/collector/collectortest/long"
