package bucket

import _ "telegramtrac/collector/collectortest/long"
