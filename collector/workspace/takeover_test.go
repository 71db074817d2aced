package workspace_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/workspace"
)

// pierPosts are messages of @pier as snscrape has them, by its username.
func pierPosts(lo, hi int64) string {
	var b strings.Builder
	for id := lo; id <= hi; id++ {
		date := time.Unix(1_700_000_000+id*60, 0).UTC().Format(time.RFC3339) // see pier
		fmt.Fprintf(&b, `{"_type":"snscrape.modules.telegram.TelegramPost","url":"https://t.me/s/Pier/%d","date":%q,"content":"as the page had it"}`+"\n", id, date)
	}
	return b.String()
}

func (b *bench) messages(w engine.Workspace) (rows []collector.Message) {
	b.t.Helper()
	d, err := b.data(w.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	for m, err := range d.Scan(b.t.Context(), 0) {
		if err != nil {
			b.t.Fatal(err)
		}
		rows = append(rows, *m)
	}
	return rows
}

// TestImportedByNameThenCollected: the posts of a file that names a channel by its
// username alone join the channel when that is collected, which they do not hinder.
func TestImportedByNameThenCollected(t *testing.T) {
	world, _ := pier(t, 20)
	b := newBenchOf(t, t.TempDir(), world)
	b.start()
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	b.startImport("ann", b.spooled(w, pierPosts(3, 7)))
	end := b.importEnd(w)
	if end.State != collector.Done || len(end.Apart) != 1 || end.Apart[0].Why != collector.ApartUnknown || end.Sum.New != 5 {
		t.Fatalf("import %+v", end)
	}
	b.collect(w, ofPier)
	check := func(when string) {
		t.Helper()
		got := b.messages(w)
		if len(got) != 20 {
			t.Errorf("%s: %d messages, want 20", when, len(got))
		}
		for i, m := range got {
			if m.ChannelID != 9001 || m.ID != int64(i+1) || !strings.HasPrefix(m.Text, "pier") {
				t.Errorf("%s: message %d of channel %d: %q", when, m.ID, m.ChannelID, m.Text)
			}
		}
	}
	check("collected")
	b.startImport("ann", b.spooled(w, pierPosts(7, 9))) // now the channel is there
	end = b.importEnd(w)
	if len(end.Apart) != 0 || len(end.Channels) != 1 || end.Channels[0].ChannelID != 9001 {
		t.Errorf("import %+v", end)
	}
	check("imported again")
}

// deadlyTakeOver kills the process around taking over.
type deadlyTakeOver struct {
	workspace.Store
	at string
}

func (d deadlyTakeOver) TakeOver(ctx context.Context) ([]collector.TakenOver, error) {
	if d.at == "before taking over" {
		die()
	}
	out, err := d.Store.TakeOver(ctx)
	if d.at == "after taking over" {
		die()
	}
	return out, err
}

// TestTakeOverCrashProcess is the process that the test below starts and kills.
func TestTakeOverCrashProcess(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		return // the other test runs it
	}
	world, _ := pier(t, 20)
	b := newBenchOf(t, dir, world)
	b.start()
	w, err := b.engine.Workspace(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	if w.ID == "" { // the first time
		w = b.signIn("ann", "telegram", sandbox.PhonePlain, "")
		b.startImport("ann", b.spooled(w, pierPosts(3, 7)))
		b.importEnd(w)
		b.stop()
		b.wrap = func(s workspace.Store) workspace.Store { return deadlyTakeOver{s, os.Getenv(crashPoint)} }
		b.start()
		b.submit(w, ofPier)
	} else {
		w = b.signIn("ann", "telegram", sandbox.PhonePlain, "") // the server is another one
	}
	all, err := b.engine.Collections(t.Context(), w.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.until(w, all[0].ID, collectionEnded)
	ids := map[int64]int{}
	for _, m := range b.messages(w) {
		ids[m.ChannelID]++
	}
	b.stop()
	if err := os.WriteFile(filepath.Join(dir, "result"), fmt.Append(nil, slices.Collect(maps.Values(ids))), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A process that dies around taking over makes up for it at its next start.
func TestTakeOverSurvivesKill(t *testing.T) {
	for _, at := range []string{"before taking over", "after taking over"} {
		t.Run(at, func(t *testing.T) {
			dir := t.TempDir()
			if state := takeOverProcess(t, dir, at); !killed(state) {
				t.Fatalf("the process did not kill itself: %v", state)
			}
			if state := takeOverProcess(t, dir, ""); !state.Success() {
				t.Fatalf("after the restart: %v", state)
			}
			got, err := os.ReadFile(filepath.Join(dir, "result"))
			if err != nil || string(got) != "[20]" {
				t.Errorf("messages by channel: %s, %v; want 20 of one", got, err)
			}
		})
	}
}

func takeOverProcess(t *testing.T, dir, at string) *os.ProcessState {
	t.Helper()
	return testProcess(t, "TestTakeOverCrashProcess", dir, at)
}
