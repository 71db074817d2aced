package sandbox_test

import (
	"errors"
	"testing"

	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox"
)

func sendCode(t *testing.T, c *telegram.Client, phone string) *tg.AuthSentCode {
	t.Helper()
	answer, err := c.Auth().SendCode(within(t), phone, auth.SendCodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	code, ok := answer.(*tg.AuthSentCode)
	if !ok {
		t.Fatalf("got %T", answer)
	}
	return code
}

func wantStatus(t *testing.T, c *telegram.Client, phone string) {
	t.Helper()
	status, err := c.Auth().Status(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if status.Authorized != (phone != "") {
		t.Fatalf("authorized: got %v, want %v", status.Authorized, phone != "")
	}
	if phone == "" {
		return
	}
	if got, want := status.User.ID, accountID(t, phone); got != want || !status.User.Self {
		t.Errorf("signed in as %d (self %v), want %d", got, status.User.Self, want)
	}
}

// All sign-ins of this test share one key exchange: the account logs out in between.
func TestSignIn(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{})
	st := new(session.StorageMemory)
	c, stop := connect(t, srv, st)
	ctx := within(t)
	wantStatus(t, c, "")

	t.Run("errors of sendCode", func(t *testing.T) {
		for phone, want := range map[string]string{
			"":                     "PHONE_NUMBER_INVALID",
			"+49301234567":         "PHONE_NUMBER_INVALID",
			"+99966200011":         "PHONE_NUMBER_INVALID",
			"+9996630001":          "PHONE_NUMBER_INVALID", // no data centre 3
			sandbox.PhoneBanned:    "PHONE_NUMBER_BANNED",
			"+999 66-2 (99)98":     "PHONE_NUMBER_BANNED",
			"+99966x0001":          "PHONE_NUMBER_INVALID",
			"99966200\u0660\u0661": "PHONE_NUMBER_INVALID",
		} {
			_, err := c.Auth().SendCode(ctx, phone, auth.SendCodeOptions{})
			wantError(t, err, 400, want)
		}
		_, err := c.API().AuthSendCode(ctx, &tg.AuthSendCodeRequest{PhoneNumber: sandbox.PhonePlain, APIID: 1, APIHash: sandbox.APIHash})
		wantError(t, err, 400, "API_ID_INVALID")
	})

	t.Run("code", func(t *testing.T) {
		sent := sendCode(t, c, "+999 66 2 0001")
		_, err := c.Auth().SignIn(ctx, sandbox.PhonePlain, "", sent.PhoneCodeHash)
		wantError(t, err, 400, "PHONE_CODE_EMPTY")
		_, err = c.Auth().SignIn(ctx, sandbox.PhonePlain, "12345", sent.PhoneCodeHash)
		wantError(t, err, 400, "PHONE_CODE_INVALID")
		_, err = c.Auth().SignIn(ctx, sandbox.PhonePlain, sandbox.CodePlain, "other")
		wantError(t, err, 400, "PHONE_CODE_EXPIRED")

		again, err := c.Auth().ResendCode(ctx, sandbox.PhonePlain, sent.PhoneCodeHash)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := again.(*tg.AuthSentCode).Type.(*tg.AuthSentCodeTypeSMS); !ok {
			t.Errorf("code sent again by %T, want an SMS", again.(*tg.AuthSentCode).Type)
		}
		if _, err := c.Auth().SignIn(ctx, "9996620001", sandbox.CodePlain, sent.PhoneCodeHash); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, c, sandbox.PhonePlain)
	})

	t.Run("log out", func(t *testing.T) {
		if _, err := c.API().AuthLogOut(ctx); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, c, "")
		_, err := c.API().ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: "news"})
		wantError(t, err, 401, "AUTH_KEY_UNREGISTERED")
	})

	t.Run("expired", func(t *testing.T) {
		srv.Hooks().SetCodeLifetime(0)
		sent := sendCode(t, c, sandbox.PhonePlain)
		_, err := c.Auth().SignIn(ctx, sandbox.PhonePlain, sandbox.CodePlain, sent.PhoneCodeHash)
		wantError(t, err, 400, "PHONE_CODE_EXPIRED")
		srv.Hooks().SetCodeLifetime(1 << 40)
	})

	t.Run("too many tries", func(t *testing.T) {
		sent := sendCode(t, c, sandbox.PhonePlain)
		for range 5 {
			_, err := c.Auth().SignIn(ctx, sandbox.PhonePlain, "00000", sent.PhoneCodeHash)
			wantError(t, err, 400, "PHONE_CODE_INVALID")
		}
		_, err := c.Auth().SignIn(ctx, sandbox.PhonePlain, sandbox.CodePlain, sent.PhoneCodeHash)
		wantError(t, err, 400, "PHONE_CODE_EXPIRED")
	})

	t.Run("cancelled, and no more ways to send", func(t *testing.T) {
		sent := sendCode(t, c, sandbox.PhonePlain)
		for range 2 {
			if _, err := c.Auth().ResendCode(ctx, sandbox.PhonePlain, sent.PhoneCodeHash); err != nil {
				t.Fatal(err)
			}
		}
		_, err := c.Auth().ResendCode(ctx, sandbox.PhonePlain, sent.PhoneCodeHash)
		wantError(t, err, 406, "SEND_CODE_UNAVAILABLE")
		if _, err := c.API().AuthCancelCode(ctx,
			&tg.AuthCancelCodeRequest{PhoneNumber: sandbox.PhonePlain, PhoneCodeHash: sent.PhoneCodeHash}); err != nil {
			t.Fatal(err)
		}
		_, err = c.Auth().SignIn(ctx, sandbox.PhonePlain, sandbox.CodePlain, sent.PhoneCodeHash)
		wantError(t, err, 400, "PHONE_CODE_EXPIRED")
	})

	t.Run("no account", func(t *testing.T) {
		sent := sendCode(t, c, sandbox.PhoneNoAccount)
		_, err := c.Auth().SignIn(ctx, sandbox.PhoneNoAccount, sandbox.CodePlain, sent.PhoneCodeHash)
		if want := new(auth.SignUpRequired); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	})

	t.Run("password, by a new client between the steps", func(t *testing.T) {
		sent := sendCode(t, c, sandbox.PhonePassword)
		stop()
		c, stop := connect(t, srv, st)
		_, err := c.Auth().SignIn(ctx, sandbox.PhonePassword, sandbox.CodePlain, sent.PhoneCodeHash)
		if !errors.Is(err, auth.ErrPasswordAuthNeeded) {
			t.Fatalf("got %v, want %v", err, auth.ErrPasswordAuthNeeded)
		}
		stop()
		c, _ = connect(t, srv, st)
		wantStatus(t, c, "")
		p, err := c.API().AccountGetPassword(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if hint, _ := p.GetHint(); hint != sandbox.PasswordHint || !p.HasPassword {
			t.Errorf("got hint %q, has password %v", hint, p.HasPassword)
		}
		if _, err := c.Auth().Password(ctx, "wrong"); !errors.Is(err, auth.ErrPasswordInvalid) {
			t.Errorf("got %v, want %v", err, auth.ErrPasswordInvalid)
		}
		wantStatus(t, c, "")
		if _, err := c.Auth().Password(ctx, sandbox.Password); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, c, sandbox.PhonePassword)
	})
}

