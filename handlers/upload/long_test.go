package upload_test

import _ "telegramtrac/collector/collectortest/long"
