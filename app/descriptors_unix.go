//go:build unix

package main

import "syscall"

// descriptors is how many files and connections the program may have open; 0: unknown.
func descriptors() uint64 {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		return 0
	}
	return uint64(r.Cur)
}
