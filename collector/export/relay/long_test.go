package relay

import _ "telegramtrac/collector/collectortest/long"
