//go:build !linux

package engine

import "testing"

// tmpfs is "": on these systems nothing is mounted.
func tmpfs(*testing.T, string) string { return "" }
