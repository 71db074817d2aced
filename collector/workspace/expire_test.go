package workspace_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/workspace"
)

const aDay = 24 * time.Hour

// aging is a bench whose clock can be put forward and whose workspaces expire.
type aging struct {
	*bench
	ahead  atomic.Int64
	remove atomic.Pointer[error] // what removing data fails with
}

func newAging(t *testing.T) *aging {
	t.Helper()
	a := &aging{bench: newBenchOf(t, t.TempDir(), bulkWorld())}
	a.now = func() time.Time { return time.Now().Add(time.Duration(a.ahead.Load())) }
	a.options = func(o *workspace.Options) {
		o.Keep, o.Now = 30*aDay, a.now
		o.Stored = func() ([]string, error) { return folders(filepath.Join(a.dir, "workspaces")) }
		removeData := o.RemoveData
		o.RemoveData = func(w string) error {
			if err := a.remove.Load(); err != nil {
				return *err
			}
			return removeData(w)
		}
	}
	a.start()
	return a
}

func folders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out, err
}

// pass lets time pass, with somebody who reaches the program on every day of it.
func (a *aging) pass(d time.Duration) {
	a.t.Helper()
	for step := min(d, aDay); ; step = min(d, aDay) {
		a.ahead.Add(int64(step))
		if err := a.engine.Reached(a.t.Context()); err != nil {
			a.t.Fatal(err)
		}
		if d -= step; d <= 0 {
			return
		}
	}
}

// later lets time pass and sweeps.
func (a *aging) later(d time.Duration) {
	a.t.Helper()
	a.pass(d)
	if err := a.running.Sweep(a.t.Context()); err != nil {
		a.t.Fatal(err)
	}
}

// left says what is left of a workspace.
func (a *aging) left(w engine.Workspace, visitor string) []string {
	a.t.Helper()
	var out []string
	ctx := a.t.Context()
	if s, err := a.engine.Session(ctx, w.ID); s != nil || err != nil {
		out = append(out, "session")
	}
	if all, err := a.engine.Collections(ctx, w.ID); len(all) > 0 || err != nil {
		out = append(out, "collections")
	}
	if in, err := a.engine.Workspace(ctx, visitor); in.ID != "" || err != nil {
		out = append(out, "visitor")
	}
	if _, err := os.Stat(filepath.Join(a.dir, "workspaces", w.ID)); err == nil {
		out = append(out, "data")
	}
	if k, err := a.engine.Retention(ctx, w.ID); !k.Touched.IsZero() || k.Deleting || err != nil {
		out = append(out, "mark")
	}
	return out
}

// carriedOver reports whether something is kept of the account of a deleted workspace.
func (a *aging) carried(w engine.Workspace) bool {
	a.t.Helper()
	b, err := a.engine.CarriedOver(a.t.Context(), a.keys.Workspace("owed", w.ID))
	if err != nil {
		a.t.Fatal(err)
	}
	return b != nil
}

func (a *aging) restart() {
	a.stop()
	a.start()
}

// collect makes a workspace with everything there is to delete.
func (a *aging) collect(visitor, phone string) engine.Workspace {
	a.t.Helper()
	w := a.signIn(visitor, "telegram", phone, "")
	a.until(w, a.submit(w, collector.Request{Channels: []string{"@bulk"}, Last: 10}), is(collector.Done))
	a.restart() // the holder is gone for certain
	return w
}

