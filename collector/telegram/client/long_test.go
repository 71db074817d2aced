package client_test

import _ "telegramtrac/collector/collectortest/long"
