package gate

import "time"

// Backoff returns how long to wait before the next try: first, doubled for each try so far, at
// most most.
func Backoff(try int, first, most time.Duration) time.Duration {
	for ; try > 0 && first < most; try-- {
		first *= 2
	}
	return min(first, most)
}

// Reconnect is the Backoff after a lost connection: one second, doubled up to half a minute.
func Reconnect(try int) time.Duration { return Backoff(try, time.Second, LongestSleep) }
