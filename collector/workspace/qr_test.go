package workspace_test

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/sandbox"
)

func (b *bench) showQR(visitor string) engine.QR {
	b.t.Helper()
	qr := ask(b, engine.Accounts.ShowQR, engine.ShowQR{Visitor: visitor, Source: "telegram", APIID: sandbox.APIID, APIHash: sandbox.APIHash})
	if qr.SignIn.Step != engine.StepQR || !strings.HasPrefix(qr.Link, "tg://login?token=") || qr.Number == "" || qr.SignIn.Sealed != nil {
		b.t.Fatalf("asked for a QR code, got %+v", qr.SignIn)
	}
	return qr
}

// scan does what a phone does with the code.
func (b *bench) scan(link, phone string) error {
	b.t.Helper()
	return b.server.AcceptLogin(tokenIn(b.t, link), phone)
}

func tokenIn(t *testing.T, link string) []byte {
	t.Helper()
	token, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.TrimPrefix(link, "tg://login?token="), "="))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// untilQR asks, as a page does, until the answer is as wanted.
func (b *bench) untilQR(visitor string, wanted func(engine.QR) bool) engine.QR {
	b.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		qr := ask(b, engine.Accounts.AskQR, engine.AskQR{Visitor: visitor})
		if wanted(qr) {
			return qr
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("the sign-in stays %+v", qr.SignIn)
		}
		time.Sleep(20 * time.Millisecond) // between polls
	}
}

func inside(qr engine.QR) bool   { return qr.Workspace.ID != "" }
func password(qr engine.QR) bool { return qr.SignIn.Step == engine.StepPassword }

// TestQR: scanning leads into the workspace that the phone number leads to,
// whichever DC the account lives in, and with the password where it has one.
func TestQR(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	byPhone := b.signInByCode("byphone", "telegram", sandbox.PhonePlain, "")
	tests := map[string]struct {
		phone, password string
		same            string
	}{
		"plain":    {phone: sandbox.PhonePlain, same: byPhone.ID},
		"password": {phone: sandbox.PhonePassword, password: sandbox.Password},
		"other DC": {phone: sandbox.PhoneOtherDC},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			visitor := strings.ReplaceAll(name, " ", "")
			qr := b.showQR(visitor)
			if again := b.showQR(visitor); again.Number != qr.Number {
				t.Error("asked twice at once, two codes were made")
			}
			if err := b.scan(qr.Link, tt.phone); err != nil {
				t.Fatal(err)
			}
			if tt.password != "" {
				qr = b.untilQR(visitor, password)
				if qr.SignIn.Hint != sandbox.PasswordHint || qr.Link != "" {
					t.Errorf("the hint is %q", qr.SignIn.Hint)
				}
				qr.SignedIn = ask(b, engine.Accounts.EnterPassword, engine.EnterPassword{Visitor: visitor, Password: tt.password})
			} else {
				qr = b.untilQR(visitor, inside)
			}
			w, err := b.engine.Workspace(t.Context(), visitor)
			if err != nil || w.ID == "" || w.ID != qr.Workspace.ID || tt.same != "" && w.ID != tt.same {
				t.Errorf("the visitor is in %+v, the answer said %+v, %v", w, qr.Workspace, err)
			}
			b.until(w, b.submit(w, collector.Request{Channels: []string{"@bulk"}, Last: 10}), is(collector.Done))
			if s, _ := b.engine.SignIn(t.Context(), visitor); s.Step != "" {
				t.Errorf("the step %q is left", s.Step)
			}
		})
	}
}

// TestQRRenewed: a code that runs out is replaced in time, and only then.
func TestQRRenewed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.server.Hooks().SetTokenLifetime(3 * time.Second)
	first := b.showQR("ann")
	b.server.Hooks().SetTokenLifetime(time.Hour) // the next one's: a busy machine may be long in scanning it
	second := b.untilQR("ann", func(qr engine.QR) bool { return qr.Number != first.Number })
	if first.Link == second.Link {
		t.Error("the new code is the old one")
	}
	if err := b.scan(second.Link, sandbox.PhonePlain); err != nil {
		t.Fatal(err)
	}
	b.untilQR("ann", inside)
	if got := b.server.Hooks().Requests("auth.exportLoginToken"); got > 6 {
		t.Errorf("Telegram was asked %d times for three codes at most", got)
	}
}

