package workspace_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest/long"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/staging"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/workspace"
)

// Where the process kills itself, one point for each row of what can go wrong:
// see the table in the test.
const (
	crashPoint = "TELEGRAMTRAC_CRASH_AT"
	crashDir   = "TELEGRAMTRAC_CRASH_DIR"
)

// die ends the process as kill -9 does.
func die() {
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// deadly is a store that kills the process after a step.
type deadly struct {
	workspace.Store
	at   string
	dir  string
	puts *atomic.Int32
}

func (d deadly) Covered(ctx context.Context, id int64, source string) (collector.Ranges, error) {
	if d.at == "with the lease" {
		die()
	}
	return d.Store.Covered(ctx, id, source)
}

func (d deadly) PutPart(ctx context.Context, p collector.Part) error {
	n := d.puts.Add(1)
	if d.at == "before the rename" && n >= 3 {
		// Parts are put side by side: the first folder is there once one of
		// them is written, which the third may come before.
		dir, err := filepath.Glob(filepath.Join(d.dir, "workspaces", "*", "messages", "channel_id=*"))
		if err != nil {
			return err
		}
		if len(dir) > 0 {
			os.WriteFile(filepath.Join(dir[0], "half.parquet.123.tmp"), []byte("PAR1 half a part"), 0o600)
			die()
		}
	}
	err := d.Store.PutPart(ctx, p)
	if d.at == "after the part" && n == 3 {
		die()
	}
	return err
}

func (d deadly) Compact(ctx context.Context, id int64) error {
	if d.at == "before compaction" {
		die()
	}
	err := d.Store.Compact(ctx, id)
	if d.at == "after compaction" {
		die()
	}
	return err
}

func (d deadly) PutReceipt(ctx context.Context, r collector.Receipt) error {
	if d.at == "before done" {
		die()
	}
	err := d.Store.PutReceipt(ctx, r)
	if d.at == "after the receipt" {
		die()
	}
	return err
}

// TestCrashProcess is no test of its own: it is the process that the crash
// tests start and that kills itself.
func TestCrashProcess(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		return // the other tests run it
	}
	at := os.Getenv(crashPoint)
	b := newBenchIn(t, dir)
	b.stop()
	var puts atomic.Int32
	b.wrap = func(s workspace.Store) workspace.Store { return deadly{Store: s, at: at, dir: dir, puts: &puts} }
	b.start()
	if at == "while fetching" {
		var pages atomic.Int32
		b.server.Hooks().SetFlood(func(_ int64, method string) int {
			if method == "messages.getHistory" && pages.Add(1) == 20 {
				die()
			}
			return 0
		})
	}
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	ids, err := b.engine.Collections(t.Context(), w.ID)
	if err != nil {
		t.Fatal(err)
	}
	id := ""
	if len(ids) > 0 {
		id = ids[0].ID
	} else {
		id = b.submit(w, bulk)
	}
	if at == "after submit" {
		die()
	}
	c := b.until(w, id, is(collector.Done, collector.Failed))
	b.collected(w, c)
	b.compacted()
	b.stop()
	finished := filepath.Join(dir, "workspace")
	if err := os.WriteFile(finished, []byte(w.ID), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCrash(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		at     string
		short  bool                           // also without -long
		damage func(t *testing.T, dir string) // what a power cut may add to the kill
	}{
		{at: "after submit"},
		{at: "with the lease"},
		{short: true, at: "while fetching"},
		{at: "before the rename"},
		{at: "after the part"},
		{short: true, at: "after the part", damage: tearNewest},
		{at: "before done"},
		{at: "after the receipt"},
		{short: true, at: "before compaction"},
		{at: "after compaction"},
	} {
		name := tt.at
		if tt.damage != nil {
			name += ", torn"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !tt.short {
				long.Only(t)
			}
			dir := t.TempDir()
			if state := crashProcess(t, dir, tt.at); !killed(state) {
				t.Fatalf("the process did not kill itself: %v", state)
			}
			if tt.damage != nil {
				tt.damage(t, dir)
			}
			if state := crashProcess(t, dir, ""); !state.Success() {
				t.Fatalf("after the restart: %v", state)
			}
			check(t, dir)
		})
	}
}

func crashProcess(t *testing.T, dir, at string) *os.ProcessState {
	t.Helper()
	return testProcess(t, "TestCrashProcess", dir, at)
}

// testProcess runs a test as a process of its own, which kills itself at a point; "": it
// is to end well, and what it says is logged where it does not.
func testProcess(t *testing.T, test, dir, at string) *os.ProcessState {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+test+"$", "-test.v")
	cmd.Env = append(os.Environ(), crashDir+"="+dir, crashPoint+"="+at)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if at == "" && err != nil {
		t.Logf("%s", out)
	}
	return cmd.ProcessState
}

