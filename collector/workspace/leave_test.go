package workspace_test

import (
	"bytes"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/keyring"
	"telegramtrac/collector/sandbox"
)

// TestLeaveTells: leaving says what was deleted; the session is ended at Telegram.
func TestLeaveTells(t *testing.T) {
	b := newBench(t)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	b.until(w, b.submit(w, collector.Request{Channels: []string{"@bulk"}, Last: 10}), is(collector.Done))
	left := ask(b, engine.Accounts.SignOut, engine.Leave{Visitor: "ann"})
	if diff := cmp.Diff(engine.Left{Session: true}, left); diff != "" {
		t.Errorf("logged out (-want +got):\n%s", diff)
	}
	if n := b.server.Hooks().Requests("auth.logOut"); n != 1 {
		t.Errorf("auth.logOut was sent %d times", n)
	}
	if d, err := b.data(w.ID); err != nil {
		t.Error(err)
	} else if totals, err := d.Totals(t.Context()); err != nil || totals.Messages != 10 {
		t.Errorf("what was collected: %+v, %v", totals, err)
	}

	b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	left = ask(b, engine.Accounts.Delete, "ann")
	if diff := cmp.Diff(engine.Left{Session: true, Deleted: true, Channels: 1, Messages: 10, Collections: 1}, left); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
	if files, _ := filepath.Glob(filepath.Join(b.dir, "workspaces", w.ID, "*")); len(files) > 0 {
		t.Errorf("data of the deleted workspace is left: %v", files)
	}
	for _, restarted := range []bool{false, true} { // the records of the collection, its channel among them, are unreadable
		if restarted {
			b.stop()
		}
		for path, content := range kept(t, filepath.Join(b.dir, "engine")) {
			if bytes.Contains(content, []byte("@bulk")) {
				t.Errorf("%s still names the channel (restarted: %v)", path, restarted)
			}
		}
	}
}

// TestLeaveUnreached: a Telegram that cannot be reached keeps a session unless its
// owner insists, and keeps nobody from deleting.
func TestLeaveUnreached(t *testing.T) {
	b := newBench(t)
	ann := b.issued("ann", "+9996621000")
	ben := b.issued("ben", "+9996621001")
	b.server.Hooks().SetRefusal(func(_ int64, method string) (int, string) {
		if method == "auth.logOut" {
			return 500, "INTERDC_X_CALL_ERROR"
		}
		return 0, ""
	})
	if _, err := b.engine.Accounts().SignOut(t.Context(), engine.Leave{Visitor: "ann"}); collector.KindOf(err) != collector.Network {
		t.Fatalf("unreached: %v, want %s", err, collector.Network)
	}
	if w, _ := b.engine.Workspace(t.Context(), "ann"); w != ann {
		t.Errorf("the visitor is in %+v", w)
	}
	if s, _ := b.engine.Session(t.Context(), ann.ID); s == nil {
		t.Error("the session is gone, and nobody can end it any more")
	}
	left, err := b.engine.Accounts().SignOut(t.Context(), engine.Leave{Visitor: "ann", Anyway: true})
	if diff := cmp.Diff(engine.Left{Session: true, Unreached: collector.Network}, left); diff != "" || err != nil {
		t.Errorf("insisted: %v (-want +got):\n%s", err, diff)
	}
	left, err = b.engine.Accounts().Delete(t.Context(), "ben")
	if diff := cmp.Diff(engine.Left{Session: true, Unreached: collector.Network, Deleted: true}, left); diff != "" || err != nil {
		t.Errorf("deleted: %v (-want +got):\n%s", err, diff)
	}
	for visitor, w := range map[string]engine.Workspace{"ann": ann, "ben": ben} {
		if s, err := b.engine.Session(t.Context(), w.ID); s != nil || err != nil {
			t.Errorf("%s's session is still there: %v", visitor, err)
		}
		if got, _ := b.engine.Workspace(t.Context(), visitor); got.ID != "" {
			t.Errorf("%s is still in %+v", visitor, got)
		}
	}
}

// Telegram may ask to wait before a log out, as before all else. It is not asked
// again before the time, however often the button is pressed; who insists leaves
// all the same.
func TestLeaveRefused(t *testing.T) {
	b := newBench(t)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	b.server.Hooks().SetFlood(func(_ int64, method string) int {
		if method == "auth.logOut" {
			return 3600
		}
		return 0
	})
	for range 3 {
		_, err := b.engine.Accounts().SignOut(t.Context(), engine.Leave{Visitor: "ann"})
		if e := collector.AsError(err); e == nil || e.Kind != collector.Flood || time.Until(e.RetryAt) < 59*time.Minute {
			t.Errorf("logging out: %v, want to wait an hour", err)
		}
		if s, err := b.engine.Session(t.Context(), w.ID); s == nil || err != nil {
			t.Errorf("the session is gone, %v", err)
		}
	}
	left := ask(b, engine.Accounts.SignOut, engine.Leave{Visitor: "ann", Anyway: true})
	if diff := cmp.Diff(engine.Left{Session: true, Unreached: collector.Flood}, left); diff != "" {
		t.Errorf("insisted (-want +got):\n%s", diff)
	}
	if n, early := b.server.Hooks().Requests("auth.logOut"), b.server.Hooks().Early(); n != 1 || early != 0 {
		t.Errorf("auth.logOut was sent %d times, %d early; want once", n, early)
	}
}

