package sandbox_test

import _ "telegramtrac/collector/collectortest/long"
