//go:build linux || darwin

package spool

import "golang.org/x/sys/unix"

// freeBytes is how much room a folder's disk has for programs like this one.
func freeBytes(dir string) (uint64, bool) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, false
	}
	return st.Bavail * uint64(st.Bsize), true
}
