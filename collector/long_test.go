package collector_test

import _ "telegramtrac/collector/collectortest/long"
