package derived

import _ "telegramtrac/collector/collectortest/long"
