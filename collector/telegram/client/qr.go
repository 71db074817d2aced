package client

import (
	"context"
	"fmt"
	"time"

	"github.com/gotd/td/telegram/auth/qrlogin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector"
)

// tokenLife is how long a login token is valid if the clocks differ too much to know.
const tokenLife = 30 * time.Second

// QR is the state of a sign-in by QR code: first a link to show as a code; once scanned, signed
// in, or a password is needed.
type QR struct {
	Link     string        // tg://login?token=…, a secret: anyone with it can sign this client in
	For      time.Duration // how long the link can be scanned
	SignedIn bool
	Password bool
	Hint     string // the owner's hint to the password
}

// QR asks for a code to show, or signs in after the last one was scanned. Call it after
// OnScanned, and before the code expires. Errors: BadCredentials, SignInRefused, Flood,
// Network. See https://core.telegram.org/api/qr-login
func (c *Client) QR(ctx context.Context) (QR, error) {
	token := func() (tg.AuthLoginTokenClass, error) { return c.loginToken(ctx) }
	answer, err := again(token)
	if collector.KindOf(c.toError(err)) == collector.CodeExpired { // scanned too late: get a new code
		answer, err = again(token)
	}
	if tgerr.Is(err, "SESSION_PASSWORD_NEEDED") {
		return QR{Password: true, Hint: c.passwordHint(ctx)}, nil
	}
	if err != nil {
		return QR{}, fmt.Errorf("ask for a QR code: %w", c.beginError(ctx, err))
	}
	switch t := answer.(type) {
	case *tg.AuthLoginToken:
		token := qrlogin.NewToken(t.Token, t.Expires)
		left := token.Expires().Sub(c.time.Now())
		if left <= 0 || left > 10*tokenLife {
			left = tokenLife
		}
		return QR{Link: token.URL(), For: left}, nil
	case *tg.AuthLoginTokenSuccess:
		err := entered(t.Authorization)
		return QR{SignedIn: err == nil}, err
	}
	return QR{}, unmet(collector.RefusedNewer, answer.TypeName())
}

// loginToken exports a token; if the account that scanned it is at another DC, it connects to
// that DC and imports it.
func (c *Client) loginToken(ctx context.Context) (tg.AuthLoginTokenClass, error) {
	answer, err := c.api.AuthExportLoginToken(ctx, &tg.AuthExportLoginTokenRequest{APIID: c.options.APIID, APIHash: c.options.APIHash})
	to, moved := answer.(*tg.AuthLoginTokenMigrateTo)
	if err != nil || !moved {
		return answer, err
	}
	if err := c.tg.Load().MigrateTo(ctx, to.DCID); err != nil {
		return nil, fmt.Errorf("go to DC %d: %w", to.DCID, err)
	}
	if answer, err = c.api.AuthImportLoginToken(ctx, to.Token); err != nil && !tgerr.Is(err, "SESSION_PASSWORD_NEEDED") {
		return nil, err
	}
	if failed := c.home.settled(ctx, to.DCID); failed != nil { // or a restart would connect to the old DC
		return nil, failed
	}
	return answer, err
}

// updated handles the update that a code was scanned.
func (c *Client) updated(_ context.Context, updates tg.UpdatesClass) error {
	var all []tg.UpdateClass
	switch u := updates.(type) {
	case *tg.UpdateShort:
		all = []tg.UpdateClass{u.Update}
	case *tg.Updates:
		all = u.Updates
	case *tg.UpdatesCombined:
		all = u.Updates
	}
	for _, u := range all {
		if _, ok := u.(*tg.UpdateLoginToken); ok {
			c.options.OnScanned()
		}
	}
	return nil
}
