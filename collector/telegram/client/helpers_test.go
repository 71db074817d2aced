package client_test

import (
	"context"
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
	truth    = telegramtest.Truth
	collect  = telegramtest.Collect
	complete = telegramtest.Complete
)

// secretOf is the session that is stored.
func secretOf(m *memory) []byte {
	secret, _ := m.Load(context.Background()) // it is in memory
	return secret
}
