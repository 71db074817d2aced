package draw

import _ "telegramtrac/collector/collectortest/long"
