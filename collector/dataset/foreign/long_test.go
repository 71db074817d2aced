package foreign

import _ "telegramtrac/collector/collectortest/long"