func killed(s *os.ProcessState) bool {
	status, ok := s.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// tearNewest cuts the newest part in half, as a power cut may.
func tearNewest(t *testing.T, dir string) {
	t.Helper()
	parts, err := filepath.Glob(filepath.Join(dir, "workspaces", "*", "messages", "*", "*.parquet"))
	if err != nil || len(parts) == 0 {
		t.Fatalf("parts: %v, %v", parts, err)
	}
	var newest os.FileInfo
	path := ""
	for _, p := range parts {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if newest == nil || info.ModTime().After(newest.ModTime()) {
			newest, path = info, p
		}
	}
	if err := os.Truncate(path, newest.Size()/2); err != nil {
		t.Fatal(err)
	}
}

// check reads the dataset afresh: each id once, each text as it is served,
// nothing left lying about.
func check(t *testing.T, dir string) {
	t.Helper()
	w, err := os.ReadFile(filepath.Join(dir, "workspace"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := dataset.Open(filepath.Join(dir, "workspaces", string(w)))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int64]string{}
	for m, err := range d.Scan(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := seen[m.ID]; twice {
			t.Errorf("message %d is there twice", m.ID)
		}
		seen[m.ID] = m.Text
	}
	log := bulkWorld().Public()[0].Log
	if len(seen) != log.Len() {
		t.Errorf("%d messages, want %d", len(seen), log.Len())
	}
	for i := range log.Len() {
		obj, err := log.Message(i)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := seen[int64(obj.GetID())], textOf(obj); got != want {
			t.Fatalf("message %d is %q, want %q", obj.GetID(), got, want)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "workspaces", "*", "*", "*", "*.tmp"))
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
	checkReceipt(t, d, log)
	if n := len(parts(t, dir)); n != 1 {
		t.Errorf("%d parts, want the compacted one", n)
	}
}

// checkReceipt holds the only receipt to what the sandbox serves: whatever was
// killed, it says that all is there, and that this collection added it.
func checkReceipt(t *testing.T, d *dataset.Dataset, log *world.Log) {
	t.Helper()
	receipts, err := d.Receipts(t.Context())
	if err != nil || len(receipts) != 1 {
		t.Fatalf("%d receipts, %v; want 1", len(receipts), err)
	}
	r := receipts[0]
	last, err := log.Message(log.Len() - 1)
	if err != nil {
		t.Fatal(err)
	}
	rows, newest := int64(log.Len()), int64(last.GetID())
	if r.State != string(collector.Done) || r.Messages+r.Service != rows || r.New != rows || r.AbsentCount != newest-rows ||
		r.Lo != 1 || r.Hi != newest || r.FinishedAt.Before(r.StartedAt) || r.Requests == 0 {
		t.Errorf("receipt %+v; want %d messages up to id %d, all of them new", r, rows, newest)
	}
	if diff := cmp.Diff([]collector.Range{{Lo: 1, Hi: newest}}, r.Covered); diff != "" {
		t.Errorf("covered (-want +got):\n%s", diff)
	}
	if n := collector.Ranges(r.Absent).Len(); n != r.AbsentCount {
		t.Errorf("%d absent ids are listed of %d", n, r.AbsentCount)
	}
}

// parts lists the parts of all workspaces, without those that are torn.
func parts(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "workspaces", "*", "messages", "channel_id=*", "*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(path string) bool {
		b, err := os.ReadFile(path)
		return err == nil && !bytes.HasSuffix(b, []byte("PAR1"))
	})
}

// stuck is a store whose compaction lasts until it is broken off.
type stuck struct {
	workspace.Store
	begun chan struct{} // buffered
}

func (s stuck) Compact(ctx context.Context, _ int64) error {
	select {
	case s.begun <- struct{}{}:
	default:
	}
	<-ctx.Done()
	return ctx.Err()
}

// compacted waits until there is one part, as compaction follows behind.
func (b *bench) compacted() {
	b.t.Helper()
	for deadline := time.Now().Add(patience); len(parts(b.t, b.dir)) != 1; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("%d parts, want the compacted one", len(parts(b.t, b.dir)))
		}
	}
}

// TestPausedIsCompacted: what a collection brought is compacted also when it was paused, for
// nobody knows when it goes on.
func TestPausedIsCompacted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.server.Hooks().SetLatency(slow)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	id := b.submit(w, bulk)
	b.until(w, id, func(collector.Collection) bool { return len(parts(t, b.dir)) > 2 })
	if err := b.engine.Ask(t.Context(), w.ID, id, engine.Pause); err != nil {
		t.Fatal(err)
	}
	b.until(w, id, is(collector.Paused))
	b.compacted()
}

