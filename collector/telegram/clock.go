package telegram

import (
	"context"
	"time"
)

// Clock is the time that a Client goes by. Times that people see, and those
// that outlive the process, are of Now; waits are measured by Uptime, so that a
// wall clock that is set neither cuts a wait short nor makes it longer.
type Clock interface {
	// Now is the wall clock.
	Now() time.Time

	// Uptime only ever grows, at the pace of real time. It goes on while the
	// machine sleeps where the system tells (Linux, macOS); elsewhere a wait may
	// take longer by the sleep, which is safe.
	Uptime() time.Duration

	// After sends once on the channel when d has passed. It may be late.
	After(d time.Duration) <-chan time.Time
}

// systemClock is the machine's.
type systemClock struct{ started time.Time }

func newSystemClock() Clock { return systemClock{time.Now()} }

func (systemClock) Now() time.Time                         { return time.Now().Round(0) }
func (c systemClock) Uptime() time.Duration                { return uptime(c.started) }
func (systemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// longestSleep is how long is slept at once: timers stand still while the
// machine sleeps, so the clock is looked at now and then.
const longestSleep = 30 * time.Second

// sleep waits for d at most, until the context ends, or until changed is closed.
func sleep(ctx context.Context, c Clock, d time.Duration, changed <-chan struct{}) error {
	select {
	case <-c.After(min(d, longestSleep)):
		return nil
	case <-changed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
