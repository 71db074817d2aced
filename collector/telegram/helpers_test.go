package telegram_test

import (
	"telegramtrac/collector/gate/gatetest"
	"telegramtrac/collector/telegram/telegramtest"
)

type (
	memory    = telegramtest.Account
	skipClock = gatetest.Skip
)

var (
	start    = telegramtest.Start
	options  = telegramtest.Options
	signedIn = telegramtest.SignedIn
	dial     = telegramtest.Dial
	connect  = telegramtest.Connect
	pier     = telegramtest.Pier
	collect  = telegramtest.Collect
	complete = telegramtest.Complete
	truth    = telegramtest.Truth
)
