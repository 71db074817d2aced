package handlers

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
)

// cookieName is the cookie of a visitor: 256 random bits.
const cookieName = "visitor"

// cookieLife is how long a browser keeps it; each visit begins it anew.
const cookieLife = 180 * 24 * time.Hour

// visitor is who asks: what follows from the cookie.
type visitor struct {
	hash      string // what the engine knows the visitor by
	token     string // of forms
	workspace engine.Workspace
}

// in reports whether the visitor is signed in.
func (v visitor) in() bool { return v.workspace.ID != "" }

type localKey string

const visitorKey localKey = "visitor"

func visitorOf(c *fiber.Ctx) visitor {
	v, _ := c.Locals(visitorKey).(visitor)
	return v
}

// qrPath is asked again and again by every page that shows a QR code. When one of
// them is given a new cookie, the answer to another must not bring the old one back.
const qrPath = "/signin/qr"

// visit finds out who asks, and gives a cookie to those who have none.
func (s *Server) visit(c *fiber.Ctx) error {
	cookie := c.Cookies(cookieName)
	known := validCookie(cookie)
	if !known {
		cookie = newCookie()
	}
	if c.Method() == fiber.MethodGet && !websocketPath(c.Path()) && c.Path() != qrPath {
		s.setCookie(c, cookie)
	}
	v := visitor{hash: visitorHash(cookie), token: s.formToken(cookie)}
	if known {
		w, err := s.engine.Workspace(c.UserContext(), v.hash)
		if err != nil {
			return fmt.Errorf("find workspace: %w", err)
		}
		v.workspace = w
		s.touch(c, w.ID)
	}
	c.Locals(visitorKey, v)
	return c.Next()
}

// touch notes that somebody opened the workspace, so that it is kept. That it
// could not be noted is no reason to show nothing.
func (s *Server) touch(c *fiber.Ctx, workspace string) {
	if workspace == "" {
		return
	}
	if err := s.engine.Touch(c.UserContext(), workspace); err != nil {
		s.log.Warn("workspace_not_touched", "request_id", requestID(c), "err", err)
	}
}

// renew gives a visitor who has signed in a cookie that nobody has seen before:
// one that was planted in the browser before would lead whoever planted it into
// the workspace as well. A workspace of the sandbox follows from the cookie and
// keeps it; there is nothing real in it.
func (s *Server) renew(c *fiber.Ctx, v visitor) (visitor, error) {
	cookie := newCookie()
	next := visitor{hash: visitorHash(cookie), token: s.formToken(cookie), workspace: v.workspace}
	if err := s.engine.MoveVisitor(c.UserContext(), v.hash, next.hash); err != nil {
		return v, fmt.Errorf("renew the cookie: %w", err)
	}
	s.setCookie(c, cookie)
	return next, nil
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

func (s *Server) setCookie(c *fiber.Ctx, value string) {
	c.Cookie(&fiber.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: int(cookieLife / time.Second),
		HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode, Secure: s.secure(c),
	})
}

// secure reports whether the visitor came over TLS.
func (s *Server) secure(c *fiber.Ctx) bool {
	if s.trustProxy && c.Get(fiber.HeaderXForwardedProto) == "https" {
		return true
	}
	return c.Context().IsTLS()
}

// visitorHash is what is kept of a cookie: whoever reads the records cannot
// make a cookie from it.
func visitorHash(cookie string) string {
	sum := sha256.Sum256([]byte("telegramtrac visitor\x00" + cookie))
	return hex.EncodeToString(sum[:])
}

// formToken proves that a form came from this visitor's own page. It follows
// from the cookie, so a page that is open survives a restart.
func (s *Server) formToken(cookie string) string {
	h := hmac.New(sha256.New, s.secret)
	h.Write([]byte("form\x00" + cookie))
	return hex.EncodeToString(h.Sum(nil))
}

// token refuses what does not come from the visitor's own page.
func (s *Server) token(c *fiber.Ctx) error {
	if c.Method() != fiber.MethodPost {
		return c.Next()
	}
	if !hmac.Equal([]byte(c.FormValue("_csrf")), []byte(visitorOf(c).token)) {
		return errForged
	}
	return c.Next()
}

// signedIn sends those who are not signed in to the beginning.
func (s *Server) signedIn(c *fiber.Ctx) error {
	if visitorOf(c).in() {
		return c.Next()
	}
	if wantsJSON(c) {
		return collector.Errorf(collector.SignedOut, "not signed in")
	}
	return s.redirect(c, "/")
}