// content is what people get of a workspace: its rows, counts and receipts.
func (b *bench) content(w engine.Workspace) (out struct {
	Rows     []collector.Message
	Totals   dataset.Totals
	Receipts []collector.Receipt
}) {
	b.t.Helper()
	d, err := dataset.Open(filepath.Join(b.dir, "workspaces", w.ID))
	if err != nil {
		b.t.Fatal(err)
	}
	for m, err := range d.Scan(b.t.Context(), 0) {
		if err != nil {
			b.t.Fatal(err)
		}
		out.Rows = append(out.Rows, *m)
	}
	if out.Totals, err = d.Totals(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	out.Totals.Bytes = 0
	if out.Receipts, err = d.Receipts(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	return out
}

// TestCompactionFollowsBehind: a collection is done before anything is compacted, and
// what people get of it is the same then and later. Another collection does not wait for
// the compaction, and one that is broken off is made up for by the next start.
func TestCompactionFollowsBehind(t *testing.T) {
	b := newBench(t)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	b.stop()
	begun := make(chan struct{}, 1)
	b.wrap = func(s workspace.Store) workspace.Store { return stuck{s, begun} }
	b.start()
	id := b.submit(w, collector.Request{Channels: []string{"@bulk", "@nobody"}})
	b.until(w, id, is(collector.Done))
	<-begun
	before := b.content(w)
	if n := len(parts(t, b.dir)); n < 2 || len(before.Rows) == 0 {
		t.Fatalf("%d parts of %d rows before the compaction: the test shows nothing", n, len(before.Rows))
	}
	second := b.submit(w, collector.Request{Channels: []string{"@nobody"}})
	b.until(w, second, is(collector.Failed))
	<-begun // it begins again
	b.stop()
	b.wrap = func(s workspace.Store) workspace.Store { return s }
	b.start()
	b.compacted()
	after := b.content(w)
	after.Receipts = slices.DeleteFunc(after.Receipts, func(r collector.Receipt) bool { return r.CollectionID == second })
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("before and after the compaction (-want +got):\n%s", diff)
	}
}

// counted is a store that tells of its compactions.
type counted struct {
	workspace.Store
	compacts func()
}

func (c counted) Compact(ctx context.Context, id int64) error {
	c.compacts()
	return c.Store.Compact(ctx, id)
}

// TestCompactionHasItsTurn: where one collection follows the other, the workspace is compacted
// between two of them, and nothing is held up by it before.
func TestCompactionHasItsTurn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	b.stop()
	var ids []string
	var ended []int // collections, at each compaction
	var mu sync.Mutex
	b.wrap = func(s workspace.Store) workspace.Store {
		return counted{s, func() {
			n := 0
			for _, id := range ids {
				if c, err := b.engine.Collection(context.Background(), w.ID, id); err == nil && c.State.Final() {
					n++
				}
			}
			mu.Lock()
			defer mu.Unlock()
			ended = append(ended, n)
		}}
	}
	b.start()
	b.stopHost() // so that all are wanted before the first begins
	for range workspace.PassedOver + 2 {
		ids = append(ids, b.submit(w, collector.Request{Channels: []string{"@bulk"}}))
	}
	b.stopHost = b.run()
	b.until(w, ids[len(ids)-1], is(collector.Done))
	mu.Lock()
	defer mu.Unlock()
	if len(ended) == 0 || ended[0] != workspace.PassedOver {
		t.Errorf("compacted after %v of %d collections, want it first after %d", ended, len(ids), workspace.PassedOver)
	}
}

// A frozen holder writes late and loses; the second one waited for its lease.
func TestTwoHolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var frozen atomic.Bool
	now := func() time.Time {
		if frozen.Load() {
			return time.Now().Add(time.Hour) // its lease has long expired, and it has not noticed yet
		}
		return time.Now()
	}
	e, err := engine.Open(t.Context(), engine.Options{Dir: filepath.Join(dir, "engine"), LeaseTTL: 3 * time.Second, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	d, err := dataset.Open(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	first, err := e.Acquire(t.Context(), "w")
	if err != nil {
		t.Fatal(err)
	}
	late := d.Writer(first.Revision())

	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := e.Acquire(short, "w"); err == nil {
		t.Fatal("two holders at once")
	}
	frozen.Store(true) // the first one's clock is past its lease: it may not save, nor renew
	if err := first.Save(t.Context(), "any", collector.Collection{}); err == nil {
		t.Error("a holder past its lease saves")
	}
	<-first.Lost()
	frozen.Store(false)
	second, err := e.Acquire(t.Context(), "w")
	if err != nil {
		t.Fatal(err)
	}
	if second.Revision() <= first.Revision() {
		t.Errorf("revisions %d, then %d", first.Revision(), second.Revision())
	}
	put := func(w *staging.Writer, text string) {
		t.Helper()
		err := w.PutPart(t.Context(),
			collector.Part{ChannelID: 1, Range: collector.Range{Lo: 1, Hi: 10}, Source: "telegram", ObservedAt: time.Now(),
				Messages: []collector.Message{{ChannelID: 1, ID: 5, Kind: collector.KindMessage, Text: text, Raw: "{}", Source: "telegram"}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	put(d.Writer(second.Revision()), "of the second")
	put(late, "late, of the first")
	n := 0
	for m, err := range d.Scan(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; m.Text != "of the second" {
			t.Errorf("the row is %q", m.Text)
		}
	}
	if n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}
