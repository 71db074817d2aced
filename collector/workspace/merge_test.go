package workspace_test

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/preview"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/web"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/workspace"
)

// pier is a world with one channel, @pier, whose counters the web preview rounds.
func pier(t *testing.T, messages int) (*world.World, *world.Channel) {
	t.Helper()
	w := world.New()
	c := &world.Channel{TL: tg.Channel{ID: 9001, Title: "Pier", Username: "pier", Broadcast: true, Date: 1_600_000_000}}
	c.Full.ParticipantsCount = 82_931
	w.AddChannel(c)
	for id := 1; id <= messages; id++ {
		say(t, c, id)
	}
	return w, c
}

func say(t *testing.T, c *world.Channel, id int) {
	t.Helper()
	m := &tg.Message{ID: id, PeerID: &tg.PeerChannel{ChannelID: c.TL.ID}, Date: 1_700_000_000 + id*60, Post: true,
		Message: "pier " + string(rune('a'+id%26))}
	m.SetViews(10_001 + id)
	m.SetForwards(id)
	if err := c.Log.Append(m); err != nil {
		t.Fatal(err)
	}
}

// pierBench is a bench over @pier and its web preview.
func pierBench(t *testing.T, messages int) (*bench, *world.Channel, *web.Handler) {
	t.Helper()
	w, c := pier(t, messages)
	b := newBenchOf(t, t.TempDir(), w)
	pages := web.New(w)
	b.offer(pages)
	b.start()
	return b, c, pages
}

// offer offers a web preview, as a process that begins.
func (b *bench) offer(pages http.Handler) {
	b.t.Helper()
	b.previews = map[string]*preview.Site{}
	for _, source := range []string{collector.SourcePreview, collector.SourceSandbox} {
		site, err := preview.New(preview.Options{URL: "http://" + source + ".invalid", Transport: web.Transport(pages), Pace: time.Microsecond})
		if err != nil {
			b.t.Fatal(err)
		}
		b.previews[source] = site
	}
}

func (b *bench) noAccount(visitor, source string) engine.Workspace {
	b.t.Helper()
	w := ask(b, engine.Accounts.NoAccount, engine.NoAccount{Visitor: visitor, Source: source})
	return w
}

// comeIn signs a visitor in, and returns what came along.
func (b *bench) comeIn(visitor, source string) engine.SignedIn {
	b.t.Helper()
	phone := sandbox.Phones()[0].Number
	ask(b, engine.Accounts.SendCode,
		engine.SendCode{Visitor: visitor, Source: source, APIID: sandbox.APIID, APIHash: sandbox.APIHash, Phone: phone})
	in := ask(b, engine.Accounts.EnterCode, engine.EnterCode{Visitor: visitor, Code: "22222"})
	return in
}

var ofPier = collector.Request{Channels: []string{"@pier"}}

func (b *bench) collect(w engine.Workspace, r collector.Request) collector.Collection {
	b.t.Helper()
	c := b.until(w, b.submit(w, r), collectionEnded)
	if c.State != collector.Done || c.Channels[0].State != collector.Done {
		b.t.Fatalf("collection %+v", c)
	}
	return c
}

// told is what a row says of counters, by id.
type told struct {
	Source   string
	Views    int64
	Rounded  bool
	Forwards bool // known
}

