package workspace_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/staging"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/spool"
	"telegramtrac/collector/workspace"
)

// telethonLines are messages of a channel as Telethon writes them.
func telethonLines(n int) string {
	var b strings.Builder
	for id := 1; id <= n; id++ {
		fmt.Fprintf(&b, `{"_":"Message","id":%d,"peer_id":{"_":"PeerChannel","channel_id":5},"date":"2024-02-02T14:04:00+00:00","message":"text %d"}`+"\n", id, id)
	}
	return b.String()
}

// spooled puts an upload into the bench's spool, as the page does.
func (b *bench) spooled(w engine.Workspace, text string) (upload string) {
	b.t.Helper()
	u, err := spool.Open(filepath.Join(b.dir, "uploads")).Begin(w.ID, 0)
	if err == nil {
		err = u.Put(spool.File{Name: "a.ndjson"}, strings.NewReader(text))
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return u.ID()
}

func (b *bench) startImport(visitor, upload string) collector.Import {
	b.t.Helper()
	in := engine.StartImport{Visitor: visitor, Upload: upload, Files: []collector.ImportFile{{Name: "a.ndjson"}}}
	return ask(b, engine.Accounts.StartImport, in)
}

func (b *bench) importEnd(w engine.Workspace) collector.Import {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	for ; ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
		now, err := b.engine.Import(ctx, w.ID)
		if err != nil {
			b.t.Fatal(err)
		}
		if now.State.Final() {
			return now
		}
	}
	b.t.Fatal("the import does not end")
	return collector.Import{}
}

