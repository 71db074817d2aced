package export

import _ "telegramtrac/collector/collectortest/long"
