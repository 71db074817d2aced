package wire_test

import _ "telegramtrac/collector/collectortest/long"
