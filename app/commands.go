package main

import (
	"context"
	"errors"
	"io"
)

// command is a word after the program's name that makes it do something else than
// serve the page. It returns the exit code.
type command func(ctx context.Context, args []string, getenv func(string) string, out io.Writer) int

// commands lists them by their word.
func commands() map[string]command {
	return map[string]command{"backup": backup, "restore": restore, "doctor": doctor}
}

// errUnfinished says that the data folder is one into which a backup was not restored
// to its end.
var errUnfinished = errors.New("a restore was broken off")
