package workspace_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/telegram/client"
	"telegramtrac/collector/workspace"
)

func sendCodeTo(visitor, phone string) engine.SendCode {
	return engine.SendCode{Visitor: visitor, Source: "telegram", APIID: sandbox.APIID, APIHash: sandbox.APIHash, Phone: phone}
}

// step is where a visitor's sign-in waits.
func (b *bench) step(visitor string) engine.SignIn {
	b.t.Helper()
	s, err := b.engine.SignIn(b.t.Context(), visitor)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// TestCodeByEmail: the step tells where the code went, also after a restart, and the
// code is taken as that of an email; a phrase keeps its blanks.
func TestCodeByEmail(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.server.Hooks().SetCodeMeans(sandbox.ByEmail)
	ask(b, engine.Accounts.SendCode, sendCodeTo("ann", sandbox.PhonePlain))
	if s := b.step("ann"); s.CodeVia != client.ViaEmail || s.CodeAbout != sandbox.EmailPattern || s.CodeDigits != 5 {
		t.Errorf("the step tells %q %q %d", s.CodeVia, s.CodeAbout, s.CodeDigits)
	}
	b.stop()
	b.start()
	if _, err := b.engine.Accounts().EnterCode(t.Context(),
		engine.EnterCode{Visitor: "ann", Code: "00000"}); collector.KindOf(err) != collector.CodeWrong {
		t.Errorf("a wrong code gives %v", err)
	}
	if in, err := b.engine.Accounts().EnterCode(t.Context(), engine.EnterCode{Visitor: "ann", Code: sandbox.CodePlain}); err != nil ||
		in.Workspace.ID == "" {
		t.Errorf("the code leads to %+v, %v", in, err)
	}

	b.server.Hooks().SetCodeMeans(sandbox.ByPhrase)
	ask(b, engine.Accounts.SendCode, sendCodeTo("ben", "+9996620005"))
	if in, err := b.engine.Accounts().EnterCode(t.Context(), engine.EnterCode{Visitor: "ben", Code: sandbox.CodePhrase}); err != nil ||
		in.Workspace.ID == "" {
		t.Errorf("the phrase leads to %+v, %v", in, err)
	}
}

// TestSignInBeginsAgain: where Telegram asks to begin again in the middle, another
// code is sent, or shown; too soon for another, the step waits for the person to ask.
func TestSignInBeginsAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	code := func(visitor string) error {
		_, err := b.engine.Accounts().EnterCode(t.Context(), engine.EnterCode{Visitor: visitor, Code: sandbox.CodePlain})
		return err
	}
	password := func(visitor string) error {
		_, err := b.engine.Accounts().EnterPassword(t.Context(), engine.EnterPassword{Visitor: visitor, Password: sandbox.Password})
		return err
	}
	restarted := func(err error, detail string) {
		t.Helper()
		if e := collector.AsError(err); e == nil || e.Kind != collector.SignInRestarted || e.Detail != detail || e.Word != "AUTH_RESTART" {
			t.Fatalf("got %v, want %s (%s)", err, collector.SignInRestarted, detail)
		}
	}
	// The sandbox's numbers are nobody's, so that no pace is kept with them.
	begin := sendCodeTo("ann", sandbox.PhonePassword)
	begin.Source = "sandbox"
	ask(b, engine.Accounts.SendCode, begin)
	b.server.Hooks().RestartSignIns("auth.signIn", 1)
	restarted(code("ann"), "sent")
	if s := b.step("ann"); s.Step != engine.StepCode {
		t.Fatalf("after the code the step is %q", s.Step)
	}
	if err := code("ann"); err != nil {
		t.Fatal(err)
	}
	b.server.Hooks().RestartSignIns("auth.checkPassword", 1)
	restarted(password("ann"), "sent")
	if s := b.step("ann"); s.Step != engine.StepCode {
		t.Fatalf("after the password the step is %q", s.Step)
	}
	if err := code("ann"); err != nil {
		t.Fatal(err)
	}
	if err := password("ann"); err != nil {
		t.Fatal(err)
	}

	// At Telegram a number is sent no second code at once.
	ask(b, engine.Accounts.SendCode, sendCodeTo("ben", sandbox.PhonePlain))
	sent := b.server.Hooks().Requests("auth.sendCode")
	b.server.Hooks().RestartSignIns("auth.signIn", 1)
	restarted(code("ben"), "")
	if s := b.step("ben"); s.Step != engine.StepCode || s.ResendAt.IsZero() {
		t.Errorf("the step is %q, another code at %v", s.Step, s.ResendAt)
	}
	if now := b.server.Hooks().Requests("auth.sendCode"); now != sent {
		t.Errorf("%d codes were sent at once", now-sent)
	}

	// By QR code the next one is shown.
	qr := b.showQR("cy")
	if err := b.scan(qr.Link, sandbox.PhonePassword); err != nil {
		t.Fatal(err)
	}
	b.untilQR("cy", func(qr engine.QR) bool { return qr.SignIn.Step == engine.StepPassword })
	b.server.Hooks().RestartSignIns("auth.checkPassword", 1)
	restarted(password("cy"), "")
	next := b.untilQR("cy", func(qr engine.QR) bool { return qr.Link != "" })
	if next.Link == qr.Link {
		t.Error("the code is still the old one")
	}
	if err := b.scan(next.Link, sandbox.PhonePlain); err != nil {
		t.Fatal(err)
	}
	b.untilQR("cy", inside)
}

