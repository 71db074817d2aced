package intake

import _ "telegramtrac/collector/collectortest/long"
