package client_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/telegram/client"
	"telegramtrac/collector/telegram/telegramtest"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, world.New())
	for name, tt := range map[string]struct{ phone, password string }{
		"code alone":    {sandbox.PhonePlain, ""},
		"with password": {sandbox.PhonePassword, sandbox.Password},
		"another DC":    {sandbox.PhoneOtherDC, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := new(telegramtest.Account)
			o := telegramtest.Options(s, m)
			o.Interactive, o.SigningIn = true, true
			c := telegramtest.Dial(t, o)
			sent, err := c.SendCode(t.Context(), tt.phone)
			if err != nil {
				t.Fatal(err)
			}
			if sent.Via != client.ViaApp || sent.Hash == "" {
				t.Errorf("SendCode = %+v", sent)
			}
			if _, _, err := c.EnterCode(t.Context(), tt.phone, sent, "00000"); collector.KindOf(err) != collector.CodeWrong {
				t.Errorf("a wrong code gives %v", err)
			}
			code := strings.Repeat(tt.phone[len("+99966"):len("+99966")+1], 5)
			password, hint, err := c.EnterCode(t.Context(), tt.phone, sent, code)
			if err != nil || password != (tt.password != "") {
				t.Fatalf("EnterCode = %v, %q, %v", password, hint, err)
			}
			if password {
				if err := c.EnterPassword(t.Context(), "wrong"); collector.KindOf(err) != collector.PasswordWrong {
					t.Errorf("a wrong password gives %v", err)
				}
				if err := c.EnterPassword(t.Context(), tt.password); err != nil {
					t.Fatal(err)
				}
			}
			id, err := c.Self(t.Context())
			if err != nil || id == 0 {
				t.Fatalf("Self = %d, %v", id, err)
			}
			c.Close()

			again := telegramtest.Dial(t, telegramtest.Options(s, m)) // the stored session is signed in
			if got, err := again.Self(t.Context()); err != nil || got != id {
				t.Errorf("after a restart Self = %d, %v; want %d", got, err, id)
			}
			if err := again.LogOut(t.Context()); err != nil {
				t.Errorf("LogOut: %v", err)
			}
			again.Close()
			if _, err := again.Self(t.Context()); err == nil {
				t.Error("after logging out somebody is signed in")
			}
			third := telegramtest.Dial(t, telegramtest.Options(s, m)) // it cannot know that this refusal is none that passes
			if _, err := third.Self(t.Context()); collector.AsError(err).Detail != client.DetailSession {
				t.Errorf("with the session that was logged out Self gives %v", err)
			}
		})
	}
}

func TestSignInErrors(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, world.New())
	for name, tt := range map[string]struct {
		phone string
		apiID int
		want  collector.Kind
	}{
		"bad number": {"+123", sandbox.APIID, collector.PhoneInvalid},
		"bad api id": {sandbox.PhonePlain, 1, collector.BadCredentials},
		"banned":     {sandbox.PhoneBanned, sandbox.APIID, collector.PhoneBanned},
		"flood":      {sandbox.PhonePlain, sandbox.APIID, collector.Flood},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.want == collector.Flood {
				s.Hooks().SetFlood(func(_ int64, method string) int {
					if method == "auth.sendCode" {
						return 7500
					}
					return 0
				})
				defer s.Hooks().SetFlood(nil)
			}
			o := telegramtest.Options(s, new(telegramtest.Account))
			o.Interactive, o.SigningIn, o.APIID = true, true, tt.apiID
			c := telegramtest.Dial(t, o)
			_, err := c.SendCode(t.Context(), tt.phone)
			e := collector.AsError(err)
			if e == nil || e.Kind != tt.want {
				t.Fatalf("SendCode gives %v, want %s", err, tt.want)
			}
			if tt.want == collector.Flood && time.Until(e.RetryAt) < 2*time.Hour {
				t.Errorf("retry at %v", e.RetryAt)
			}
		})
	}
	t.Run("no account", func(t *testing.T) {
		o := telegramtest.Options(s, new(telegramtest.Account))
		o.Interactive, o.SigningIn = true, true
		c := telegramtest.Dial(t, o)
		sent, err := c.SendCode(t.Context(), sandbox.PhoneNoAccount)
		if err == nil {
			_, _, err = c.EnterCode(t.Context(), sandbox.PhoneNoAccount, sent, sandbox.CodePlain)
		}
		if collector.KindOf(err) != collector.PhoneUnknown {
			t.Errorf("signing in without an account gives %v", err)
		}
	})
}

