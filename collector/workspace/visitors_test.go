package workspace_test

import (
	"fmt"
	"testing"

	"github.com/gotd/td/session"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest/long"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/signin"
)

// TestManyVisitors: many people (20, with -long 200) collect at once, each with an account and a
// workspace of their own; every message arrives once at each.
func TestManyVisitors(t *testing.T) {
	const messages = 150
	visitors := 20
	if long.Asked() {
		visitors = 200
	}
	b := newBenchOf(t, t.TempDir(), sandboxtest.Bulk("bulk", messages, 80))
	b.start()
	ids := make([]string, visitors)
	workspaces := make([]engine.Workspace, visitors)
	for i := range visitors {
		workspaces[i] = b.issued(fmt.Sprintf("visitor%d", i), fmt.Sprintf("+999662%04d", 1000+i))
	}
	for i, w := range workspaces {
		ids[i] = b.submit(w, bulk)
	}
	for i, w := range workspaces {
		c := b.until(w, ids[i], collectionEnded)
		if c.State != collector.Done {
			t.Fatalf("visitor %d: %+v", i, c)
		}
		seen := map[int64]bool{}
		d, err := b.data(w.ID)
		if err != nil {
			t.Fatal(err)
		}
		for m, err := range d.Scan(t.Context(), 0) {
			if err != nil || seen[m.ID] {
				t.Fatalf("visitor %d: message %d twice, or %v", i, m.ID, err)
			}
			seen[m.ID] = true
		}
		if p := c.Channels[0]; len(seen) != messages || p.Accounted() != p.Span() {
			t.Errorf("visitor %d has %d messages, want %d: %+v", i, len(seen), messages, p)
		}
	}
}

// issued puts a visitor into the workspace of an account, signed in without what
// that costs.
func (b *bench) issued(visitor, phone string) engine.Workspace {
	b.t.Helper()
	storage := new(session.StorageMemory)
	if err := b.server.IssueSession(b.t.Context(), storage, phone); err != nil {
		b.t.Fatal(err)
	}
	secret, err := storage.LoadSession(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	w := engine.Workspace{ID: b.keys.Workspace(b.identity, phone), Source: "telegram", Label: "Telegram account"}
	c := signin.Credentials{Source: w.Source, Server: b.identity, APIID: sandbox.APIID, APIHash: sandbox.APIHash, Session: secret}
	if err := b.running.PutCredentials(b.t.Context(), w.ID, c); err != nil {
		b.t.Fatal(err)
	}
	if err := b.engine.SetWorkspace(b.t.Context(), visitor, w); err != nil {
		b.t.Fatal(err)
	}
	return w
}

// TestSignOutEverywhere ends the session and takes every browser out of the
// workspace, and nobody out of another's.
func TestSignOutEverywhere(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := b.issued("laptop", "+9996621000")
	other := b.issued("stranger", "+9996621001")
	if err := b.engine.SetWorkspace(t.Context(), "library", w); err != nil {
		t.Fatal(err)
	}
	ask(b, engine.Accounts.SignOutEverywhere, engine.Leave{Visitor: "laptop"})
	for visitor, want := range map[string]string{"laptop": "", "library": "", "stranger": other.ID} {
		if got, err := b.engine.Workspace(t.Context(), visitor); got.ID != want || err != nil {
			t.Errorf("%s is in %q, %v; want %q", visitor, got.ID, err, want)
		}
	}
	if s, err := b.engine.Session(t.Context(), w.ID); s != nil || err != nil {
		t.Errorf("the session is still there: %d bytes, %v", len(s), err)
	}
}
