package lists_test

import _ "telegramtrac/collector/collectortest/long"
