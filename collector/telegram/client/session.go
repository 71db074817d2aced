package client

import (
	"context"
	"fmt"

	"github.com/gotd/td/tgerr"

	"telegramtrac/collector"
)

// passwordHint returns the owner's hint to the password, "" if it cannot be read: that a
// password is needed is already known.
func (c *Client) passwordHint(ctx context.Context) string {
	p, err := c.api.AccountGetPassword(ctx)
	if err != nil {
		c.options.Logger.Info("asking for the password's hint failed", "error", err)
		return ""
	}
	return p.Hint
}

// EnterPassword completes two-step verification. Errors: PasswordWrong,
// SignInRestarted, SignInRefused, SignInExpired, Flood, Network.
// See https://core.telegram.org/api/srp
func (c *Client) EnterPassword(ctx context.Context, password string) error {
	_, err := c.tg.Load().Auth().Password(ctx, password)
	if tgerr.Is(err, "SRP_ID_INVALID", "SRP_PASSWORD_CHANGED") { // the challenge was outdated: retry with a new one
		_, err = c.tg.Load().Auth().Password(ctx, password)
	}
	if err != nil {
		return fmt.Errorf("sign in with the password: %w", c.signInError(ctx, err))
	}
	return nil
}

// Self returns the user id of the account. Errors: SignedOut if there is none; during sign-in
// SignInExpired, or SignInRefused if the account may not continue. Right after a sign-in it
// uses the id from that answer if the connection is lost, so that the sign-in is not lost.
func (c *Client) Self(ctx context.Context) (int64, error) {
	user, err := c.tg.Load().Self(ctx)
	if err == nil {
		return user.ID, nil
	}
	if !c.options.SigningIn {
		return 0, fmt.Errorf("ask who is signed in: %w", c.toError(lost(ctx, err)))
	}
	err = c.signInError(ctx, err)
	if id := c.home.entered(); id != 0 && passing(err) {
		c.options.Logger.Info("asking who has signed in failed", "error", err)
		return id, nil
	}
	return 0, fmt.Errorf("ask who has signed in: %w", err)
}

// passing reports whether the same request may succeed later.
func passing(err error) bool {
	e := collector.AsError(err)
	return e.Kind == collector.Network || e.Kind == collector.Flood || e.Detail == collector.RefusedFailing
}

// LogOut ends the session at Telegram permanently. If Telegram had already ended it, that is
// not an error. See https://core.telegram.org/method/auth.logOut
func (c *Client) LogOut(ctx context.Context) error {
	_, err := c.api.AuthLogOut(ctx)
	if err = c.toError(lost(ctx, err)); err != nil && collector.KindOf(err) != collector.SignedOut {
		return fmt.Errorf("log out: %w", err)
	}
	return nil
}
