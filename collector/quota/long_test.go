package quota

import _ "telegramtrac/collector/collectortest/long"
