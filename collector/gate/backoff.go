package gate

import "time"

// Backoff is how long to wait before the same is tried again: first, doubled by each
// try so far, and most at most.
func Backoff(try int, first, most time.Duration) time.Duration {
	for ; try > 0 && first < most; try-- {
		first *= 2
	}
	return min(first, most)
}

// Reconnect is the Backoff after a connection was lost: a second, doubled up to half a
// minute.
func Reconnect(try int) time.Duration { return Backoff(try, time.Second, LongestSleep) }
