//go:build !linux && !darwin

package spool

// freeBytes is not known here: a write fails when the disk is full.
func freeBytes(string) (uint64, bool) { return 0, false }