// TestQRIsRefused: a code that Telegram refuses for good is not asked for again and
// again; a fault that may pass is.
func TestQRIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ask := func() error {
		_, err := b.engine.Accounts().AskQR(t.Context(), engine.AskQR{Visitor: "ann", Now: true})
		return err
	}
	refuse := func(code int, name string) {
		b.server.Hooks().SetRefusal(func(_ int64, method string) (int, string) {
			if method == "auth.exportLoginToken" {
				return code, name
			}
			return 0, ""
		})
	}
	qr := b.showQR("ann")
	if err := b.scan(qr.Link, sandbox.PhonePlain); err != nil {
		t.Fatal(err)
	}
	refuse(500, "RPC_CALL_FAIL")
	b.untilKind(ask, collector.SignInRefused)
	if s := b.step("ann"); s.Step != engine.StepQR {
		t.Fatalf("after a fault the step is %q", s.Step)
	}
	refuse(401, "USER_DEACTIVATED_BAN")
	if e := collector.AsError(ask()); e == nil || e.Kind != collector.SignInRefused || e.Detail != collector.RefusedBanned {
		t.Errorf("a banned account gives %v", e)
	}
	if s := b.step("ann"); s.Step != "" {
		t.Errorf("the step %q is left", s.Step)
	}
	asked := b.server.Hooks().Requests("auth.exportLoginToken")
	if err := ask(); collector.KindOf(err) != collector.SignInExpired {
		t.Errorf("asked again: %v", err)
	}
	if now := b.server.Hooks().Requests("auth.exportLoginToken"); now != asked {
		t.Error("Telegram was asked again")
	}
}

// TestQRInPlaceOfACode: who waits for a code in vain goes on by a QR code without
// typing the api_id again; refused, the code can still be entered.
func TestQRInPlaceOfACode(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	held := engine.ShowQR{Visitor: "ann", Held: true}
	if _, err := b.engine.Accounts().ShowQR(t.Context(), held); collector.KindOf(err) != collector.SignInExpired {
		t.Errorf("where nothing waits: %v", err)
	}
	ask(b, engine.Accounts.SendCode, sendCodeTo("ann", sandbox.PhonePlain))
	b.server.Hooks().RestartSignIns("auth.exportLoginToken", 1<<30)
	if _, err := b.engine.Accounts().ShowQR(t.Context(), held); collector.KindOf(err) != collector.SignInRefused {
		t.Errorf("refused: %v", err)
	}
	if s := b.step("ann"); s.Step != engine.StepCode {
		t.Fatalf("after a refusal the step is %q", s.Step)
	}
	b.server.Hooks().RestartSignIns("auth.exportLoginToken", 0)
	qr := ask(b, engine.Accounts.ShowQR, held)
	if qr.SignIn.Step != engine.StepQR || qr.SignIn.APIID != sandbox.APIID {
		t.Fatalf("got %+v", qr.SignIn)
	}
	if err := b.scan(qr.Link, sandbox.PhonePlain); err != nil {
		t.Fatal(err)
	}
	b.untilQR("ann", inside)
}

// untilKind asks until the answer is an error of a kind: what a phone tells takes a
// moment to arrive.
func (b *bench) untilKind(ask func() error, want collector.Kind) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		switch err := ask(); collector.KindOf(err) {
		case want:
			return
		case "":
		default:
			b.t.Fatal(err)
		}
	}
	b.t.Fatalf("never answered with %s", want)
}

