package gate

import (
	"time"

	"telegramtrac/collector"
)

// Why an account's guard has stopped everything: Memory.Stopped and the Detail of
// Guarded errors.
const (
	// StopEscalating: three flood waits in a row, each begun within an hour of the
	// end of the one before, none shorter than it, more than ten minutes together.
	StopEscalating = "escalating"
	// StopLong: one flood wait of twelve hours or more.
	StopLong = "long"
	// StopFrozen: Telegram has frozen the account; only its owner can appeal, in
	// the app. See https://core.telegram.org/api/auth#frozen-accounts
	StopFrozen = "frozen"
	// StopLimited: Telegram has limited what the account may do; its bot @SpamBot
	// tells its owner why, and until when.
	StopLimited = "limited"
)

const (
	escalationWaits = 3
	escalationApart = time.Hour
	escalationSum   = 10 * time.Minute
	longWait        = 12 * time.Hour
)

// stopFor returns why the waits met so far must stop the account, or "". Those of
// look-ups hold look-ups alone.
func stopFor(waits []collector.FloodWait) string {
	waits = ofLookUps(waits, false)
	n := len(waits)
	if n == 0 || waits[n-1].Forgiven {
		return ""
	}
	if time.Duration(waits[n-1].Seconds)*time.Second >= longWait {
		return StopLong
	}
	if escalating(waits) {
		return StopEscalating
	}
	return ""
}

// escalating reports whether the last waits are longer and longer.
func escalating(waits []collector.FloodWait) bool {
	n := len(waits)
	if n < escalationWaits {
		return false
	}
	var sum int64
	for i, w := range waits[n-escalationWaits:] {
		if w.Forgiven {
			return false
		}
		sum += w.Seconds
		if i == 0 {
			continue
		}
		before := waits[n-escalationWaits+i-1]
		if w.Seconds < before.Seconds || w.At.Sub(before.End()) > escalationApart {
			return false
		}
	}
	return time.Duration(sum)*time.Second > escalationSum
}

// guarded is what every call returns while the account is stopped.
func (m *Memory) guarded() error {
	return &collector.Error{Kind: collector.Guarded, Detail: m.Stopped, RetryAt: m.NotBefore}
}

// stop ends all sending until Resume, and returns the error that says so. While
// signing in there is nobody yet to remember it for: the first request of the account
// meets it again.
func (g *Account) stop(why string) error {
	if g.signingIn {
		return &collector.Error{Kind: collector.Guarded, Detail: why}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.halt(why)
	g.remember()
	return g.memory.guarded()
}

func (g *Account) halt(why string) {
	g.logger.Warn("account guard stopped", "reason", why)
	g.memory.Stopped = why
	g.wake()
}

// Resume lets requests go again after the guard has stopped them (errors of the
// kind Guarded). A flood wait that is still on is waited for.
func (g *Account) Resume() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.memory = g.memory.Resumed()
	g.remember()
	g.wake()
}
