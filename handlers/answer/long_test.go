package answer

import _ "telegramtrac/collector/collectortest/long"
