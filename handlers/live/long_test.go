package live

import _ "telegramtrac/collector/collectortest/long"
