package sheet_test

import _ "telegramtrac/collector/collectortest/long"