// rows counts a workspace's messages.
func (b *bench) rows(w engine.Workspace) (n int64) {
	b.t.Helper()
	d, err := b.data(w.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	totals, err := d.Totals(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return totals.Messages
}

func (b *bench) uploads() (left []string) {
	b.t.Helper()
	left, err := filepath.Glob(filepath.Join(b.dir, "uploads", "*", "*"))
	if err != nil {
		b.t.Fatal(err)
	}
	return left
}

// deadlyImport kills the process before or after its import, every time.
type deadlyImport struct {
	workspace.Store
	at string
}

func (d deadlyImport) Import(ctx context.Context, s *staging.Staging) ([]collector.Imported, error) {
	if d.at == "before the import" {
		die()
	}
	out, err := d.Store.Import(ctx, s)
	if d.at == "after the import" {
		die()
	}
	return out, err
}

const importMessages = 3000

// TestImportCrashProcess is the process that the tests below start and kill.
func TestImportCrashProcess(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		return // the other tests run it
	}
	b := newBenchIn(t, dir)
	b.stop()
	at := os.Getenv(crashPoint)
	b.wrap = func(s workspace.Store) workspace.Store { return deadlyImport{s, at} }
	b.start()
	w, err := b.engine.Workspace(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	if w.ID == "" { // the first time
		w = b.signIn("ann", "telegram", sandbox.PhonePlain, "")
		b.spooled(w, "what nobody asked to import")
		b.startImport("ann", b.spooled(w, telethonLines(importMessages)))
	}
	end := b.importEnd(w)
	rows := b.rows(w)
	b.stop() // which waits until the upload is removed: that comes after the record's last state
	result := fmt.Sprintf("%s %s %d %d", end.State, end.Error, rows, len(b.uploads()))
	if err := os.WriteFile(filepath.Join(dir, "result"), []byte(result), 0o600); err != nil {
		t.Fatal(err)
	}
}

func importProcess(t *testing.T, dir, at string) *os.ProcessState {
	t.Helper()
	return testProcess(t, "TestImportCrashProcess", dir, at)
}

func importResult(t *testing.T, dir string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "result"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A killed import is done whole after the restart, and its upload and what else
// lay in the spool is gone.
func TestImportSurvivesKill(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"before the import", "after the import"} {
		t.Run(at, func(t *testing.T) {
			dir := t.TempDir()
			if state := importProcess(t, dir, at); !killed(state) {
				t.Fatalf("the process did not kill itself: %v", state)
			}
			if state := importProcess(t, dir, ""); !state.Success() {
				t.Fatalf("after the restart: %v", state)
			}
			if got, want := importResult(t, dir), fmt.Sprintf("done  %d 0", importMessages); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// Files that kill the program are not tried for ever, and nothing of them is in
// the dataset.
func TestImportIsNotTriedForEver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		if state := importProcess(t, dir, "before the import"); !killed(state) {
			t.Fatalf("the process did not kill itself: %v", state)
		}
	}
	if state := importProcess(t, dir, "before the import"); !state.Success() {
		t.Fatalf("the third time: %v", state)
	}
	if got, want := importResult(t, dir), "failed interrupted 0 0"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// heldImport lets an import wait until it is told to go on.
type heldImport struct {
	workspace.Store
	begun, goOn chan struct{}
}

func (h heldImport) Import(ctx context.Context, s *staging.Staging) ([]collector.Imported, error) {
	h.begun <- struct{}{}
	select {
	case <-h.goOn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return h.Store.Import(ctx, s)
}

// end cancels a visitor's import, or deletes the workspace and the import with it.
func (b *bench) end(by, visitor string) {
	b.t.Helper()
	if by == "import_cancel" {
		do(b, engine.Accounts.CancelImport, visitor)
		return
	}
	ask(b, engine.Accounts.Delete, visitor)
}

func TestImportStops(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]string{"import_cancel": "canceled", "delete": ""} {
		t.Run(method, func(t *testing.T) {
			b := newBenchIn(t, t.TempDir())
			b.stop()
			held := heldImport{begun: make(chan struct{}), goOn: make(chan struct{})}
			b.wrap = func(s workspace.Store) workspace.Store { held.Store = s; return held }
			b.start()
			w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
			first := b.startImport("ann", b.spooled(w, telethonLines(10)))
			<-held.begun
			if on := b.startImport("ann", b.spooled(w, telethonLines(20))); on.ID != first.ID {
				t.Errorf("a second import began beside the first: %+v", on)
			}
			b.end(method, "ann")
			now, err := b.engine.Import(t.Context(), w.ID)
			if err != nil || string(now.State) != want {
				t.Errorf("the record: %+v, %v", now, err)
			}
			if n := b.rows(w); n != 0 {
				t.Errorf("%d messages came in", n)
			}
			if _, err := os.Stat(filepath.Join(b.dir, "uploads", w.ID, first.ID)); err == nil {
				t.Error("the upload is still there")
			}
		})
	}
}

// TestImportEndsBeforeADeletion: a deletion that gets no further than to drop the
// import leaves it ended, and another one can be begun.
func TestImportEndsBeforeADeletion(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	var lease *engine.Lease
	for lease == nil { // the holder of the sign-in lets go of it
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		got, err := b.engine.Acquire(ctx, w.ID)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		lease = got
	}
	first := b.startImport("ann", b.spooled(w, telethonLines(10)))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if _, err := b.engine.Accounts().Delete(ctx, "ann"); err == nil {
		t.Fatal("deleted while somebody else held the workspace")
	}
	if now := b.importEnd(w); now.ID != first.ID {
		t.Errorf("the record: %+v", now)
	}
	if err := lease.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if second := b.startImport("ann", b.spooled(w, telethonLines(20))); second.ID == first.ID {
		t.Fatalf("the import that was dropped is still on: %+v", second)
	}
	if now := b.importEnd(w); now.State != collector.Done || b.rows(w) != 20 {
		t.Errorf("the import after it: %+v", now)
	}
}

// TestImportInsists: a record that cannot be read or written once is no end of an
// import; a job that is stopped asks for another.
func TestImportInsists(t *testing.T) {
	t.Parallel()
	broken := errors.New("the records are away")
	for name, tt := range map[string]struct {
		fails       int
		stopped     bool
		done, again bool
	}{
		"at once":         {0, false, true, false},
		"the third time":  {2, false, true, false},
		"stopped":         {0, true, true, false},
		"stopped, failed": {1, true, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := workspace.New(workspace.Options{Logger: slog.New(slog.DiscardHandler)})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.stopped {
				cancel()
			}
			tries := 0
			done, again := workspace.Insist(ctx, h, func(ctx context.Context) error {
				if tries++; tries <= tt.fails {
					return broken
				}
				return ctx.Err() // it may be written although the job was stopped
			})
			if done != tt.done || again != tt.again {
				t.Errorf("done %v, asked for again %v; want %v, %v", done, again, tt.done, tt.again)
			}
		})
	}
}
