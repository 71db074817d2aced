// Package long marks the tests that take minutes: go test ./... -long runs them, a plain go
// test ./... skips them with a message.
//
// Every test package imports it, so that the flag can be given to all packages at once.
package long

import (
	"flag"
	"testing"
)

// asked is a flag of the test binary, defined like the testing package's own flags.
var asked = flag.Bool("long", false, "run the tests that take minutes too")

// Only skips a test that takes minutes unless -long was given.
func Only(t testing.TB) {
	t.Helper()
	if !*asked {
		t.Skip("takes minutes; go test -long runs it")
	}
}

// Size is how large a benchmark is: n, or a hundredth of n with -short, which only shows that it
// runs.
func Size(n int) int {
	if testing.Short() {
		return max(1, n/100)
	}
	return n
}

// Asked reports whether -long was given, for tests that only grow with it.
func Asked() bool { return *asked }
