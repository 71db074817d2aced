package account

import (
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/archive"
	"telegramtrac/collector/intake"
)

// A second attempt at an import tells what it read, not what the first one did, too.
func TestTellAgain(t *testing.T) {
	var i collector.Import
	report := &intake.Result{Files: []archive.FileReport{{Name: "a.ndjson", Kind: "x", Messages: 3}}, LeftOut: []string{"b.txt"}}
	tell(&i, report)
	tell(&i, report)
	if len(i.Read) != 1 || len(i.LeftOut) != 1 || i.Read[0].Messages != 3 {
		t.Errorf("read %+v, left out %q", i.Read, i.LeftOut)
	}
}

// An import that is asked for while the last one tidies up is begun after it.
func TestImportAskedForAtTheEndOfTheLast(t *testing.T) {
	i := newImports()
	i.kick("w", "w")
	<-i.kicks
	if got := len(i.take(t.Context())); got != 1 {
		t.Fatalf("%d jobs begin, want 1", got)
	}
	i.kick("w")
	<-i.kicks
	if got := len(i.take(t.Context())); got != 0 {
		t.Fatalf("%d jobs begin beside the first, want none", got)
	}
	i.forget("w")
	select {
	case <-i.kicks:
	default:
		t.Fatal("nobody is told to begin the next")
	}
	if got := len(i.take(t.Context())); got != 1 {
		t.Errorf("%d jobs begin after the first, want 1", got)
	}
}