// TestExpiry: what nobody touched for 30 days is deleted whole, and logged out at
// Telegram; what somebody touched is not.
func TestExpiry(t *testing.T) {
	t.Parallel()
	a := newAging(t)
	ann, ben := a.collect("ann", sandbox.PhonePlain), a.signIn("ben", "telegram", "+9996621003", "")
	before := a.server.Hooks().Requests("auth.logOut")
	a.later(29 * aDay)
	if got := a.left(ann, "ann"); len(got) != 5 {
		t.Fatalf("before its time only %v are left", got)
	}
	if err := a.engine.Touch(t.Context(), ben.ID); err != nil { // opens the page
		t.Fatal(err)
	}
	a.later(2 * aDay)
	if got := a.left(ann, "ann"); len(got) > 0 {
		t.Errorf("after its time there still are %v", got)
	}
	if got := a.left(ben, "ben"); len(got) != 3 { // no collections, no data
		t.Errorf("of the one that was opened only %v are left", got)
	}
	if n := a.server.Hooks().Requests("auth.logOut") - before; n != 1 {
		t.Errorf("%d sessions were logged out at Telegram, want 1", n)
	}
	a.ahead.Store(0)                              // codes go by the real clock
	again := a.collect("ann", sandbox.PhonePlain) // the same person comes back, to an empty workspace
	if again.ID != ann.ID || len(a.left(again, "ann")) != 5 {
		t.Errorf("signed in again: %v with %v", again, a.left(again, "ann"))
	}
}

// Nothing is deleted while something is done, here or elsewhere.
func TestExpirySparesWork(t *testing.T) {
	t.Parallel()
	a := newAging(t)
	w := a.collect("ann", sandbox.PhonePlain)
	a.later(29 * aDay)
	a.pass(2 * aDay)
	lease, err := a.engine.Acquire(t.Context(), w.ID) // somebody else's host
	if err != nil {
		t.Fatal(err)
	}
	a.later(0)
	if got := a.left(w, "ann"); len(got) != 5 {
		t.Errorf("leased elsewhere: only %v are left", got)
	}
	if err := lease.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.later(29 * aDay)
	if got := a.left(w, "ann"); len(got) != 5 {
		t.Errorf("29 days after the last work: only %v are left", got)
	}
	a.later(3 * aDay)
	if got := a.left(w, "ann"); len(got) > 0 {
		t.Errorf("after its time there still are %v", got)
	}
}

// A collection under way keeps its workspace, however long ago that was touched.
func TestExpirySparesCollections(t *testing.T) {
	t.Parallel()
	a := newAging(t)
	w := a.collect("ann", sandbox.PhonePlain)
	a.pass(40 * aDay)
	a.server.Hooks().SetLatency(slow)
	id := a.submit(w, bulk)
	a.until(w, id, func(c collector.Collection) bool { return c.Messages > 20 })
	a.later(0)
	if got := a.left(w, "ann"); len(got) != 5 {
		t.Errorf("only %v are left", got)
	}
	a.server.Hooks().SetLatency(0)
	a.collected(w, a.until(w, id, is(collector.Done)))
}

