package client_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"telegramtrac/collector"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/telegram/client"
	"telegramtrac/collector/telegram/telegramtest"
)

// signingIn is a client without a signed-in user. Its key is made once for all tests that share
// it.
func signingIn(t *testing.T, s *sandboxtest.Server) *telegramtest.Client {
	t.Helper()
	o := telegramtest.Options(s, new(telegramtest.Account))
	o.Interactive, o.SigningIn = true, true
	return telegramtest.Dial(t, o)
}

// TestWaysOfCodes: each way of sending a code is reported correctly, and entered correctly.
func TestWaysOfCodes(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, world.New())
	c := signingIn(t, s)
	tests := []struct {
		means sandbox.Means
		want  client.SentCode
		code  string
	}{
		{sandbox.ByApp, client.SentCode{Via: client.ViaApp, Length: 5}, sandbox.CodePlain},
		{sandbox.BySMS, client.SentCode{Via: client.ViaSMS, Length: 5}, sandbox.CodePlain},
		{sandbox.ByCall, client.SentCode{Via: client.ViaCall, Length: 5}, sandbox.CodePlain},
		{sandbox.ByFlashCall, client.SentCode{Via: client.ViaFlashCall, About: "31*"}, sandbox.CodeCaller},
		{sandbox.ByMissedCall, client.SentCode{Via: client.ViaMissedCall, About: "31", Length: 5}, sandbox.CodePlain},
		{sandbox.ByFragment, client.SentCode{Via: client.ViaFragment, Length: 5}, sandbox.CodePlain},
		{sandbox.ByFirebase, client.SentCode{Via: client.ViaFirebase, Length: 5}, ""},
		{sandbox.ByWord, client.SentCode{Via: client.ViaWord, About: "l"}, sandbox.CodeWord},
		{sandbox.ByPhrase, client.SentCode{Via: client.ViaPhrase, About: "the"}, sandbox.CodePhrase},
		{sandbox.ByEmail, client.SentCode{Via: client.ViaEmail, About: sandbox.EmailPattern, Length: 5}, sandbox.CodePlain},
	}
	for _, tt := range tests {
		t.Run(string(tt.means), func(t *testing.T) {
			s.Hooks().SetCodeMeans(tt.means)
			sent, err := c.SendCode(t.Context(), sandbox.PhonePlain)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sent, tt.want, cmpopts.IgnoreFields(client.SentCode{}, "Hash", "Timeout")); diff != "" {
				t.Errorf("sent (-got +want):\n%s", diff)
			}
			if _, _, err := c.EnterCode(t.Context(), sandbox.PhonePlain, sent, "00000"); collector.KindOf(err) != collector.CodeWrong {
				t.Errorf("a wrong code gives %v", err)
			}
			if tt.code == "" {
				return
			}
			if _, _, err := c.EnterCode(t.Context(), sandbox.PhonePlain, sent, tt.code); err != nil {
				t.Fatal(err)
			}
			if err := c.LogOut(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
	t.Run("no code", func(t *testing.T) {
		s.Hooks().SetCodeMeans(sandbox.NoCode)
		sent, err := c.SendCode(t.Context(), sandbox.PhonePlain)
		if err != nil || !sent.SignedIn {
			t.Errorf("got %+v, %v", sent, err)
		}
	})
}

// TestNoCodeSent: an answer without a code is a refusal with a reason.
func TestNoCodeSent(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, world.New())
	c := signingIn(t, s)
	for means, want := range map[sandbox.Means]collector.Error{
		sandbox.EmailSetup:  {Detail: collector.RefusedEmailSetup, Word: "auth.sentCodeTypeSetUpEmailRequired"},
		sandbox.Payment:     {Detail: collector.RefusedPayment, Word: "auth.sentCodePaymentRequired"},
		sandbox.NewerAnswer: {Detail: collector.RefusedNewer},
	} {
		s.Hooks().SetCodeMeans(means)
		_, err := c.SendCode(t.Context(), sandbox.PhonePlain)
		wantRefusal(t, string(means), err, want)

		s.Hooks().SetCodeMeans(sandbox.ByApp, means) // and when it is to be sent again
		sent, err := c.SendCode(t.Context(), sandbox.PhonePlain)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.ResendCode(t.Context(), sandbox.PhonePlain, sent.Hash)
		wantRefusal(t, string(means)+" again", err, want)
	}
}

func wantRefusal(t *testing.T, name string, err error, want collector.Error) {
	t.Helper()
	want.Kind = collector.SignInRefused
	if err == nil {
		t.Errorf("%s: no error", name)
		return
	}
	if diff := cmp.Diff(*collector.AsError(err), want, cmpopts.IgnoreFields(collector.Error{}, "Err", "RetryAt")); diff != "" {
		t.Errorf("%s (-got +want):\n%s", name, diff)
	}
}

// TestSignInRefusals: each refusal has its kind in every step, and an unknown one has
// Telegram's name of the error; none is an Internal error.
func TestSignInRefusals(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, world.New())
	c := signingIn(t, s)
	sent, err := c.SendCode(t.Context(), sandbox.PhonePassword)
	if err != nil {
		t.Fatal(err)
	}
	if password, _, err := c.EnterCode(t.Context(), sandbox.PhonePassword, sent, sandbox.CodePlain); err != nil || !password {
		t.Fatal(password, err)
	}
	steps := map[string]func() error{
		"auth.sendCode":         func() error { _, err := c.SendCode(t.Context(), sandbox.PhonePassword); return err },
		"auth.resendCode":       func() error { _, err := c.ResendCode(t.Context(), sandbox.PhonePassword, "x"); return err },
		"auth.exportLoginToken": func() error { _, err := c.QR(t.Context()); return err },
		"users.getUsers":        func() error { _, err := c.Self(t.Context()); return err },
		"account.getPassword":   func() error { return c.EnterPassword(t.Context(), sandbox.Password) },
		"auth.signIn": func() error {
			_, _, err := c.EnterCode(t.Context(), sandbox.PhonePassword, client.SentCode{Hash: "x"}, "1")
			return err
		},
	}
	tests := []struct {
		code         int
		name, detail string
		word         string
	}{
		{406, "UPDATE_APP_TO_LOGIN", collector.RefusedUpdate, "UPDATE_APP_TO_LOGIN"},
		{403, "RECAPTCHA_CHECK_signup__6LdmyKey", collector.RefusedCaptcha, "RECAPTCHA_CHECK"},
		{400, "SMS_CODE_CREATE_FAILED", collector.RefusedCode, "SMS_CODE_CREATE_FAILED"},
		{400, "PHONE_NUMBER_APP_SIGNUP_FORBIDDEN", collector.RefusedSignUp, "PHONE_NUMBER_APP_SIGNUP_FORBIDDEN"},
		{400, "API_ID_PUBLISHED_FLOOD", collector.RefusedPublicAPI, "API_ID_PUBLISHED_FLOOD"},
		{401, "USER_DEACTIVATED", collector.RefusedDeleted, "USER_DEACTIVATED"},
		{401, "USER_DEACTIVATED_BAN", collector.RefusedBanned, "USER_DEACTIVATED_BAN"},
		{500, "SIGN_IN_FAILED", collector.RefusedBrokenOff, "SIGN_IN_FAILED"},
		{500, "RPC_CALL_FAIL", collector.RefusedFailing, "RPC_CALL_FAIL"},
		{400, "TEAPOT_IS_SHORT_7", "", "TEAPOT_IS_SHORT"},
		{406, "please read this +447700900123", "", ""},
	}
	for _, tt := range tests {
		for method, step := range steps {
			s.Hooks().SetRefusal(func(_ int64, m string) (int, string) {
				if m == method {
					return tt.code, tt.name
				}
				return 0, ""
			})
			wantRefusal(t, method+" "+tt.name, step(), collector.Error{Detail: tt.detail, Word: tt.word})
		}
	}
	s.Hooks().SetRefusal(nil)
	if err := c.EnterPassword(t.Context(), sandbox.Password); err != nil {
		t.Errorf("after all refusals: %v", err)
	}
}

