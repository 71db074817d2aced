package guard

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
)

// Visitor is who made a request, according to the cookies.
type Visitor struct {
	Hash      string // identifies the visitor to the engine
	SignIn    string // identifies the visitor's sign-in to the engine; see BeginSignIn
	Token     string // the CSRF token of the visitor's forms
	Workspace engine.Workspace
}

// In reports whether the visitor is signed in.
func (v Visitor) In() bool { return v.Workspace.ID != "" }

// HasAccount reports whether the visitor's workspace has an account.
func (v Visitor) HasAccount() bool { return v.In() && v.Workspace.Source != collector.SourcePreview }

// SignInAt is the source whose accounts read the same channels as the web preview of the
// visitor's workspace.
func (v Visitor) SignInAt() string { return cmp.Or(v.Workspace.Shows, collector.SourceTelegram) }

const visitorKey localKey = "visitor"

// VisitorOf returns the visitor that Visit found for a request.
func VisitorOf(c *fiber.Ctx) Visitor {
	v, _ := c.Locals(visitorKey).(Visitor)
	return v
}

// VisitorIn is VisitorOf outside fiber, from the values of the request.
func VisitorIn(values interface{ Value(key any) any }) Visitor {
	v, _ := values.Value(visitorKey).(Visitor)
	return v
}

// SetVisitor changes the visitor for the rest of a request.
func SetVisitor(c *fiber.Ctx, v Visitor) { c.Locals(visitorKey, v) }

// QRPath is polled by every page that shows a QR code. Visit sets no cookie there: when one of
// the pages gets a new cookie, the answer to another must not bring back the old one.
const QRPath = "/signin/qr"

// Visit is middleware that identifies the visitor, and gives a cookie to those who have none.
func (g *Guard) Visit(c *fiber.Ctx) error {
	cookie := g.cookie(c, visitorCookie)
	known := validCookie(cookie)
	if !known {
		cookie = newCookie()
	}
	if c.Method() == fiber.MethodGet && !IsWebsocket(c) && c.Path() != QRPath {
		g.putCookie(c, visitorCookie, cookie, cookieLife)
	}
	if err := g.Engine.Reached(c.UserContext()); err != nil {
		g.Logger.Warn("day not noted", "request_id", RequestID(c), "error", err)
	}
	v := Visitor{Hash: VisitorHash(cookie), Token: g.formToken(cookie)}
	v.SignIn = v.Hash
	if own := g.cookie(c, signInCookie); validCookie(own) {
		v.SignIn = VisitorHash(own)
	}
	if known {
		w, err := g.Engine.Workspace(c.UserContext(), v.Hash)
		if err != nil {
			return fmt.Errorf("find workspace: %w", err)
		}
		v.Workspace = w
		g.touch(c, v)
	}
	SetVisitor(c, v)
	return c.Next()
}

// touch records that the workspace was opened, so that neither it nor the visitor is deleted
// for its age. A failure is logged and does not stop the page.
func (g *Guard) touch(c *fiber.Ctx, v Visitor) {
	if !v.In() {
		return
	}
	if err := errors.Join(g.Engine.Touch(c.UserContext(), v.Workspace.ID), g.Engine.Seen(c.UserContext(), v.Hash)); err != nil {
		g.Logger.Warn("workspace not touched", "request_id", RequestID(c), "error", err)
	}
}

// Token is middleware that refuses forms that do not come from the visitor's own page.
func (g *Guard) Token(c *fiber.Ctx) error {
	if c.Method() != fiber.MethodPost {
		return c.Next()
	}
	if !OwnToken(c, []byte(c.FormValue("_csrf"))) {
		return ErrForged
	}
	return c.Next()
}

// OwnToken reports whether a token is the one in the visitor's own pages.
func OwnToken(c *fiber.Ctx, token []byte) bool {
	return hmac.Equal(token, []byte(VisitorOf(c).Token))
}

// VisitorHash is stored in place of a cookie; the cookie cannot be computed from it.
func VisitorHash(cookie string) string {
	sum := sha256.Sum256([]byte("telegramtrac visitor\x00" + cookie))
	return hex.EncodeToString(sum[:])
}

// formToken proves that a form came from this visitor's own page. It is derived from the
// cookie, so an open page survives a restart.
func (g *Guard) formToken(cookie string) string {
	return hex.EncodeToString(g.MAC("form\x00" + cookie))
}

// MAC returns a text's HMAC-SHA256 under the program's secret.
func (g *Guard) MAC(text string) []byte {
	h := hmac.New(sha256.New, g.Secret)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// IsWebsocket reports whether a request is for a websocket's address.
func IsWebsocket(c *fiber.Ctx) bool { return strings.HasPrefix(c.Path(), "/ws/") }

const requestKey localKey = "request"

// Identify gives a request an id and sends it as X-Request-ID.
func Identify(c *fiber.Ctx) {
	c.Locals(requestKey, rand.Text()[:16])
	c.Set(fiber.HeaderXRequestID, RequestID(c))
}

// RequestID connects the log lines of one request. The program makes it: an id from outside
// could contain anything.
func RequestID(c *fiber.Ctx) string {
	id, _ := c.Locals(requestKey).(string)
	return id
}

func newCookie() string {
	var b [32]byte
	rand.Read(b[:]) // never fails: crypto/rand
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func validCookie(s string) bool {
	b, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil && len(b) == 32
}

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
	if err := g.Engine.MoveVisitor(c.UserContext(), v.SignIn, next.Hash); err != nil {
		return v, fmt.Errorf("renew the cookie: %w", err)
	}
	g.putCookie(c, visitorCookie, cookie, cookieLife)
	g.DropSignIn(c)
	return next, nil
}
