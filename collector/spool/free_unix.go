//go:build linux || darwin

package spool

import "golang.org/x/sys/unix"

// Free returns how many bytes are free on a folder's disk for ordinary programs, and the size
// of the disk.
func Free(dir string) (bytes, total uint64, known bool) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, 0, false
	}
	return st.Bavail * uint64(st.Bsize), st.Blocks * uint64(st.Bsize), true
}
