package engine

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/engine/doctor"

	"github.com/nats-io/nats.go/jetstream"
)

// TestDeletedWorkspaceLeavesNothing looks for a deleted workspace in the bytes of
// the whole folder, with the server running and after a restart: neither the key,
// nor a value, replaced ones among them, nor a name that came from Telegram. The
// workspace beside it can still be read.
func TestDeletedWorkspaceLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	e, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"@canarychannel", "Canary Title", "canaryname", "canary flood", "canary session", "canary hash"}
	fill := func(w string) (id string) {
		t.Helper()
		id, err := e.Submit(t.Context(), w, collector.Request{Channels: []string{"@canarychannel"}})
		if err != nil {
			t.Fatal(err)
		}
		l, err := e.Acquire(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 20 { // replaced nineteen times
			p := collector.Progress{Reference: "@canarychannel", Title: "Canary Title", Messages: int64(n)}
			for _, err := range []error{
				l.Save(t.Context(), id, collector.Collection{State: collector.Running}),
				l.SaveChannel(t.Context(), id, 0, p),
				e.PutSession(t.Context(), w, fmt.Appendf(nil, "canary session %d", n)),
				e.PutFlood(t.Context(), w, []byte("canary flood")),
				e.PutPeer(t.Context(), w, "name.canaryname", []byte("canary hash")),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := l.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		return id
	}
	fill("gone")
	id := fill("stays")
	key := keyOf(t, e, "gone")
	holds := func(what []byte) bool {
		for path, content := range readAll(t, dir) {
			if bytes.Contains([]byte(content), what) {
				t.Logf("%q… is in %s", what[:5], path)
				return true
			}
		}
		return false
	}
	if !holds(key) {
		t.Fatal("the search does not find a key that is there")
	}
	if err := e.DropWorkspace(t.Context(), "gone"); err != nil {
		t.Fatal(err)
	}
	check := func(when string) {
		t.Helper()
		if holds(key) {
			t.Errorf("%s: the key of the deleted workspace is in the folder", when)
		}
		for _, word := range words {
			if holds([]byte(word)) {
				t.Errorf("%s: %q is in the folder", when, word)
			}
		}
		c, err := e.Collection(t.Context(), "stays", id)
		if err != nil || len(c.Channels) != 1 || c.Channels[0].Title != "Canary Title" || c.Channels[0].Messages != 19 {
			t.Errorf("%s: the other workspace's collection: %+v, %v", when, c, err)
		}
		s, err := e.Session(t.Context(), "stays")
		if err != nil || string(s) != "canary session 19" {
			t.Errorf("%s: the other workspace's session: %q, %v", when, s, err)
		}
		if p, err := e.Peer(t.Context(), "stays", "name.canaryname"); err != nil || string(p) != "canary hash" {
			t.Errorf("%s: the other workspace's peer: %q, %v", when, p, err)
		}
		if all, err := e.Collections(t.Context(), "gone"); err != nil || len(all) != 0 {
			t.Errorf("%s: the deleted workspace has %d collections, %v", when, len(all), err)
		}
	}
	check("running")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if holds(key) {
		t.Error("stopped: the key of the deleted workspace is in the folder")
	}
	if e, err = Open(t.Context(), Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	check("restarted")

	// The same name again is a new workspace with a key of its own.
	again := fill("gone")
	if c, err := e.Collection(t.Context(), "gone", again); err != nil || c.Channels[0].Messages != 19 {
		t.Errorf("a workspace of the same name: %+v, %v", c, err)
	}
}

// keyOf is the key of a workspace, as the store keeps it.
func keyOf(t *testing.T, e *Engine, w string) []byte {
	t.Helper()
	js, err := jetstream.New(e.store.Conn)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := js.Stream(t.Context(), doctor.KeyStream)
	if err != nil {
		t.Fatal(err)
	}
	m, err := keys.GetLastMsgForSubject(t.Context(), doctor.KeySubject+w)
	if err != nil || len(m.Data) != 32 {
		t.Fatalf("the key: %v", err)
	}
	return m.Data
}

// TestRecordsOfOlderVersions: what was written before records were sealed is read.
func TestRecordsOfOlderVersions(t *testing.T) {
	e := open(t, Options{})
	for key, value := range map[string]string{"w.session": "\x01 sealed by account", "w.peer.name.old": "hash"} {
		if _, err := e.workspaces.KV.Put(t.Context(), key, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	want := `{"want":"run","submitted_at":"2024-01-01T00:00:00Z","requested":{"channels":["@old"]}}`
	if _, err := e.collections.KV.Put(t.Context(), wantKey("w", "id"), []byte(want)); err != nil {
		t.Fatal(err)
	}
	c, err := e.Collection(t.Context(), "w", "id")
	if err != nil || strings.Join(c.Requested.Channels, "") != "@old" {
		t.Errorf("%+v, %v", c, err)
	}
	if s, err := e.Session(t.Context(), "w"); string(s) != "\x01 sealed by account" || err != nil {
		t.Errorf("session %q, %v", s, err)
	}
	if p, err := e.Peer(t.Context(), "w", "name.old"); string(p) != "hash" || err != nil {
		t.Errorf("peer %q, %v", p, err)
	}
}
