package client

import (
	"context"
	"fmt"

	"github.com/gotd/td/tgerr"

	"telegramtrac/collector"
)

// passwordHint is the hint to the password, as its owner wrote it. That there is a
// password is known already, so where the hint cannot be had it is "".
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
	_, err := c.tg.Auth().Password(ctx, password)
	if tgerr.Is(err, "SRP_ID_INVALID", "SRP_PASSWORD_CHANGED") { // the challenge was an old one: once more with a new one
		_, err = c.tg.Auth().Password(ctx, password)
	}
	if err != nil {
		return fmt.Errorf("sign in with the password: %w", c.signInError(ctx, err))
	}
	return nil
}

// Self returns the user id of the account. SignedOut when there is none; while signing
// in SignInExpired, or SignInRefused where the account is let in no further. Who has
// just signed in is known from that answer: a connection that is lost now does not cost
// the person the sign-in.
func (c *Client) Self(ctx context.Context) (int64, error) {
	user, err := c.tg.Self(ctx)
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

// passing reports whether the same request may be answered later.
func passing(err error) bool {
	e := collector.AsError(err)
	return e.Kind == collector.Network || e.Kind == collector.Flood || e.Detail == collector.RefusedFailing
}

// LogOut ends the session at Telegram for good. A session that Telegram had
// ended already is no error. See https://core.telegram.org/method/auth.logOut
func (c *Client) LogOut(ctx context.Context) error {
	_, err := c.api.AuthLogOut(ctx)
	if err = c.toError(lost(ctx, err)); err != nil && collector.KindOf(err) != collector.SignedOut {
		return fmt.Errorf("log out: %w", err)
	}
	return nil
}
