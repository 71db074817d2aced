package static_test

import _ "telegramtrac/collector/collectortest/long"
