//go:build darwin

package gate

import "golang.org/x/sys/unix"

// sleeplessClock runs on while the machine sleeps, unlike Go's own on macOS.
const sleeplessClock = unix.CLOCK_MONOTONIC
