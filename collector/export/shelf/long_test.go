package shelf

import _ "telegramtrac/collector/collectortest/long"
