package input

import _ "telegramtrac/collector/collectortest/long"
