package handlers

import (
	"fmt"
	"runtime/debug"
)

// unpanicked makes an error of a panic: a damaged file must not end the program
// for everyone, and the router's own recovery does not reach other goroutines.
func unpanicked(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}
