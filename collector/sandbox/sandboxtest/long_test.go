package sandboxtest_test

import _ "telegramtrac/collector/collectortest/long"
