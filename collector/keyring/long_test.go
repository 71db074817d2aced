package keyring_test

import _ "telegramtrac/collector/collectortest/long"