// TestSignedInAllTheSame: who was let in stays so, whatever becomes of the question who
// it was: nobody is logged out for a fault that passes.
func TestSignedInAllTheSame(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for visitor, refusal := range map[string]struct {
		code        int
		name, code2 string
		phone       string
	}{
		"ann": {401, "AUTH_KEY_UNREGISTERED", sandbox.CodePlain, sandbox.PhonePlain},
		"ben": {500, "RPC_CALL_FAIL", sandbox.CodePlain, "+9996620005"},
	} {
		b.server.Hooks().SetRefusal(func(account int64, method string) (int, string) {
			if account != 0 && method == "users.getUsers" {
				return refusal.code, refusal.name
			}
			return 0, ""
		})
		ask(b, engine.Accounts.SendCode, sendCodeTo(visitor, refusal.phone))
		in, err := b.engine.Accounts().EnterCode(t.Context(), engine.EnterCode{Visitor: visitor, Code: refusal.code2})
		if err != nil || in.Workspace.ID == "" {
			t.Errorf("%s leads to %+v, %v", refusal.name, in, err)
		}
		b.server.Hooks().SetRefusal(nil)
		again := b.signInByCode(visitor+"2", "telegram", refusal.phone, "")
		if again.ID != in.Workspace.ID {
			t.Errorf("%s: another workspace than the account's", refusal.name)
		}
	}
	if n := b.server.Hooks().Requests("auth.logOut"); n != 2 { // of the sessions that were replaced
		t.Errorf("%d sessions were logged out, want 2", n)
	}
}

// TestSignInAfterDeadConnection: a connection that Telegram refused for good in the
// middle of a sign-in is made anew, and the code still counts.
func TestSignInAfterDeadConnection(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ask(b, engine.Accounts.SendCode, sendCodeTo("ann", sandbox.PhonePlain))
	refused := make(chan struct{})
	refuse := sync.OnceFunc(func() { close(refused) })
	b.server.Hooks().SetRefusal(func(_ int64, method string) (int, string) {
		select {
		case <-refused:
			return 0, ""
		default:
		}
		if method != "help.getConfig" {
			return 0, ""
		}
		refuse()
		return 401, "AUTH_KEY_UNREGISTERED"
	})
	b.server.CutConnections()
	<-refused
	for deadline := time.Now().Add(patience); ; {
		in, err := b.engine.Accounts().EnterCode(t.Context(), engine.EnterCode{Visitor: "ann", Code: sandbox.CodePlain})
		if err == nil && in.Workspace.ID != "" {
			break
		}
		if collector.KindOf(err) != collector.Network || time.Now().After(deadline) { // else it was just ending
			t.Fatalf("the code leads to %+v, %v", in, err)
		}
	}
	if n := b.server.Hooks().Requests("auth.sendCode"); n != 1 {
		t.Errorf("%d codes were sent", n)
	}
}

// datedStore tells when each part says that it was looked at.
type datedStore struct {
	workspace.Store
	at chan<- time.Time
}

func (s datedStore) PutPart(ctx context.Context, p collector.Part) error {
	s.at <- p.ObservedAt
	return s.Store.PutPart(ctx, p)
}

// TestRowsOfTelegramsTime: a computer whose clock is hours ahead signs in, and what it
// collects carries Telegram's time.
func TestRowsOfTelegramsTime(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, t.TempDir(), bulkWorld())
	b.server.Hooks().SetClock(-10 * time.Hour)
	at := make(chan time.Time, 1000)
	b.wrap = func(s workspace.Store) workspace.Store { return datedStore{s, at} }
	b.start()
	w := b.signInByCode("ann", "telegram", sandbox.PhonePlain, "")
	c := b.collect(w, collector.Request{Channels: []string{"@bulk"}})
	close(at)
	right := time.Now().Add(-10 * time.Hour)
	n := 0
	for got := range at {
		n++
		if off := got.Sub(right); off > time.Minute || off < -2*time.Minute {
			t.Fatalf("a part says %v, Telegram's time is %v", got, right)
		}
	}
	if off := c.Channels[0].StartedAt.Sub(right); n == 0 || off > time.Minute || off < -2*time.Minute {
		t.Errorf("%d parts, begun %v, Telegram's time is %v", n, c.Channels[0].StartedAt, right)
	}
}
