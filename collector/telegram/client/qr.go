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

// tokenLife is how long a login token lives where the clocks do not agree well
// enough to tell.
const tokenLife = 30 * time.Second

// QR is how a sign-in by QR code stands: a link to show as a code, until it was
// scanned; then signed in, or a password is asked next.
type QR struct {
	Link     string        // tg://login?token=…, a secret: whoever has it can let this client in
	For      time.Duration // how long the link can be scanned
	SignedIn bool
	Password bool
	Hint     string // to the password, as its owner wrote it
}

// QR asks for a code to show, or, when the last one was scanned, signs in. Call it
// when OnScanned tells to, and before the code runs out. Errors: BadCredentials,
// SignInRefused, Flood, Network. See https://core.telegram.org/api/qr-login
func (c *Client) QR(ctx context.Context) (QR, error) {
	token := func() (tg.AuthLoginTokenClass, error) { return c.loginToken(ctx) }
	answer, err := again(token)
	if collector.KindOf(c.toError(err)) == collector.CodeExpired { // scanned too late: a new one then
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

// loginToken exports a token; where the account that scanned it lives at another
// DC, it goes there and imports it.
func (c *Client) loginToken(ctx context.Context) (tg.AuthLoginTokenClass, error) {
	answer, err := c.api.AuthExportLoginToken(ctx, &tg.AuthExportLoginTokenRequest{APIID: c.options.APIID, APIHash: c.options.APIHash})
	to, moved := answer.(*tg.AuthLoginTokenMigrateTo)
	if err != nil || !moved {
		return answer, err
	}
	if err := c.tg.MigrateTo(ctx, to.DCID); err != nil {
		return nil, fmt.Errorf("go to DC %d: %w", to.DCID, err)
	}
	if answer, err = c.api.AuthImportLoginToken(ctx, to.Token); err != nil && !tgerr.Is(err, "SESSION_PASSWORD_NEEDED") {
		return nil, err
	}
	if failed := c.home.settled(ctx, to.DCID); failed != nil { // or a restart would look for the account at the old DC
		return nil, failed
	}
	return answer, err
}

// updated listens for the one update that says that a code was scanned.
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
