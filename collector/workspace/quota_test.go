package workspace_test

import (
	"context"
	"fmt"
	"io/fs"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/spool"
	"telegramtrac/collector/workspace"
	"telegramtrac/collector/workspace/totals"
)

// newLimited is a bench whose workspaces may hold so many bytes.
func newLimited(t *testing.T, limit *atomic.Int64) *bench {
	t.Helper()
	b := newBenchOf(t, t.TempDir(), bulkWorld())
	b.options = func(o *workspace.Options) {
		o.Quota.Bytes = limit.Load()
	}
	b.start()
	return b
}

// TestDiskQuota: a collection that meets the limit pauses and says why, keeps what
// it has, and goes on when there is space; one that is begun while there is none
// asks Telegram for nothing.
func TestDiskQuota(t *testing.T) {
	t.Parallel()
	var limit atomic.Int64
	limit.Store(200_000)
	b := newLimited(t, &limit)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	id := b.submit(w, bulk)
	c := b.until(w, id, is(collector.Paused, collector.Done, collector.Failed))
	if c.State != collector.Paused || c.Error != collector.Quota || c.Messages == 0 || c.Messages >= 6000 {
		t.Fatalf("at the limit: %+v", c)
	}
	b.stop() // and nothing is on its way any more
	b.start()
	d, err := b.data(w.ID)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := d.Totals(t.Context())
	if err != nil || kept.Messages != c.Messages || kept.Bytes < 200_000 || kept.Bytes > 2_000_000 {
		t.Errorf("kept %+v, %v; the page says %d messages", kept, err, c.Messages)
	}

	asked := b.server.Hooks().Requests("messages.getHistory")
	if err := b.engine.Ask(t.Context(), w.ID, id, engine.Run); err != nil {
		t.Fatal(err)
	}
	c = b.until(w, id, func(c collector.Collection) bool { return c.Resumed == 1 && c.State == collector.Paused })
	if n := b.server.Hooks().Requests("messages.getHistory") - asked; n != 0 || c.Error != collector.Quota || c.Messages != kept.Messages {
		t.Errorf("gone on without space: %d requests, %+v", n, c)
	}

	b.stop()
	limit.Store(100_000_000)
	b.start()
	if err := b.engine.Ask(t.Context(), w.ID, id, engine.Run); err != nil {
		t.Fatal(err)
	}
	c = b.until(w, id, is(collector.Done, collector.Failed))
	b.collected(w, c)
	if c.Error != "" {
		t.Errorf("after it went on, the error still is %q", c.Error)
	}
}

// A collection that is not at its end when the limit is met holds up nobody: what
// comes after it has its turn.
func TestDiskQuotaHoldsUpNobody(t *testing.T) {
	t.Parallel()
	var limit atomic.Int64
	limit.Store(100_000)
	b := newLimited(t, &limit)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	first, second := b.submit(w, bulk), b.submit(w, collector.Request{Channels: []string{"@bulk"}, DetailsOnly: true})
	for _, id := range []string{first, second} {
		if c := b.until(w, id, is(collector.Paused, collector.Done, collector.Failed)); c.State != collector.Paused ||
			c.Error != collector.Quota {
			t.Errorf("%+v", c)
		}
	}
}

// An import brings a workspace to as much as it may hold and no further; nothing of
// one that is too much is kept.
func TestImportQuota(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		bytes    int64
		channels int
		has      []int64
		want     collector.ImportError
	}{
		"within":            {1e9, 2, []int64{987654321}, ""},
		"too many bytes":    {10, 0, nil, collector.ImportQuota},
		"too many channels": {0, 1, []int64{987654321}, collector.ImportQuota},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBenchOf(t, t.TempDir(), bulkWorld())
			b.options = func(o *workspace.Options) {
				o.Quota.Bytes, o.Quota.Channels = tt.bytes, tt.channels
			}
			b.start()
			w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
			for _, id := range tt.has {
				d, err := b.data(w.ID)
				if err == nil {
					err = d.Writer(1).PutChannel(t.Context(), collector.Channel{ID: id, Source: "telegram"})
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			b.startImport("ann", b.spooled(w, telethonLines(10)))
			end := b.importEnd(w)
			rows := int64(10)
			if tt.want != "" {
				rows = 0
			}
			if n := b.rows(w); end.Error != tt.want || n != rows {
				t.Errorf("%d rows, %q; want %d, %q", n, end.Error, rows, tt.want)
			}
		})
	}
}

