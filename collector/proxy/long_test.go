package proxy_test

import _ "telegramtrac/collector/collectortest/long"
