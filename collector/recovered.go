package collector

import (
	"fmt"
	"runtime/debug"
)

// Recovered calls f and returns a panic as an error, so that a damaged file does not end the
// program for everyone. Use it in goroutines, which no router recovers.
func Recovered(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}
