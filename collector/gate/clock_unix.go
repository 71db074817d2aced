//go:build linux || darwin

package gate

import (
	"time"

	"golang.org/x/sys/unix"
)

// uptime is the time since boot, sleep included.
func uptime(started time.Time) time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(sleeplessClock, &ts); err != nil {
		return time.Since(started)
	}
	return time.Duration(ts.Nano())
}
