package splice

import _ "telegramtrac/collector/collectortest/long"