// TestAuthRestart: the first step of a sign-in is repeated automatically a few times; a later
// step returns that the sign-in must start again.
func TestAuthRestart(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, world.New())
	c := signingIn(t, s)
	for method, begin := range map[string]func() error{
		"auth.sendCode":         func() error { _, err := c.SendCode(t.Context(), sandbox.PhonePassword); return err },
		"auth.exportLoginToken": func() error { _, err := c.QR(t.Context()); return err },
	} {
		s.Hooks().RestartSignIns(method, 2)
		if err := begin(); err != nil {
			t.Errorf("%s, asked twice to begin again: %v", method, err)
		}
		s.Hooks().RestartSignIns(method, 1<<30)
		wantRefusal(t, method, begin(), collector.Error{Detail: collector.RefusedFailing, Word: "AUTH_RESTART"})
		s.Hooks().RestartSignIns(method, 0)
	}
	sent, err := c.SendCode(t.Context(), sandbox.PhonePassword)
	if err != nil {
		t.Fatal(err)
	}
	enter := func() error {
		_, _, err := c.EnterCode(t.Context(), sandbox.PhonePassword, sent, sandbox.CodePlain)
		return err
	}
	for method, step := range map[string]func() error{
		"auth.resendCode":    func() error { _, err := c.ResendCode(t.Context(), sandbox.PhonePassword, sent.Hash); return err },
		"auth.signIn":        enter,
		"auth.checkPassword": func() error { return c.EnterPassword(t.Context(), sandbox.Password) },
	} {
		if sent, err = c.SendCode(t.Context(), sandbox.PhonePassword); err != nil {
			t.Fatal(err)
		}
		if method == "auth.checkPassword" {
			if err := enter(); err != nil {
				t.Fatal(err)
			}
		}
		s.Hooks().RestartSignIns(method, 1)
		if err := step(); collector.KindOf(err) != collector.SignInRestarted {
			t.Errorf("%s gives %v, want %s", method, err, collector.SignInRestarted)
		}
	}
}

