package collector

import (
	"fmt"
	"runtime/debug"
)

// Recovered calls f and returns a panic in it as an error: a damaged file must not end the
// program for everyone. It is for goroutines that no router recovers.
func Recovered(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}
