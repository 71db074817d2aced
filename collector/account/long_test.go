package account_test

import _ "telegramtrac/collector/collectortest/long"
