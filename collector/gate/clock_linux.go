//go:build linux

package gate

import "golang.org/x/sys/unix"

// sleeplessClock includes the time that the machine sleeps.
const sleeplessClock = unix.CLOCK_BOOTTIME
