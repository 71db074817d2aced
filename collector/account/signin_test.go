package account_test

import (
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/telegram"
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

func (b *bench) enter(method string, req any) (in engine.SignedIn, err error) {
	err = b.engine.Call(b.t.Context(), engine.SubjectSignIn, method, req, &in)
	return in, err
}

// TestCodeByEmail: the step tells where the code went, also after a restart, and the
// code is taken as that of an email; a phrase keeps its blanks.
func TestCodeByEmail(t *testing.T) {
	b := newBench(t)
	b.server.Hooks().SetCodeMeans(sandbox.ByEmail)
	b.call(engine.MethodSendCode, sendCodeTo("ann", sandbox.PhonePlain), nil)
	if s := b.step("ann"); s.CodeVia != telegram.ViaEmail || s.CodeAbout != sandbox.EmailPattern || s.CodeDigits != 5 {
		t.Errorf("the step tells %q %q %d", s.CodeVia, s.CodeAbout, s.CodeDigits)
	}
	b.stop()
	b.start()
	if _, err := b.enter(engine.MethodEnterCode, engine.EnterCode{Visitor: "ann", Code: "00000"}); collector.KindOf(err) != collector.CodeWrong {
		t.Errorf("a wrong code gives %v", err)
	}
	if in, err := b.enter(engine.MethodEnterCode, engine.EnterCode{Visitor: "ann", Code: sandbox.CodePlain}); err != nil || in.Workspace.ID == "" {
		t.Errorf("the code leads to %+v, %v", in, err)
	}

	b.server.Hooks().SetCodeMeans(sandbox.ByPhrase)
	b.call(engine.MethodSendCode, sendCodeTo("ben", "+9996620005"), nil)
	if in, err := b.enter(engine.MethodEnterCode, engine.EnterCode{Visitor: "ben", Code: sandbox.CodePhrase}); err != nil || in.Workspace.ID == "" {
		t.Errorf("the phrase leads to %+v, %v", in, err)
	}
}

// TestSignInBeginsAgain: where Telegram asks to begin again in the middle, another
// code is sent, or shown; too soon for another, the step waits for the person to ask.
func TestSignInBeginsAgain(t *testing.T) {
	b := newBench(t)
	code := func(visitor string) error {
		_, err := b.enter(engine.MethodEnterCode, engine.EnterCode{Visitor: visitor, Code: sandbox.CodePlain})
		return err
	}
	password := func(visitor string) error {
		_, err := b.enter(engine.MethodEnterPassword, engine.EnterPassword{Visitor: visitor, Password: sandbox.Password})
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
	b.call(engine.MethodSendCode, begin, nil)
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
	b.call(engine.MethodSendCode, sendCodeTo("ben", sandbox.PhonePlain), nil)
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
	b := newBench(t)
	ask := func() error {
		_, err := b.enter(engine.MethodQR, engine.AskQR{Visitor: "ann", Now: true})
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
	b := newBench(t)
	held := engine.ShowQR{Visitor: "ann", Held: true}
	if _, err := b.enter(engine.MethodShowQR, held); collector.KindOf(err) != collector.SignInExpired {
		t.Errorf("where nothing waits: %v", err)
	}
	b.call(engine.MethodSendCode, sendCodeTo("ann", sandbox.PhonePlain), nil)
	b.server.Hooks().RestartSignIns("auth.exportLoginToken", 1<<30)
	if _, err := b.enter(engine.MethodShowQR, held); collector.KindOf(err) != collector.SignInRefused {
		t.Errorf("refused: %v", err)
	}
	if s := b.step("ann"); s.Step != engine.StepCode {
		t.Fatalf("after a refusal the step is %q", s.Step)
	}
	b.server.Hooks().RestartSignIns("auth.exportLoginToken", 0)
	var qr engine.QR
	b.call(engine.MethodShowQR, held, &qr)
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
