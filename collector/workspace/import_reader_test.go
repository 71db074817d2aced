package workspace_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/intake"
	"telegramtrac/collector/sandbox"
)

// badReader is a bench whose uploads are read badly; started counts by how many.
func badReader(t *testing.T, how string) (b *bench, started func() int) {
	t.Helper()
	b = newBenchIn(t, t.TempDir())
	b.stop()
	path := filepath.Join(t.TempDir(), "readers")
	b.reader = intake.Program{Path: os.Args[0], Args: []string{"read badly", how, path}}
	b.start()
	return b, func() int {
		text, _ := os.ReadFile(path)
		return strings.Count(string(text), "started")
	}
}

// Files that crash who reads them are tried twice, whether or not the program was
// started again between, and end in one sentence; the next import works.
func TestCrashIsNotTriedForEver(t *testing.T) {
	for before, want := range map[int]int{0: 2, 1: 1} {
		t.Run(fmt.Sprintf("after %d", before), func(t *testing.T) {
			b, started := badReader(t, "crash")
			w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
			if before == 0 {
				b.startImport("ann", b.spooled(w, telethonLines(10)))
			} else { // a program before this one saw it crash
				record := collector.Import{
					ID: b.spooled(w, telethonLines(10)), State: collector.Running, Attempts: 1, Crashes: before,
					Files: []collector.ImportFile{{Name: "a.ndjson"}}, SubmittedAt: time.Now(),
				}
				if err := b.engine.PutImport(t.Context(), w.ID, record); err != nil {
					t.Fatal(err)
				}
				b.stop()
				b.start()
			}
			end := b.importEnd(w)
			if end.State != collector.Failed || end.Error != collector.ImportCrashed || started() != want {
				t.Errorf("%s %s after %d readers, want %d", end.State, end.Error, started(), want)
			}
			b.stop()
			b.reader = intake.Program{}
			b.start()
			b.startImport("ann", b.spooled(w, telethonLines(10)))
			if end := b.importEnd(w); end.State != collector.Done || b.rows(w) != 10 {
				t.Errorf("the next import: %+v", end)
			}
		})
	}
}

// A reader that never ends holds up neither a cancellation, nor a deletion, nor a stop;
// after a stop its import goes on.
func TestSlowReaderIsStopped(t *testing.T) {
	for _, by := range []string{"import_cancel", "delete", "stop"} {
		t.Run(by, func(t *testing.T) {
			b, started := badReader(t, "for ever")
			w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
			b.startImport("ann", b.spooled(w, telethonLines(10)))
			for deadline := time.Now().Add(patience); started() == 0; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("no reader is started")
				}
			}
			if by != "stop" {
				b.end(by, "ann")
				want := map[string]collector.State{"import_cancel": collector.Canceled}[by]
				if now, err := b.engine.Import(t.Context(), w.ID); err != nil || now.State != want {
					t.Errorf("the record: %+v, %v", now, err)
				}
				return
			}
			b.stop()
			b.reader = intake.Program{}
			b.start()
			if end := b.importEnd(w); end.State != collector.Done || end.Attempts != 1 || b.rows(w) != 10 {
				t.Errorf("after the stop: %+v", end)
			}
		})
	}
}
