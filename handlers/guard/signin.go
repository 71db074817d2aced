package guard

import (
	"encoding/base64"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
)

// SignIn says which visitor and which cookie a new sign-in belongs to.
type SignIn struct {
	Visitor        // whose sign-in it is
	From    string // the visitor that it replaces; "": none
	cookie  string // its own, which enters the workspace; "": the visitor's
}

// BeginSignIn decides which cookie a new sign-in belongs to. At Telegram that is not the
// visitor's cookie, which an attacker may have planted, but a new one that only the answer to
// this form carries; it enters the workspace however the sign-in ends. The same form sent
// twice gives the same cookie, because Telegram would otherwise send two codes. In the
// sandbox, where workspaces follow from the visitor's cookie, it is the visitor's.
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

// DropSignIn deletes the sign-in cookie in the browser.
func (g *Guard) DropSignIn(c *fiber.Ctx) { g.dropCookie(c, signInCookie) }

// Renew gives a visitor who has signed in at Telegram a new cookie: if the old one was planted
// in the browser, whoever planted it would enter the workspace too. A workspace of the sandbox
// follows from the cookie and needs no new one; there is nothing real in it.
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
