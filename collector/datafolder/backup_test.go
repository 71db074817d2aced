package datafolder

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestTakingIsNoData: rows that a killed process was about to give to their channel are
// in the dataset, too. What it left of them is no damage, and in no backup.
func TestTakingIsNoData(t *testing.T) {
	data := t.TempDir()
	name := "workspaces/w/taking/messages/channel_id=7/1.parquet"
	for _, dir := range []string{"engine", filepath.Dir(name)} {
		if err := os.MkdirAll(filepath.Join(data, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(data, name), []byte("cut off"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &Examination{Data: data, Out: io.Discard}
	if err := d.messages(t.Context()); err != nil || d.found != 0 || d.parts != 0 {
		t.Errorf("the doctor: %v, found %d, looked at %d", err, d.found, d.parts)
	}
	if !temporary(name) || temporary("workspaces/w/messages/channel_id=7/1.parquet") {
		t.Error("a backup takes what was left behind, or leaves out what was collected")
	}
}
