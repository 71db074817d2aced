package listed_test

import _ "telegramtrac/collector/collectortest/long"