func (b *bench) told(w engine.Workspace) map[int64]told {
	b.t.Helper()
	d, err := b.data(w.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	out := map[int64]told{}
	for m, err := range d.Scan(b.t.Context(), 9001) {
		if err != nil {
			b.t.Fatal(err)
		}
		if _, twice := out[m.ID]; twice {
			b.t.Errorf("message %d is there twice", m.ID)
		}
		out[m.ID] = told{m.Source, *m.Views, m.ViewsRounded, m.Forwards != nil}
	}
	return out
}

// exactly is what an account tells of the messages 1..n.
func exactly(source string, n int64) map[int64]told {
	out := map[int64]told{}
	for id := int64(1); id <= n; id++ {
		out[id] = told{source, 10_001 + id, false, true}
	}
	return out
}

func (b *bench) wantTold(when string, w engine.Workspace, want map[int64]told) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.told(w)); diff != "" {
		b.t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

func (b *bench) summary(w engine.Workspace) catalog.ChannelSummary {
	b.t.Helper()
	d, err := b.data(w.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	s, err := d.Channel(b.t.Context(), "9001")
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// TestComesAlong: what was collected without an account comes along at sign-in,
// the account fills what the preview could not know, and what the preview says
// later takes nothing away from it.
func TestComesAlong(t *testing.T) {
	t.Parallel()
	for _, source := range []string{collector.SourceTelegram, collector.SourceSandbox} {
		t.Run(source, func(t *testing.T) {
			b, c, _ := pierBench(t, 130)
			site := map[string]string{collector.SourceTelegram: collector.SourcePreview, collector.SourceSandbox: collector.SourceSandbox}[source]
			p := b.noAccount("mara", site)
			first := b.collect(p, ofPier)
			if got := b.told(p); len(got) != 130 || got[50] != (told{collector.SourcePreview, 10_000, true, false}) {
				t.Fatalf("without an account: %d rows, %+v", len(got), got[50])
			}
			in := b.comeIn("mara", source)
			w := in.Workspace
			if in.Brought != (engine.Brought{Channels: 1}) {
				t.Errorf("brought %+v, want one channel", in.Brought)
			}
			if got := b.told(w); len(got) != 130 || got[50] != (told{collector.SourcePreview, 10_000, true, false}) {
				t.Errorf("after sign-in: %d rows, %+v", len(got), got[50])
			}
			b.gone(p)
			if got, err := b.engine.Collection(t.Context(), w.ID, first.ID); err != nil || got.State != collector.Done || got.Messages != 130 {
				t.Errorf("the collection without an account: %+v, %v", got, err)
			}
			seen := b.summary(w).FirstSeenAt

			b.collect(w, ofPier)
			b.wantTold("filled by the account", w, exactly(source, 130))
			if s := b.summary(w); *s.Participants != 82_931 || s.CreatedAt == nil || !s.FirstSeenAt.Equal(seen) || s.Count.Absent != 0 {
				t.Errorf("details %+v, first seen %v", s, seen)
			}

			// The other order: the preview comes after the account.
			ask(b, engine.Accounts.SignOut, engine.Leave{Visitor: "mara"})
			for id := 131; id <= 150; id++ {
				say(t, c, id)
			}
			c.Full.ParticipantsCount = 91_234
			p = b.noAccount("mara", site)
			b.collect(p, ofPier)
			w = b.comeIn("mara", source).Workspace
			want := exactly(source, 130)
			for id := int64(131); id <= 150; id++ {
				want[id] = told{collector.SourcePreview, 10_100, true, false}
			}
			b.wantTold("the preview after the account", w, want)
			if s := b.summary(w); s.Source != source || *s.Participants != 82_931 || s.CreatedAt == nil {
				t.Errorf("details after the preview: %+v", s.Channel)
			}
			b.collect(w, ofPier)
			b.wantTold("filled again", w, exactly(source, 150))
		})
	}
}

// TestImportComesAlong: what was imported without an account comes along, also when
// the visitor has left the workspace before.
func TestImportComesAlong(t *testing.T) {
	t.Parallel()
	b, _, _ := pierBench(t, 10)
	p := b.noAccount("mara", collector.SourcePreview)
	b.startImport("mara", b.spooled(p, telethonLines(50)))
	if end := b.importEnd(p); end.State != collector.Done || b.rows(p) != 50 {
		t.Fatalf("the import: %+v", end)
	}
	ask(b, engine.Accounts.SignOut, engine.Leave{Visitor: "mara"})
	in := b.comeIn("mara", "telegram")
	if in.Brought != (engine.Brought{Channels: 1}) || b.rows(in.Workspace) != 50 {
		t.Errorf("brought %+v, %d rows, want one channel of 50", in.Brought, b.rows(in.Workspace))
	}
	b.gone(p)
}

// TestSignInTakesThePlace: a sign-in that goes by a cookie of its own brings along
// what the visitor who began it collected, and that visitor is let in nowhere.
func TestSignInTakesThePlace(t *testing.T) {
	t.Parallel()
	b, _, _ := pierBench(t, 20)
	p := b.noAccount("mara", collector.SourcePreview)
	b.collect(p, ofPier)
	phone := sandbox.Phones()[0].Number
	ask(b, engine.Accounts.SendCode,
		engine.SendCode{Visitor: "her_own", From: "mara", Source: collector.SourceTelegram, APIID: sandbox.APIID, APIHash: sandbox.APIHash,
			Phone: phone})
	if s, err := b.engine.SignIn(t.Context(), "mara"); err != nil || s.Step != "" {
		t.Errorf("the visitor's sign-in: %+v, %v", s, err)
	}
	in := ask(b, engine.Accounts.EnterCode, engine.EnterCode{Visitor: "her_own", Code: "22222"})
	if in.Brought != (engine.Brought{Channels: 1}) {
		t.Errorf("brought %+v, want one channel", in.Brought)
	}
	b.gone(p)
	for visitor, want := range map[string]string{"her_own": in.Workspace.ID, "mara": ""} {
		if w, err := b.engine.Workspace(t.Context(), visitor); err != nil || w.ID != want {
			t.Errorf("%s is in %q, %v; want %q", visitor, w.ID, err, want)
		}
	}
}

// gone holds that nothing of a workspace is left.
func (b *bench) gone(w engine.Workspace) {
	b.t.Helper()
	all, err := b.engine.Collections(b.t.Context(), w.ID)
	session, err2 := b.engine.Session(b.t.Context(), w.ID)
	visitors, err3 := b.engine.Visitors(b.t.Context(), w.ID)
	if err := errors.Join(err, err2, err3); err != nil || len(all) > 0 || session != nil || len(visitors) > 0 {
		b.t.Errorf("left in the records: %d collections, session %v, %d visitors, %v", len(all), session != nil, len(visitors), err)
	}
	files, err := filepath.Glob(filepath.Join(b.dir, "workspaces", w.ID, "*", "*"))
	if err != nil || len(files) > 0 {
		b.t.Errorf("left on disk: %v, %v", files, err)
	}
}

// TestComesAlongKilled ends the process in the middle of a merge, at every step:
// after the restart everything is there, once, and the old workspace is not.
func TestComesAlongKilled(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"before the rows", "after the rows", "before the data", "after the data"} {
		t.Run(step, func(t *testing.T) {
			b, _, _ := pierBench(t, 90)
			w := b.signIn("mara", "telegram", sandbox.Phones()[0].Number, "") // has a workspace already
			b.collect(w, collector.Request{Channels: []string{"@pier"}, Last: 40})
			ask(b, engine.Accounts.SignOut, engine.Leave{Visitor: "mara"})
			p := b.noAccount("mara", collector.SourcePreview)
			first := b.collect(p, ofPier)
			var dead atomic.Bool
			b.dies = func(at string) error {
				if at == step || dead.Load() {
					dead.Store(true)
					return errors.New("killed")
				}
				return nil
			}
			if in := b.comeIn("mara", "telegram"); !in.Brought.Later || in.Workspace.ID != w.ID {
				t.Fatalf("signed in: %+v, want it to come later", in)
			}
			b.stop()
			b.dies = nil
			b.start()
			b.untilMerged(w)
			if got, err := b.engine.Collection(t.Context(), w.ID, first.ID); err != nil || got.State != collector.Done {
				t.Errorf("the collection without an account: %+v, %v", got, err)
			}
			want := exactly("telegram", 90)
			for id := int64(1); id <= 50; id++ {
				want[id] = told{collector.SourcePreview, 10_000, true, false}
			}
			b.wantTold("after the restart", w, want)
			b.gone(p)
			all, err := b.engine.Collections(t.Context(), w.ID)
			if err != nil || len(all) != 2 {
				t.Errorf("%d collections, %v; want both, once", len(all), err)
			}
			d, err := b.data(w.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := d.Receipts(t.Context()); err != nil || len(got) != 2 {
				t.Errorf("%d receipts, %v; want both, once", len(got), err)
			}
		})
	}
}

// untilMerged waits until nothing is noted to come into a workspace.
func (b *bench) untilMerged(w engine.Workspace) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		left, err := b.engine.Merges(b.t.Context(), w.ID)
		if err != nil || time.Now().After(deadline) {
			b.t.Fatalf("%d merges are left, %v", len(left), err)
		}
		if len(left) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestComesAlongUnfinished: a collection that goes on without an account goes on
// with it.
func TestComesAlongUnfinished(t *testing.T) {
	t.Parallel()
	b, _, pages := pierBench(t, 200)
	var slow atomic.Int64
	reached := make(chan struct{})
	pages.Set(web.Hooks{Refuse: func(w http.ResponseWriter, r *http.Request) bool {
		if slow.Add(1) < 6 {
			return false
		}
		if slow.Load() == 6 {
			close(reached)
		}
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}})
	p := b.noAccount("mara", collector.SourcePreview)
	id := b.submit(p, ofPier)
	<-reached
	w := b.comeIn("mara", "telegram").Workspace
	c := b.until(w, id, collectionEnded)
	if c.State != collector.Done || c.Messages != 200 {
		t.Errorf("it ended as %+v", c)
	}
	b.wantTold("with the account", w, exactly("telegram", 200))
	b.gone(p)
}

// heldMerge fails the first merge, and lets the second last until it is stopped.
type heldMerge struct {
	workspace.Store
	merges *atomic.Int64
	begun  chan struct{}
}

func (h heldMerge) Merge(ctx context.Context, from *catalog.Catalog, now time.Time) ([]collector.Imported, error) {
	switch h.merges.Add(1) {
	case 1:
		return nil, errors.New("not now")
	case 2:
		close(h.begun)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return h.Store.Merge(ctx, from, now)
}

// TestPersonBeforeWhatComesAlong: nobody waits for a merge that lasts; it is done afterwards.
func TestPersonBeforeWhatComesAlong(t *testing.T) {
	t.Parallel()
	b, _, _ := pierBench(t, 40)
	p := b.noAccount("mara", collector.SourcePreview)
	b.collect(p, ofPier)
	held := heldMerge{merges: new(atomic.Int64), begun: make(chan struct{})}
	b.wrap = func(s workspace.Store) workspace.Store { held.Store = s; return held }
	w := b.comeIn("mara", "telegram").Workspace
	<-held.begun
	do(b, engine.Accounts.GoOn, "mara")
	b.untilMerged(w)
	if n := len(b.told(w)); n != 40 || held.merges.Load() != 3 {
		t.Errorf("%d rows after %d merges, want 40 after 3", n, held.merges.Load())
	}
	b.gone(p)
}

// TestNothingComesAlong: what belongs to other channels or to somebody else stays
// where it is.
func TestNothingComesAlong(t *testing.T) {
	t.Parallel()
	b, _, _ := pierBench(t, 40)
	p := b.noAccount("mara", collector.SourceSandbox) // invented channels
	b.collect(p, ofPier)
	other := b.noAccount("lenn", collector.SourcePreview)
	b.collect(other, ofPier)
	in := b.comeIn("mara", "telegram")
	if in.Brought != (engine.Brought{}) || len(b.told(in.Workspace)) != 0 {
		t.Errorf("brought %+v, %d rows into the account's workspace", in.Brought, len(b.told(in.Workspace)))
	}
	if n, m := len(b.told(p)), len(b.told(other)); n != 40 || m != 40 {
		t.Errorf("%d and %d rows are left in the others, want 40", n, m)
	}
}

// TestDeleteAlong: whoever deletes a workspace deletes what was to come into it.
func TestDeleteAlong(t *testing.T) {
	t.Parallel()
	b, _, _ := pierBench(t, 40)
	p := b.noAccount("mara", collector.SourcePreview)
	b.collect(p, ofPier)
	b.dies = func(step string) error {
		if step == "before the rows" {
			return errors.New("killed")
		}
		return nil
	}
	b.comeIn("mara", "telegram")
	ask(b, engine.Accounts.Delete, "mara")
	b.gone(p)
}

// TestPreviewRefusalOverRestart: the preview is left in peace as long as it asks,
// also by a process that has just begun.
func TestPreviewRefusalOverRestart(t *testing.T) {
	t.Parallel()
	b, _, pages := pierBench(t, 40)
	pages.Set(web.Hooks{Refuse: func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}})
	p := b.noAccount("mara", collector.SourcePreview)
	id := b.submit(p, ofPier)
	waits := func(c collector.Collection) bool { return c.State == collector.Waiting && c.RetryAt != nil }
	before := b.until(p, id, waits)
	asked := len(pages.Asked())
	var ahead atomic.Int64
	b.now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	b.options = func(o *workspace.Options) { o.Keep, o.Now = 30*aDay, b.now }
	b.stop()
	b.offer(pages)
	b.start()
	for range 2 { // a sweep, and one after the time of whatever nobody touches
		if err := b.running.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		ahead.Store(int64(40 * aDay))
	}
	ahead.Store(0)
	swept := b.until(p, id, waits)
	b.stop()
	b.offer(pages)
	b.start()
	after := b.until(p, id, func(c collector.Collection) bool { return waits(c) && c.Resumed > swept.Resumed })
	if d := after.RetryAt.Sub(*before.RetryAt); d.Abs() > time.Second || len(pages.Asked()) != asked {
		t.Errorf("after the restart it waits until %v, before until %v; %d requests", after.RetryAt, before.RetryAt, len(pages.Asked())-asked)
	}
	seen := ask(b, engine.Accounts.Look, engine.References{Visitor: "mara", References: []string{"@pier"}})
	if seen[0].Error != collector.Flood || len(pages.Asked()) != asked {
		t.Errorf("looking: %+v, %d requests", seen[0], len(pages.Asked())-asked)
	}
}
