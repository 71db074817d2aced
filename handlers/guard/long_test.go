package guard

import _ "telegramtrac/collector/collectortest/long"
