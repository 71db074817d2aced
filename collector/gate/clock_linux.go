//go:build linux

package gate

import "golang.org/x/sys/unix"

// sleeplessClock runs on while the machine sleeps.
const sleeplessClock = unix.CLOCK_BOOTTIME
