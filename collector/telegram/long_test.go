package telegram_test

import _ "telegramtrac/collector/collectortest/long"
