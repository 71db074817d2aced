package network

import _ "telegramtrac/collector/collectortest/long"
