// Package long marks the tests that take minutes: go test ./... -long runs them,
// a plain go test ./... skips them with a message.
//
// Every test package imports it, if only for the flag, so that the flag can be
// given to all packages at once.
package long

import (
	"flag"
	"testing"
)

// asked is a flag of the test binary; the testing package keeps its own in the same way.
var asked = flag.Bool("long", false, "run the tests that take minutes too")

// Only skips a test that takes minutes unless -long was given.
func Only(t testing.TB) {
	t.Helper()
	if !*asked {
		t.Skip("takes minutes; go test -long runs it")
	}
}

// Asked says whether -long was given, for tests that are only larger with it.
func Asked() bool { return *asked }
