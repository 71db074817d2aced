//go:build !linux

package intake

import (
	"os"
	"syscall"
)

// itself is the running program's file.
func itself() (string, error) { return os.Executable() }

func apart() *syscall.SysProcAttr { return nil }

func ignoreFileSize() {}

// confine does nothing: the reader watches its memory itself, and the program the clock.
func confine(Limits) {}
