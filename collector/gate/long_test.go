package gate_test

import _ "telegramtrac/collector/collectortest/long"
