//go:build darwin

package gate

import "golang.org/x/sys/unix"

// sleeplessClock includes the time that the machine sleeps, unlike Go's clock on macOS.
const sleeplessClock = unix.CLOCK_MONOTONIC
