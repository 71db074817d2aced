package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// A command that is refused says so in words of its own: nothing was to be started.
func TestCommandRefused(t *testing.T) {
	want := "This cannot be done: there is a backup already."
	if got := commandSentence(errors.New("there is a backup already"), "data"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The help names every command.
func TestHelpNamesCommands(t *testing.T) {
	var help bytes.Buffer
	printHelp(&help)
	for word := range commands() {
		if !strings.Contains(help.String(), "\n  "+word+" ") {
			t.Errorf("the help does not name %s:\n%s", word, help.String())
		}
	}
}
