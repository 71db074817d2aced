package collection

import _ "telegramtrac/collector/collectortest/long"
