package tabs_test

import _ "telegramtrac/collector/collectortest/long"
