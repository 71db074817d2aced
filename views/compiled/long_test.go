package compiled_test

import _ "telegramtrac/collector/collectortest/long"