// TestStaleChallenge: a password that met an outdated challenge is retried once with a new one.
func TestStaleChallenge(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, world.New())
	c := signingIn(t, s)
	sent, err := c.SendCode(t.Context(), sandbox.PhonePassword)
	if err == nil {
		_, _, err = c.EnterCode(t.Context(), sandbox.PhonePassword, sent, sandbox.CodePlain)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Hooks().StaleChallenges(2)
	wantRefusal(t, "twice", c.EnterPassword(t.Context(), sandbox.Password), collector.Error{Word: "SRP_ID_INVALID"})
	s.Hooks().StaleChallenges(1)
	if err := c.EnterPassword(t.Context(), "wrong"); collector.KindOf(err) != collector.PasswordWrong {
		t.Errorf("a wrong password gives %v", err)
	}
	s.Hooks().StaleChallenges(1)
	if err := c.EnterPassword(t.Context(), sandbox.Password); err != nil {
		t.Errorf("the right password gives %v", err)
	}
}

// TestHintCannotBeHad: a missing hint does not hide that a password is needed, and no code is
// wasted.
func TestHintCannotBeHad(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, world.New())
	var failing atomic.Bool
	s.Hooks().SetRefusal(func(_ int64, method string) (int, string) {
		if failing.Load() && method == "account.getPassword" {
			return 500, "RPC_CALL_FAIL"
		}
		return 0, ""
	})
	for name, begin := range map[string]func(*telegramtest.Client) (bool, string, error){
		"code": func(c *telegramtest.Client) (bool, string, error) {
			sent, err := c.SendCode(t.Context(), sandbox.PhonePassword)
			if err != nil {
				return false, "", err
			}
			return c.EnterCode(t.Context(), sandbox.PhonePassword, sent, sandbox.CodePlain)
		},
		"qr": func(c *telegramtest.Client) (bool, string, error) {
			if qr, err := c.QR(t.Context()); err != nil || qr.Link == "" {
				return false, "", fmt.Errorf("%+v, %w", qr, err)
			}
			if err := s.AcceptLogin(nil, sandbox.PhonePassword); err != nil {
				return false, "", err
			}
			qr, err := c.QR(t.Context())
			return qr.Password, qr.Hint, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := signingIn(t, s)
			failing.Store(true)
			password, hint, err := begin(c)
			failing.Store(false)
			if !password || hint != "" || err != nil {
				t.Fatalf("got %v, %q, %v; want the password asked for", password, hint, err)
			}
			if err := c.EnterPassword(t.Context(), sandbox.Password); err != nil {
				t.Error(err)
			}
		})
	}
}