// A sign-in goes on in a new process, from the stored session and code hash.
func TestSignInSurvivesRestart(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, world.New())
	m := new(telegramtest.Account)
	o := telegramtest.Options(s, m)
	o.Interactive, o.SigningIn = true, true
	first := telegramtest.Dial(t, o)
	sent, err := first.SendCode(t.Context(), sandbox.PhonePassword)
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	second := telegramtest.Dial(t, o)
	if password, _, err := second.EnterCode(t.Context(), sandbox.PhonePassword, sent, sandbox.CodePlain); err != nil || !password {
		t.Fatalf("EnterCode after a restart = %v, %v", password, err)
	}
	second.Close()
	third := telegramtest.Dial(t, o)
	if err := third.EnterPassword(t.Context(), sandbox.Password); err != nil {
		t.Fatalf("EnterPassword after a restart: %v", err)
	}
}

func TestFloodWaitHoldsBackEverything(t *testing.T) {
	t.Parallel()
	w, rows := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	var mu sync.Mutex
	var waits []collector.Wait
	o := telegramtest.Options(s, telegramtest.SignedIn(t, s, sandbox.PhonePlain))
	o.OnWait = func(w collector.Wait) {
		mu.Lock()
		defer mu.Unlock()
		waits = append(waits, w)
	}
	src := telegramtest.Dial(t, o).Source(nil)
	ch, err := src.Channel(t.Context(), collector.Reference{Username: "pier_news"})
	if err != nil {
		t.Fatal(err)
	}
	var refused atomic.Bool
	s.Hooks().SetFlood(func(_ int64, method string) int {
		if method == "messages.getHistory" && !refused.Swap(true) {
			return 1
		}
		return 0
	})
	var wg sync.WaitGroup
	var got [4]int
	for i := range got {
		r := collector.Range{Lo: int64(i)*1000 + 1, Hi: int64(i+1) * 1000}
		wg.Go(func() {
			for page, err := range src.Messages(t.Context(), ch, r) {
				if err != nil {
					t.Error(err)
				}
				for _, m := range page.Messages { // pages may go beyond the range
					if r.Contains(m.ID) {
						got[i]++
					}
				}
			}
		})
	}
	wg.Wait()
	if sum := got[0] + got[1] + got[2] + got[3]; sum != len(rows) {
		t.Errorf("%d rows, want %d", sum, len(rows))
	}
	if early := s.Hooks().Early(); early != 0 {
		t.Errorf("%d requests were sent before their time", early)
	}
	u := src.Usage()
	if u.Waits < 1 || u.Waits > 4 || u.Waited < time.Second { // those in flight are refused too
		t.Errorf("usage = %+v, want a wait of a second or more", u)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(waits) < 2 || waits[0].Kind != collector.Flood || waits[0].Method != "messages.getHistory" || waits[len(waits)-1].Kind != "" {
		t.Errorf("waits told: %+v; want one that begins and its end", waits)
	}
}

// A flood wait remembered across a restart delays the first request.
func TestNotBefore(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	o := telegramtest.Options(s, telegramtest.SignedIn(t, s, sandbox.PhonePlain))
	o.NotBefore = time.Now().Add(time.Hour)
	told := make(chan collector.Wait, 10)
	o.OnWait = func(w collector.Wait) { told <- w }
	src := telegramtest.Dial(t, o).Source(nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := src.Channel(ctx, collector.Reference{Username: "pier_news"})
		done <- err
	}()
	if got := <-told; !got.Until.Equal(o.NotBefore) {
		t.Errorf("waits until %v, want %v", got.Until, o.NotBefore)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Channel = %v, want canceled", err)
	}
	if got := s.Hooks().Requests("contacts.resolveUsername"); got != 0 {
		t.Errorf("%d requests were sent before their time", got)
	}
}

func TestRevokedSession(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	c := telegramtest.Dial(t, telegramtest.Options(s, telegramtest.SignedIn(t, s, sandbox.PhonePlain)))
	src := c.Source(nil)
	ch, err := src.Channel(t.Context(), collector.Reference{Username: "pier_news"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := c.Self(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Revoke(id, "SESSION_REVOKED"); err != nil {
		t.Fatal(err)
	}
	if _, err := src.Bounds(t.Context(), ch, time.Time{}, time.Time{}); collector.KindOf(err) != collector.SignedOut {
		t.Errorf("Bounds with a revoked session gives %v", err)
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, world.New())
	o := telegramtest.Options(s, new(telegramtest.Account))
	s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if c, err := client.Dial(ctx, o); err == nil {
		c.Close()
		t.Error("connected to a server that is gone")
	}
}
