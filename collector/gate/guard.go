package gate

import (
	"time"

	"telegramtrac/collector"
)

// Reasons why an account's guard has stopped everything. They are in Memory.Stopped and in the
// Detail of Guarded errors.
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

// stopFor returns why the waits so far must stop the account, or "". Waits of look-ups never
// stop it.
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

// escalating reports whether each of the last waits is at least as long as the one before.
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

// guarded is the error of every call while the account is stopped.
func (m *Memory) guarded() error {
	return &collector.Error{Kind: collector.Guarded, Detail: m.Stopped, RetryAt: m.NotBefore}
}

// stop stops all sending until Resume, and returns the error for that. During sign-in there is
// no account yet to remember it for; the account's first request meets the same error again.
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

// Resume allows requests again after the guard has stopped them (Guarded errors). A current
// flood wait still has to end first.
func (g *Account) Resume() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.memory = g.memory.Resumed()
	g.remember()
	g.wake()
}
