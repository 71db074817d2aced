package gate

import (
	"context"
	"time"
)

// Clock is the time that a gate goes by. Times that people see, and those
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

// System is the clock of the machine.
func System() Clock { return systemClock{time.Now()} }

func (systemClock) Now() time.Time                         { return time.Now().Round(0) }
func (c systemClock) Uptime() time.Duration                { return uptime(c.started) }
func (systemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// LongestSleep is how long one Sleep takes at most: timers stand still while the
// machine sleeps, so the clock is looked at now and then.
const LongestSleep = 30 * time.Second

// Sleep waits for d or LongestSleep, whichever is shorter, until the context ends, or
// until changed is closed, which may be nil.
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