const (
	oldSecret = "an old key of enough characters"
	newSecret = "a new key of enough characters"
)

// rotate starts the bench again with other keys.
func (b *bench) rotate(secrets string) {
	b.stop()
	b.secrets = secrets
	b.start()
}

// forgetOldKey lets the bench go on without the key that its sessions are sealed with.
func (b *bench) forgetOldKey() {
	b.t.Helper()
	b.stop()
	if _, err := keyring.Open(b.dir, newSecret+","+oldSecret, false); err != nil { // the identity is sealed anew, and no session
		b.t.Fatal(err)
	}
	b.rotate(newSecret)
}

// A session that no key opens any more cannot be ended at Telegram, where it goes
// on: nobody is told that they are logged out there. It stays until they leave,
// also where a collection needs it.
func TestLeaveWithoutKey(t *testing.T) {
	b := newBenchOf(t, t.TempDir(), bulkWorld())
	b.offer(http.NotFoundHandler())
	b.secrets = oldSecret
	b.start()
	ann := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	b.signIn("ben", "telegram", "+9996621003", "")
	b.noAccount("mara", collector.SourcePreview)
	b.forgetOldKey()
	b.until(ann, b.submit(ann, bulk), func(c collector.Collection) bool { return c.Waits == collector.SignedOut })
	b.rotate(newSecret)
	left := ask(b, engine.Accounts.SignOut, engine.Leave{Visitor: "ann"})
	if diff := cmp.Diff(engine.Left{Session: true, Unreached: collector.SignedOut}, left); diff != "" {
		t.Errorf("logged out (-want +got):\n%s", diff)
	}
	left = engine.Left{}
	left = ask(b, engine.Accounts.Delete, "ben")
	if diff := cmp.Diff(engine.Left{Session: true, Unreached: collector.SignedOut, Deleted: true}, left); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
	left = engine.Left{}
	left = ask(b, engine.Accounts.SignOut, engine.Leave{Visitor: "mara"})
	if diff := cmp.Diff(engine.Left{Session: true}, left); diff != "" {
		t.Errorf("without an account (-want +got):\n%s", diff)
	}
	if s, err := b.engine.Session(t.Context(), ann.ID); s != nil || err != nil {
		t.Errorf("what nobody can open is still there: %v", err)
	}
}

// A session that somebody puts into another workspace's place lets nobody in.
func TestMovedSession(t *testing.T) {
	b := newBench(t)
	ann, ben := b.signIn("ann", "telegram", sandbox.PhonePlain, ""), b.signIn("ben", "telegram", "+9996621003", "")
	anns, err := b.engine.Session(t.Context(), ann.ID)
	if err == nil {
		err = b.engine.PutSession(t.Context(), ben.ID, anns)
	}
	if err != nil {
		t.Fatal(err)
	}
	asked := b.server.Hooks().Requests("contacts.resolveUsername")
	b.until(ben, b.submit(ben, bulk), func(c collector.Collection) bool { return c.Waits == collector.SignedOut })
	left := ask(b, engine.Accounts.SignOut, engine.Leave{Visitor: "ben"})
	if diff := cmp.Diff(engine.Left{Session: true, Unreached: collector.SignedOut}, left); diff != "" {
		t.Errorf("logged out (-want +got):\n%s", diff)
	}
	if n := b.server.Hooks().Requests("contacts.resolveUsername") - asked; n != 0 {
		t.Errorf("%d requests were sent with another's session", n)
	}
	b.until(ann, b.submit(ann, collector.Request{Channels: []string{"@bulk"}, Last: 10}), is(collector.Done)) // it still is ann's
}

// After one start with a new key before the old one, the old one may go.
func TestSessionsAreSealedAnew(t *testing.T) {
	b := newBenchOf(t, t.TempDir(), bulkWorld())
	b.secrets = oldSecret
	b.start()
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	b.rotate(newSecret + "," + oldSecret)
	b.rotate(newSecret)
	b.until(w, b.submit(w, collector.Request{Channels: []string{"@bulk"}, Last: 10}), is(collector.Done, collector.Waiting))
	left := ask(b, engine.Accounts.SignOut, engine.Leave{Visitor: "ann"})
	if diff := cmp.Diff(engine.Left{Session: true}, left); diff != "" {
		t.Errorf("logged out (-want +got):\n%s", diff)
	}
}
