package archive_test

import _ "telegramtrac/collector/collectortest/long"
