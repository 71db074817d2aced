package datafolder

import _ "telegramtrac/collector/collectortest/long"
