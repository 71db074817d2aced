package guard

import (
	"encoding/base64"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
)

// SignIn is a sign-in that begins.
type SignIn struct {
	Visitor        // whose sign-in it is
	From    string // the visitor whose place it takes; "": nobody's
	cookie  string // that comes into the workspace; "": the visitor's
}

// BeginSignIn says whose a sign-in is. At Telegram it does not belong to the visitor's
// cookie, which somebody may have planted, but to a new cookie that only the answer to
// this form gives away: that cookie comes into the workspace, however the sign-in ends.
// The same form sent twice gives the same cookie, or Telegram would send two codes. In
// the sandbox, where workspaces follow from the visitor's cookie, it is the visitor's.
func (g *Guard) BeginSignIn(c *fiber.Ctx, source string) SignIn {
	in := SignIn{Visitor: VisitorOf(c)}
	if source != collector.SourceTelegram {
		in.SignIn = in.Hash
		return in
	}
	in.cookie = newCookie()
	if attempt := c.FormValue("attempt"); attempt != "" {
		in.cookie = base64.RawURLEncoding.EncodeToString(g.MAC("signin\x00" + in.Hash + "\x00" + attempt))
	}
	in.From, in.SignIn = in.Hash, VisitorHash(in.cookie)
	return in
}

// KeepSignIn gives the browser the cookie of a sign-in that has begun.
func (g *Guard) KeepSignIn(c *fiber.Ctx, in SignIn) {
	if in.cookie == "" {
		g.DropSignIn(c)
	} else {
		g.putCookie(c, signInCookie, in.cookie, signInLife)
	}
	SetVisitor(c, in.Visitor)
}

// DropSignIn takes the cookie of a sign-in away.
func (g *Guard) DropSignIn(c *fiber.Ctx) { g.dropCookie(c, signInCookie) }

// Renew gives a visitor who has signed in at Telegram a cookie that nobody has seen before:
// one that was planted in the browser earlier would let whoever planted it into the
// workspace as well. A workspace of the sandbox follows from the cookie and
// needs no new one; there is nothing real in it.
func (g *Guard) Renew(c *fiber.Ctx, v Visitor) (Visitor, error) {
	cookie := newCookie()
	next := Visitor{Hash: VisitorHash(cookie), Token: g.formToken(cookie), Workspace: v.Workspace}
	next.SignIn = next.Hash
	if err := g.engine.MoveVisitor(c.UserContext(), v.SignIn, next.Hash); err != nil {
		return v, fmt.Errorf("renew the cookie: %w", err)
	}
	g.putCookie(c, visitorCookie, cookie, cookieLife)
	g.DropSignIn(c)
	return next, nil
}
