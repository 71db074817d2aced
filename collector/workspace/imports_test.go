package workspace

import (
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/intake"
)

// A second attempt at an import tells what it read, not what the first one did, too.
func TestTellAgain(t *testing.T) {
	var i collector.Import
	report := &intake.Result{Files: []input.FileReport{{Name: "a.ndjson", Kind: "x", Messages: 3}}, LeftOut: []string{"b.txt"}}
	noteRead(&i, report)
	noteRead(&i, report)
	if len(i.Read) != 1 || len(i.LeftOut) != 1 || i.Read[0].Messages != 3 {
		t.Errorf("read %+v, left out %q", i.Read, i.LeftOut)
	}
}