// A collection that waits for a person does not keep its workspace.
func TestExpiryOfPaused(t *testing.T) {
	t.Parallel()
	a := newAging(t)
	a.server.Hooks().SetLatency(slow)
	w := a.signIn("ann", "telegram", sandbox.PhonePlain, "")
	id := a.submit(w, bulk)
	a.until(w, id, func(c collector.Collection) bool { return c.Messages > 0 })
	if err := a.engine.Ask(t.Context(), w.ID, id, engine.Pause); err != nil {
		t.Fatal(err)
	}
	a.until(w, id, is(collector.Paused))
	a.restart()
	a.later(40 * aDay)
	if got := a.left(w, "ann"); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

// A deletion that was broken off is finished at the next start, before anybody
// can come in.
func TestExpiryIsFinishedAfterACrash(t *testing.T) {
	t.Parallel()
	a := newAging(t)
	w := a.collect("ann", sandbox.PhonePlain)
	broken := errors.New("the disk is gone")
	a.remove.Store(&broken)
	a.pass(40 * aDay)
	if err := a.running.Sweep(t.Context()); !errors.Is(err, broken) {
		t.Fatalf("got %v, want %v", err, broken)
	}
	if got := a.left(w, "ann"); len(got) != 2 || got[0] != "data" || got[1] != "mark" {
		t.Fatalf("broken off, there are %v; want the data, and the mark that it is to go", got)
	}
	a.stop()
	a.remove.Store(nil)
	a.start()
	if got := a.left(w, "ann"); len(got) > 0 {
		t.Errorf("after the restart there still are %v", got)
	}
}

// A clock that is wrong at the start deletes nothing, neither does a month off, nor the
// week after it; then what nobody came back to is deleted.
func TestNothingExpiresInAPause(t *testing.T) {
	t.Parallel()
	a := newAging(t)
	w := a.collect("ann", sandbox.PhonePlain)
	a.later(20 * aDay)
	there := func(when string) {
		t.Helper()
		if got := a.left(w, "ann"); len(got) != 5 {
			t.Fatalf("%s: only %v are left", when, got)
		}
	}
	restartAt := func(ahead time.Duration) {
		t.Helper()
		a.stop()
		a.ahead.Store(int64(ahead))
		a.start()
		if err := a.running.Sweep(t.Context()); err != nil { // before anybody has come
			t.Fatal(err)
		}
		a.later(0)
	}
	restartAt(10000 * aDay)
	there("started with a clock of another age")
	a.later(3 * aDay)
	there("some days by that clock")
	restartAt(-400 * aDay)
	there("started with a clock of the past")
	restartAt(21 * aDay)
	there("the clock is right again")
	restartAt(60 * aDay)
	there("after more than a month off")
	a.later(6 * aDay)
	there("in the week after it")
	if a.engine.Grace().IsZero() {
		t.Error("the week of grace is not told")
	}
	for range 40 { // what the past saw is lost, the touch of the wrong clock was taken back
		a.later(aDay)
	}
	if got := a.left(w, "ann"); len(got) > 0 {
		t.Errorf("after its time there still are %v", got)
	}
}

// A program that runs while nobody can reach it deletes nothing.
func TestNothingExpiresOutOfReach(t *testing.T) {
	t.Parallel()
	a := newAging(t)
	w := a.collect("ann", sandbox.PhonePlain)
	a.later(25 * aDay)
	for range 60 {
		a.ahead.Add(int64(aDay))
		if err := a.running.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := a.left(w, "ann"); len(got) != 5 {
		t.Errorf("only %v are left", got)
	}
}

// A person's own deletion that was broken off is finished as well, also where
// nothing ever expires.
func TestDeletionIsFinishedAfterACrash(t *testing.T) {
	t.Parallel()
	a := newAging(t)
	w := a.collect("ann", sandbox.PhonePlain)
	broken := errors.New("the disk is gone")
	a.remove.Store(&broken)
	if _, err := a.engine.Accounts().Delete(t.Context(), "ann"); err == nil {
		t.Fatal("deleting did not fail")
	}
	a.stop()
	a.remove.Store(nil)
	forever := a.options
	a.options = func(o *workspace.Options) { forever(o); o.Keep = 0 }
	a.start()
	if got := a.left(w, "ann"); len(got) > 0 {
		t.Errorf("after the restart there still are %v", got)
	}
}

// beginDeletion leaves a workspace as a kill does at the beginning of its deletion.
func (a *aging) beginDeletion(w engine.Workspace) {
	a.t.Helper()
	for {
		k, err := a.engine.Retention(a.t.Context(), w.ID)
		var ok bool
		if err == nil {
			ok, err = a.engine.BeginDeletion(a.t.Context(), w.ID, k)
		}
		if err != nil {
			a.t.Fatal(err)
		}
		if ok {
			return
		}
	}
}

// A deletion that was broken off before the records were gone is finished at the
// next start also where Telegram does not answer, and where another one fails.
func TestDeletionIsFinishedWithTelegramAway(t *testing.T) {
	t.Parallel()
	a := newAging(t)
	ann, ben := a.collect("ann", sandbox.PhonePlain), a.collect("ben", "+9996621003")
	a.beginDeletion(ann)
	a.beginDeletion(ben)
	a.stop()
	a.server.Hooks().SetLatencyFunc(func(method string) time.Duration {
		if method == "auth.logOut" {
			return time.Hour
		}
		return 0
	})
	options := a.options
	a.options = func(o *workspace.Options) {
		options(o)
		removeData := o.RemoveData
		o.RemoveData = func(w string) error {
			if w == ann.ID {
				return errors.New("the disk is gone")
			}
			return removeData(w)
		}
	}
	a.start()
	if got := a.left(ben, "ben"); len(got) > 0 {
		t.Errorf("after the restart there still are %v", got)
	}
	if got := a.left(ann, "ann"); len(got) != 2 || got[0] != "data" || got[1] != "mark" {
		t.Errorf("of the one whose data cannot be deleted there are %v; want the data and the mark", got)
	}
}

// A deletion that has begun is finished whatever is at work in the workspace.
func TestDeletionStopsWork(t *testing.T) {
	t.Parallel()
	a := newAging(t)
	w := a.collect("ann", sandbox.PhonePlain)
	a.server.Hooks().SetLatency(slow)
	id := a.submit(w, bulk)
	a.until(w, id, func(c collector.Collection) bool { return c.Messages > 20 })
	a.beginDeletion(w)
	a.later(0)
	if got := a.left(w, "ann"); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

// Nothing is submitted, and no holder takes anything up, where a deletion waits to be finished.
func TestNoWorkWhileDeleting(t *testing.T) {
	t.Parallel()
	a := newAging(t)
	w := a.collect("ann", sandbox.PhonePlain)
	a.stopHost()
	id := a.submit(w, bulk)
	a.beginDeletion(w)
	if _, err := a.engine.Submit(t.Context(), w.ID, bulk); !errors.Is(err, engine.ErrDeleting) {
		t.Errorf("submitted: %v, want %v", err, engine.ErrDeleting)
	}
	if err := workspace.Work(t.Context(), a.host(), w.ID); err != nil {
		t.Error(err)
	}
	if c, err := a.engine.Collection(t.Context(), w.ID, id); err != nil || c.State != collector.Queued {
		t.Errorf("the collection is %v, %v; want it untouched", c.State, err)
	}
}

// Whoever comes back to a workspace whose deletion was broken off comes in when it
// is finished: what is new would go with the rest.
func TestComesBackToADeletion(t *testing.T) {
	t.Parallel()
	a := newAging(t)
	w := a.collect("ann", sandbox.PhonePlain)
	broken := errors.New("the disk is gone")
	a.remove.Store(&broken)
	a.beginDeletion(w)
	ask(a.bench, engine.Accounts.SendCode,
		engine.SendCode{Visitor: "annsphone", Source: "telegram", APIID: sandbox.APIID, APIHash: sandbox.APIHash, Phone: sandbox.PhonePlain})
	if _, err := a.engine.Accounts().EnterCode(t.Context(), engine.EnterCode{Visitor: "annsphone", Code: "22222"}); err == nil {
		t.Error("came in")
	}
	if got := a.left(w, "annsphone"); len(got) != 2 || got[0] != "data" || got[1] != "mark" {
		t.Errorf("there are %v; want the data and the mark", got)
	}
}

// Without --keep nothing expires, and data of which no record tells (an older
// version's, or a restored folder) has its days counted from the day it is found.
func TestExpiryOfWhatNobodyKnows(t *testing.T) {
	t.Parallel()
	a := newAging(t)
	a.pass(40 * aDay)
	dir := filepath.Join(a.dir, "workspaces", "unknown")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	a.later(0) // found, here or by the sweep of the start
	a.later(29 * aDay)
	if _, err := os.Stat(dir); err != nil {
		t.Errorf("deleted before its days were over: %v", err)
	}
	a.later(2 * aDay)
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("still there: %v", err)
	}
}