// A collection leaves the disk the room that uploads leave it.
func TestCollectionLeavesRoom(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, t.TempDir(), bulkWorld())
	var looked atomic.Int64
	b.options = func(o *workspace.Options) {
		o.Room = func() error {
			if looked.Add(1) > 3 { // when some parts are there
				return spool.ErrFull
			}
			return nil
		}
	}
	b.start()
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	c := b.until(w, b.submit(w, bulk), is(collector.Waiting, collector.Paused, collector.Done, collector.Failed))
	if c.State != collector.Waiting || c.Waits != collector.Disk || c.Messages == 0 {
		t.Errorf("%+v", c)
	}
}

// TestTally: what was collected is counted once, over a pause as well.
func TestTally(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	c := b.until(w, b.submit(w, collector.Request{Channels: []string{"@bulk", "@nosuchchannel"}}), collectionEnded)
	got := b.running.Tally()
	want := totals.Totals{
		Messages: map[string]int64{"telegram": 6000},
		Requests: map[string]int64{"telegram": c.Channels[0].Requests + c.Channels[1].Requests},
		Errors:   map[collector.Kind]int64{collector.NotFound: 1},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(totals.Totals{}, "Parts", "Bytes", "Holders", "Waits", "Waited")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	d, err := b.data(w.ID)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := d.Bytes(t.Context()); got.Parts < 6 || got.Bytes < 100_000 || err != nil || n == 0 {
		t.Errorf("%d parts with %d bytes; on disk there are %d, %v", got.Parts, got.Bytes, n, err)
	}
}

// TestDiskFull: a collection that meets a full disk waits, keeps what it has, and goes
// on by itself when there is room.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	var full atomic.Bool
	var looks atomic.Int64
	b := newBenchOf(t, t.TempDir(), bulkWorld())
	b.options = func(o *workspace.Options) {
		o.RoomEvery = time.Millisecond
		o.Room = func() error { // full from the third look on
			if looks.Add(1) == 3 {
				full.Store(true)
			}
			if full.Load() {
				return spool.ErrFull
			}
			return nil
		}
	}
	b.start()
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	id := b.submit(w, bulk)
	c := b.until(w, id, is(collector.Waiting, collector.Done, collector.Failed, collector.Paused))
	if c.State != collector.Waiting || c.Waits != collector.Disk || c.RetryAt == nil || c.Messages == 0 || c.Messages >= 6000 {
		t.Fatalf("on a full disk: %+v", c)
	}
	full.Store(false)
	c = b.until(w, id, is(collector.Done, collector.Failed, collector.Paused))
	b.collected(w, c)
	if c.Waits != "" || c.Error != "" || c.Resumed != 0 {
		t.Errorf("with room again: %+v", c)
	}
}

// TestStoreLacks: so does one whose store could not write, or not open a file.
func TestStoreLacks(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		errno syscall.Errno
		want  collector.Kind
	}{
		"room":               {syscall.ENOSPC, collector.Disk},
		"its own files":      {syscall.EMFILE, collector.OpenFiles},
		"the system's files": {syscall.ENFILE, collector.OpenFiles},
	} {
		t.Run(name, func(t *testing.T) { storeLacks(t, tt.errno, tt.want) })
	}
}

func storeLacks(t *testing.T, errno syscall.Errno, want collector.Kind) {
	var full atomic.Bool
	full.Store(true)
	b := newBenchOf(t, t.TempDir(), bulkWorld())
	b.options = func(o *workspace.Options) {
		o.RoomEvery = time.Millisecond
		open := o.Store
		o.Store = func(workspace string, lease uint64) (workspace.Store, error) {
			s, err := open(workspace, lease)
			return fullStore{s, &full, errno}, err
		}
	}
	b.start()
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	id := b.submit(w, bulk)
	c := b.until(w, id, is(collector.Waiting, collector.Done, collector.Failed, collector.Paused))
	if c.State != collector.Waiting || c.Waits != want || c.RetryAt == nil {
		t.Fatalf("without: %+v; want it to wait for %q", c, want)
	}
	full.Store(false)
	c = b.until(w, id, is(collector.Done, collector.Failed, collector.Paused))
	b.collected(w, c)
	if c.Waits != "" || c.Error != "" || c.Resumed != 0 {
		t.Errorf("with it again: %+v", c)
	}
}

// fullStore fails as a store does to which the system refuses something.
type fullStore struct {
	workspace.Store
	full  *atomic.Bool
	errno syscall.Errno
}

func (s fullStore) PutPart(ctx context.Context, p collector.Part) error {
	if s.full.Load() {
		return fmt.Errorf("put a part: %w", &fs.PathError{Op: "write", Path: "part", Err: s.errno})
	}
	return s.Store.PutPart(ctx, p)
}
