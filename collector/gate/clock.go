package gate

import (
	"context"
	"time"
)

// Clock is the clock of a gate. Times that are shown or stored come from Now. Waits are
// measured with Uptime, so that setting the wall clock neither shortens nor lengthens a wait.
type Clock interface {
	// Now is the wall clock time.
	Now() time.Time

	// Uptime never decreases and runs at the speed of real time. On Linux and macOS it includes
	// the time that the machine sleeps; elsewhere a sleep lengthens waits, which is safe.
	Uptime() time.Duration

	// After sends once on the channel after d. It may be late.
	After(d time.Duration) <-chan time.Time
}

// systemClock is the clock of the machine.
type systemClock struct{ started time.Time }

// System returns the clock of the machine.
func System() Clock { return systemClock{time.Now()} }

func (systemClock) Now() time.Time                         { return time.Now().Round(0) }
func (c systemClock) Uptime() time.Duration                { return uptime(c.started) }
func (systemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// LongestSleep limits one Sleep: timers stop while the machine sleeps, so callers must check
// the clock regularly.
const LongestSleep = 30 * time.Second

// Sleep waits for d, at most LongestSleep, or until the context ends or changed is closed.
// Changed may be nil.
func Sleep(ctx context.Context, c Clock, d time.Duration, changed <-chan struct{}) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-c.After(min(d, LongestSleep)):
		return nil
	case <-changed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
