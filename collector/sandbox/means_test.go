package sandbox_test

import (
	"errors"
	"testing"

	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox"
)

// TestCodeMeans: each kind of code is accepted only in its own form.
func TestCodeMeans(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{})
	c, _ := connect(t, srv, new(session.StorageMemory))
	ctx := within(t)
	byPhone := func(code string) *tg.AuthSignInRequest { return &tg.AuthSignInRequest{PhoneCode: code} }
	byEmail := func(code string) *tg.AuthSignInRequest {
		return &tg.AuthSignInRequest{EmailVerification: &tg.EmailVerificationCode{Code: code}}
	}
	tests := []struct {
		means sandbox.Means
		sent  tg.AuthSentCodeTypeClass
		wrong *tg.AuthSignInRequest
		error string
		right *tg.AuthSignInRequest // nil: none
	}{
		{sandbox.ByApp, &tg.AuthSentCodeTypeApp{}, byEmail(sandbox.CodePlain), "PHONE_CODE_INVALID", byPhone(sandbox.CodePlain)},
		{sandbox.ByWord, &tg.AuthSentCodeTypeSMSWord{}, byPhone(sandbox.CodePlain), "PHONE_CODE_INVALID", byPhone(sandbox.CodeWord)},
		{sandbox.ByPhrase, &tg.AuthSentCodeTypeSMSPhrase{}, byPhone("theboatcamein"), "PHONE_CODE_INVALID", byPhone(sandbox.CodePhrase)},
		{sandbox.ByFlashCall, &tg.AuthSentCodeTypeFlashCall{}, byPhone(sandbox.CodePlain), "PHONE_CODE_INVALID", byPhone(sandbox.CodeCaller)},
		{sandbox.ByMissedCall, &tg.AuthSentCodeTypeMissedCall{}, byPhone(sandbox.CodeCaller), "PHONE_CODE_INVALID", byPhone(sandbox.CodePlain)},
		{sandbox.ByFragment, &tg.AuthSentCodeTypeFragmentSMS{}, byPhone("1"), "PHONE_CODE_INVALID", byPhone(sandbox.CodePlain)},
		{sandbox.ByEmail, &tg.AuthSentCodeTypeEmailCode{}, byPhone(sandbox.CodePlain), "PHONE_CODE_INVALID", byEmail(sandbox.CodePlain)},
		{sandbox.ByEmail, &tg.AuthSentCodeTypeEmailCode{}, byEmail("1"), "CODE_INVALID", byEmail(sandbox.CodePlain)},
		{sandbox.ByFirebase, &tg.AuthSentCodeTypeFirebaseSMS{}, byPhone(sandbox.CodePlain), "PHONE_CODE_INVALID", nil},
		{sandbox.EmailSetup, &tg.AuthSentCodeTypeSetUpEmailRequired{}, byEmail(sandbox.CodePlain), "PHONE_CODE_INVALID", nil},
	}
	for _, tt := range tests {
		t.Run(string(tt.means), func(t *testing.T) {
			srv.Hooks().SetCodeMeans(tt.means)
			sent := sendCode(t, c, sandbox.PhonePlain)
			if sent.Type.TypeID() != tt.sent.TypeID() {
				t.Errorf("sent by %T, want %T", sent.Type, tt.sent)
			}
			enter := func(r *tg.AuthSignInRequest) error {
				r.PhoneNumber, r.PhoneCodeHash = sandbox.PhonePlain, sent.PhoneCodeHash
				_, err := c.API().AuthSignIn(ctx, r)
				return err
			}
			wantError(t, enter(tt.wrong), 400, tt.error)
			if tt.right == nil {
				return
			}
			if err := enter(tt.right); err != nil {
				t.Fatal(err)
			}
			wantStatus(t, c, sandbox.PhonePlain)
			if _, err := c.API().AuthLogOut(ctx); err != nil {
				t.Fatal(err)
			}
		})
	}

	t.Run("nothing is sent", func(t *testing.T) {
		srv.Hooks().SetCodeMeans(sandbox.Payment)
		got, err := c.Auth().SendCode(ctx, sandbox.PhonePlain, auth.SendCodeOptions{})
		if _, ok := got.(*tg.AuthSentCodePaymentRequired); !ok || err != nil {
			t.Errorf("got %T, %v", got, err)
		}
		srv.Hooks().SetCodeMeans(sandbox.NewerAnswer)
		if got, err := c.Auth().SendCode(ctx, sandbox.PhonePlain, auth.SendCodeOptions{}); err == nil {
			t.Errorf("an unknown answer is read as %T", got)
		}
		srv.Hooks().SetCodeMeans(sandbox.NoCode)
		got, err = c.Auth().SendCode(ctx, sandbox.PhonePlain, auth.SendCodeOptions{})
		if _, ok := got.(*tg.AuthSentCodeSuccess); !ok || err != nil {
			t.Errorf("got %T, %v", got, err)
		}
		wantStatus(t, c, sandbox.PhonePlain)
	})
}

// TestSignInRestarts: an unfinished sign-in is forgotten, and a stale challenge is not
// reported as a wrong password.
func TestSignInRestarts(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{})
	c, _ := connect(t, srv, new(session.StorageMemory))
	ctx := within(t)
	enter := func(sent *tg.AuthSentCode) error {
		_, err := c.Auth().SignIn(ctx, sandbox.PhonePassword, sandbox.CodePlain, sent.PhoneCodeHash)
		return err
	}
	sent := sendCode(t, c, sandbox.PhonePassword)
	srv.Hooks().RestartSignIns("auth.signIn", 1)
	wantError(t, enter(sent), 500, "AUTH_RESTART")
	wantError(t, enter(sent), 400, "PHONE_CODE_EXPIRED")
	if err := enter(sendCode(t, c, sandbox.PhonePassword)); !errors.Is(err, auth.ErrPasswordAuthNeeded) {
		t.Fatal(err)
	}
	srv.Hooks().StaleChallenges(1)
	_, err := c.Auth().Password(ctx, sandbox.Password)
	wantError(t, err, 400, "SRP_ID_INVALID")
	srv.Hooks().RestartSignIns("auth.checkPassword", 1)
	_, err = c.Auth().Password(ctx, sandbox.Password)
	wantError(t, err, 500, "AUTH_RESTART")
	_, err = c.Auth().Password(ctx, sandbox.Password)
	wantError(t, err, 401, "AUTH_KEY_UNREGISTERED")
}
