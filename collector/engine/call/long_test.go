package call

import _ "telegramtrac/collector/collectortest/long"