func TestSignInMigrates(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{})
	st := new(session.StorageMemory)
	c, stop := connect(t, srv, st) // at data centre 2
	sent := sendCode(t, c, sandbox.PhoneOtherDC)
	if _, err := c.Auth().SignIn(within(t), sandbox.PhoneOtherDC, sandbox.CodeOtherDC, sent.PhoneCodeHash); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, c, sandbox.PhoneOtherDC)
	stop()
	c, _ = connect(t, srv, st)
	wantStatus(t, c, sandbox.PhoneOtherDC)
}

func TestQR(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{})
	c, _ := connect(t, srv, new(session.StorageMemory))
	ctx := within(t)
	export := func() tg.AuthLoginTokenClass {
		t.Helper()
		token, err := c.API().AuthExportLoginToken(ctx, &tg.AuthExportLoginTokenRequest{APIID: sandbox.APIID, APIHash: sandbox.APIHash})
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	token, ok := export().(*tg.AuthLoginToken)
	if !ok {
		t.Fatal("no token")
	}
	phone := signedIn(t, srv, sandbox.PhonePlain)
	if _, err := phone.API().AuthAcceptLoginToken(ctx, token.Token); err != nil {
		t.Fatal(err)
	}
	_, err := phone.API().AuthAcceptLoginToken(ctx, token.Token)
	wantError(t, err, 400, "AUTH_TOKEN_ALREADY_ACCEPTED")
	if got, ok := export().(*tg.AuthLoginTokenSuccess); !ok {
		t.Fatalf("got %T", got)
	}
	wantStatus(t, c, sandbox.PhonePlain)

	// By the hook, and with an account of the other data centre.
	if _, err := c.API().AuthLogOut(ctx); err != nil {
		t.Fatal(err)
	}
	export()
	if err := srv.AcceptLogin(nil, sandbox.PhoneOtherDC); err != nil {
		t.Fatal(err)
	}
	to, ok := export().(*tg.AuthLoginTokenMigrateTo)
	if !ok || to.DCID != 1 {
		t.Fatalf("got %v, want a migration to 1", to)
	}
	if err := c.MigrateTo(ctx, to.DCID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.API().AuthImportLoginToken(ctx, to.Token); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, c, sandbox.PhoneOtherDC)
}

