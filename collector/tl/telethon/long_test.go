package telethon_test

import _ "telegramtrac/collector/collectortest/long"