// TestQRRestart: the program may be stopped while a code is shown, and while the
// password is asked. The code itself is nowhere on the disk.
func TestQRRestart(t *testing.T) {
	t.Parallel()
	var log lines
	b := newBenchOf(t, t.TempDir(), bulkWorld())
	b.logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.start()
	before := b.showQR("ann")
	b.stop()
	absent(t, b.dir, tokenIn(t, before.Link), before.Link)
	b.start()
	after := b.untilQR("ann", func(qr engine.QR) bool { return qr.Link != "" })
	if err := b.scan(after.Link, sandbox.PhonePassword); err != nil {
		t.Fatal(err)
	}
	b.untilQR("ann", password)
	b.stop()
	b.start()
	in := ask(b, engine.Accounts.EnterPassword, engine.EnterPassword{Visitor: "ann", Password: sandbox.Password})
	if in.Workspace.ID == "" {
		t.Errorf("after the password: %+v", in)
	}
	b.stop()
	for _, qr := range []engine.QR{before, after} {
		absent(t, b.dir, tokenIn(t, qr.Link), qr.Link)
		if token := strings.TrimPrefix(qr.Link, "tg://login?token="); bytes.Contains(log.bytes(), []byte(token)) {
			t.Error("the log tells a login token")
		}
	}
}

// TestQRRefused: what ends a sign-in by QR code ends it in a plain state.
func TestQRRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ask := func(visitor string) error {
		_, err := b.engine.Accounts().AskQR(t.Context(), engine.AskQR{Visitor: visitor, Now: true})
		return err
	}
	show := engine.ShowQR{Visitor: "eve", Source: "telegram", APIID: 5, APIHash: "no"}
	if _, err := b.engine.Accounts().ShowQR(t.Context(), show); collector.KindOf(err) != collector.BadCredentials {
		t.Errorf("with a wrong api_id: %v", err)
	}
	if err := ask("eve"); collector.KindOf(err) != collector.SignInExpired {
		t.Errorf("asked without a code: %v", err)
	}

	qr := b.showQR("ann")
	do(b, engine.Accounts.CancelSignIn, "ann")
	if err := b.scan(qr.Link, sandbox.PhonePlain); err != nil {
		t.Fatal(err)
	}
	if err := ask("ann"); collector.KindOf(err) != collector.SignInExpired {
		t.Errorf("asked after cancelling: %v", err)
	}
	if w, _ := b.engine.Workspace(t.Context(), "ann"); w.ID != "" {
		t.Errorf("a cancelled sign-in led into %+v", w)
	}

	// A code and a phone number take each other's place.
	b.showQR("bob")
	b.signInByCode("bob", "telegram", sandbox.PhonePlain, "")
	if err := ask("bob"); collector.KindOf(err) != collector.SignInExpired {
		t.Errorf("asked after signing in by phone: %v", err)
	}

	b.server.Hooks().SetFlood(func(_ int64, method string) int {
		if method == "auth.exportLoginToken" {
			return 30
		}
		return 0
	})
	for range 2 {
		show := engine.ShowQR{Visitor: "cy", Source: "telegram", APIID: sandbox.APIID, APIHash: sandbox.APIHash}
		if _, err := b.engine.Accounts().ShowQR(t.Context(), show); collector.KindOf(err) != collector.Flood {
			t.Errorf("during a flood wait: %v", err)
		}
	}
	if early := b.server.Hooks().Early(); early != 0 {
		t.Errorf("%d requests came before the flood wait was over", early)
	}
}

// TestQRTwoPages: several pages of one person ask at once; one signs in, and
// none of them breaks it.
func TestQRTwoPages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	qr := b.showQR("ann")
	if err := b.scan(qr.Link, sandbox.PhonePlain); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				qr, err := b.engine.Accounts().AskQR(t.Context(), engine.AskQR{Visitor: "ann"})
				if collector.KindOf(err) == collector.SignInExpired || err == nil && inside(qr) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if w, err := b.engine.Workspace(t.Context(), "ann"); err != nil || w.ID == "" {
		t.Errorf("the visitor is in %+v, %v", w, err)
	}
}

// absent looks for secrets in every file of a folder.
func absent(t *testing.T, dir string, token []byte, link string) {
	t.Helper()
	forms := [][]byte{token, []byte(strings.TrimPrefix(link, "tg://login?token=")), []byte(base64.StdEncoding.EncodeToString(token))}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, form := range forms {
			if bytes.Contains(content, form) {
				t.Errorf("%s holds the login token", path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
