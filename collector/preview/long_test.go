package preview

import _ "telegramtrac/collector/collectortest/long"
