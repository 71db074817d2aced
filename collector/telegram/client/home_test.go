package client_test

import (
	"strings"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/telegram/client"
	"telegramtrac/collector/telegram/telegramtest"
)

// The account is moved to another DC during a collection: the sign-in is transferred, no
// message is lost or duplicated, and the stored session works afterwards.
func TestAccountMoves(t *testing.T) {
	t.Parallel()
	w, rows := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
	id, _ := sandbox.AccountID(sandbox.PhonePlain)
	conn, _ := telegramtest.Connect(t, s, m, nil)
	store := collectortest.NewStore()
	inTheMiddle(s, func() {
		if err := s.Migrate(id, 1); err != nil {
			t.Error(err)
		}
	})
	p, err := telegramtest.Collect(t.Context(), conn.Source(nil), store, "pier_news")
	if err != nil || p[0].State != collector.Done {
		t.Fatalf("collected %+v, %v", p, err)
	}
	telegramtest.Complete(t, store, rows)
	if n := s.Hooks().Requests("auth.importAuthorization"); n != 1 {
		t.Errorf("the sign-in was taken along %d times, want once", n)
	}
	conn.Close()
	again, _ := telegramtest.Connect(t, s, m, nil)
	if got, err := again.Self(t.Context()); err != nil || got != id {
		t.Errorf("after a restart Self = %d, %v; want %d", got, err, id)
	}
	if n := s.Hooks().Requests("auth.importAuthorization"); n != 1 {
		t.Errorf("the restart took the sign-in along again: %d times", n)
	}
}

// The account moves while no client is connected, and moves back.
func TestAccountMovedMeanwhile(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, world.New())
	m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
	id, _ := sandbox.AccountID(sandbox.PhonePlain)
	for _, dc := range []int{1, 2} {
		if err := s.Migrate(id, dc); err != nil {
			t.Fatal(err)
		}
		c, _ := telegramtest.Connect(t, s, m, nil)
		if got, err := c.Self(t.Context()); err != nil || got != id {
			t.Errorf("moved to DC %d: Self = %d, %v; want %d", dc, got, err, id)
		}
		c.Close()
	}
}

// If an interactive client (a look, a log-out) is the first to find that the account has moved,
// the session is transferred too.
func TestAccountMovedWhilePersonWaits(t *testing.T) {
	t.Parallel()
	interactive := func(o *client.Options) { o.Interactive = true }
	for name, midway := range map[string]bool{"meanwhile": false, "while connected": true} {
		t.Run(name, func(t *testing.T) {
			w, _ := telegramtest.Pier(t)
			s := telegramtest.Start(t, w)
			m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
			id, _ := sandbox.AccountID(sandbox.PhonePlain)
			move := func() {
				if err := s.Migrate(id, 1); err != nil {
					t.Fatal(err)
				}
			}
			if !midway {
				move()
			}
			looking, _ := telegramtest.Connect(t, s, m, interactive)
			if midway {
				if _, err := looking.Self(t.Context()); err != nil {
					t.Fatal(err)
				}
				move()
			}
			// The move may break the connection, which is an error at once if interactive.
			_, err := looking.Source(nil).Channel(t.Context(), collector.Reference{Username: "pier_news"})
			if err != nil && collector.KindOf(err) != collector.Network {
				t.Errorf("looking: %v", err)
			}
			looking.Close()
			next, _ := telegramtest.Connect(t, s, m, nil)
			if got, err := next.Self(t.Context()); err != nil || got != id {
				t.Errorf("the next run: Self = %d, %v; want %d", got, err, id)
			}
			if err := s.Migrate(id, 2); err != nil {
				t.Fatal(err)
			}
			next.Close()
			leaving, _ := telegramtest.Connect(t, s, m, interactive)
			if err := leaving.LogOut(t.Context()); err != nil {
				t.Errorf("logging out: %v", err)
			}
			if n := s.Hooks().Requests("auth.logOut"); n == 0 {
				t.Error("nobody was logged out")
			}
		})
	}
}

// If the old DC does not transfer the sign-in, the account is signed out, and the old session
// remains stored.
func TestAccountMovesWithoutItsSignIn(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, world.New())
	m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
	before := string(secretOf(m))
	id, _ := sandbox.AccountID(sandbox.PhonePlain)
	if err := s.Migrate(id, 1); err != nil {
		t.Fatal(err)
	}
	s.Hooks().SetRefusal(func(_ int64, method string) (int, string) {
		if method == "auth.exportAuthorization" {
			return 401, "SESSION_REVOKED"
		}
		return 0, ""
	})
	c, _ := telegramtest.Connect(t, s, m, nil)
	if _, err := c.Self(t.Context()); collector.KindOf(err) != collector.SignedOut {
		t.Errorf("Self gives %v, want signed_out", err)
	}
	if key := func(s string) string { _, rest, _ := strings.Cut(s, `"AuthKey"`); return rest[:60] }; key(string(secretOf(m))) != key(before) {
		t.Error("the session that could export itself was replaced by one that nobody is signed in with")
	}
}
