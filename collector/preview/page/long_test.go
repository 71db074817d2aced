package page

import _ "telegramtrac/collector/collectortest/long"
