//go:build !linux && !darwin

package gate

import "time"

// uptime is the time since the clock was made, by Go's monotonic clock.
func uptime(started time.Time) time.Duration { return time.Since(started) }
