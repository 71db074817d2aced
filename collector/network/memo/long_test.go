package memo

import _ "telegramtrac/collector/collectortest/long"
