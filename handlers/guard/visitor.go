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
	if err := g.engine.Reached(c.UserContext()); err != nil {
		g.log.Warn("day_not_noted", "request_id", RequestID(c), "error", err)
	}
	v := Visitor{Hash: VisitorHash(cookie), Token: g.formToken(cookie)}
	v.SignIn = v.Hash
	if own := g.cookie(c, signInCookie); validCookie(own) {
		v.SignIn = VisitorHash(own)
	}
	if known {
		w, err := g.engine.Workspace(c.UserContext(), v.Hash)
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
	if err := errors.Join(g.engine.Touch(c.UserContext(), v.Workspace.ID), g.engine.Seen(c.UserContext(), v.Hash)); err != nil {
		g.log.Warn("workspace_not_touched", "request_id", RequestID(c), "error", err)
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
	h := hmac.New(sha256.New, g.secret)
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
