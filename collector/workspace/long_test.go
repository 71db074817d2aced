package workspace_test

import _ "telegramtrac/collector/collectortest/long"
