package chart

import _ "telegramtrac/collector/collectortest/long"