func TestRevokedAndLoggedOutSessions(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{})
	c := signedIn(t, srv, sandbox.PhonePlain)
	other := signedIn(t, srv, "+9996620003")
	wantStatus(t, c, sandbox.PhonePlain)
	if err := srv.Revoke(accountID(t, sandbox.PhonePlain), "SESSION_REVOKED"); err != nil {
		t.Fatal(err)
	}
	_, err := c.API().UpdatesGetState(within(t))
	wantError(t, err, 401, "SESSION_REVOKED")
	wantStatus(t, c, "")
	wantStatus(t, other, "+9996620003")

	// The key can sign in again.
	sent := sendCode(t, c, sandbox.PhonePlain)
	if _, err := c.Auth().SignIn(within(t), sandbox.PhonePlain, sandbox.CodePlain, sent.PhoneCodeHash); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, c, sandbox.PhonePlain)
}

func TestAccountMoves(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	srv := start(t, sandbox.Options{Dir: dir})
	st := new(session.StorageMemory)
	if err := srv.IssueSession(t.Context(), st, sandbox.PhonePlain); err != nil {
		t.Fatal(err)
	}
	c, _ := connect(t, srv, st)
	ctx := within(t)
	if err := srv.Migrate(accountID(t, sandbox.PhonePlain), 1); err != nil {
		t.Fatal(err)
	}
	exported, err := c.API().AuthExportAuthorization(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	// gotd follows USER_MIGRATE by itself but does not transfer the authorization.
	_, err = c.API().UpdatesGetState(ctx)
	wantError(t, err, 401, "AUTH_KEY_UNREGISTERED")
	if _, err := c.API().AuthImportAuthorization(ctx, &tg.AuthImportAuthorizationRequest{ID: exported.ID, Bytes: exported.Bytes}); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, c, sandbox.PhonePlain)
	_, err = c.API().AuthImportAuthorization(ctx, &tg.AuthImportAuthorizationRequest{ID: exported.ID, Bytes: exported.Bytes})
	wantError(t, err, 400, "AUTH_BYTES_INVALID")
}

func TestPhones(t *testing.T) {
	for _, p := range sandbox.Phones() {
		if _, ok := sandbox.AccountID(p.Number); !ok || p.About == "" || len(p.Code) != 5 {
			t.Errorf("bad test account %+v", p)
		}
	}
	if got, want := accountID(t, "+999 66 2 0001"), int64(7_996_620_001); got != want {
		t.Errorf("account id: got %d, want %d", got, want)
	}
}
