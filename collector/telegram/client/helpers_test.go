package client_test

import (
	"context"

	"telegramtrac/collector/telegram/telegramtest"
)

// secretOf is the session that is stored.
func secretOf(m *telegramtest.Account) []byte {
	secret, _ := m.Load(context.Background()) // it is in memory
	return secret
}
