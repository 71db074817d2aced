package telegram

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
		return fmt.Errorf("sign in with the password: %w", signInError(err))
	}
	return nil
}

// Self returns the user id of the account. SignedOut when there is none; while signing
// in SignInExpired, or SignInRefused where the account is let in no further.
func (c *Client) Self(ctx context.Context) (int64, error) {
	user, err := c.tg.Self(ctx)
	if err != nil && c.options.SigningIn {
		return 0, fmt.Errorf("ask who has signed in: %w", signInError(err))
	}
	if err != nil {
		return 0, fmt.Errorf("ask who is signed in: %w", toError(err))
	}
	return user.ID, nil
}

// LogOut ends the session at Telegram for good. A session that Telegram had
// ended already is no error. See https://core.telegram.org/method/auth.logOut
func (c *Client) LogOut(ctx context.Context) error {
	_, err := c.api.AuthLogOut(ctx)
	if err = toError(err); err != nil && collector.KindOf(err) != collector.SignedOut {
		return fmt.Errorf("log out: %w", err)
	}
	return nil
}
