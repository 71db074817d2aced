package handlers

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
)

// Cookies: 256 random bits each, but for the door's. Over TLS their names begin
// with hostPrefix, and browsers then take them from this very host alone.
const (
	cookieName   = "visitor"
	signInCookie = "signin" // of a sign-in at Telegram under way
	hostPrefix   = "__Host-"
)

// cookieLife is how long a browser keeps a visitor's; each visit begins it anew.
// A sign-in's is kept for longer than a sign-in waits.
const (
	cookieLife = engine.VisitorLife
	signInLife = time.Hour
)

// visitor is who asks: what follows from the cookie.
type visitor struct {
	hash      string // what the engine knows the visitor by
	signIn    string // what the engine knows the visitor's sign-in by; see signInAs
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
	cookie := s.cookie(c, cookieName)
	known := validCookie(cookie)
	if !known {
		cookie = newCookie()
	}
	if c.Method() == fiber.MethodGet && !websocketPath(c.Path()) && c.Path() != qrPath {
		s.setCookie(c, cookie)
	}
	if err := s.engine.Reached(c.UserContext()); err != nil {
		s.log.Warn("day_not_noted", "request_id", requestID(c), "err", err)
	}
	v := visitor{hash: visitorHash(cookie), token: s.formToken(cookie)}
	v.signIn = v.hash
	if own := s.cookie(c, signInCookie); validCookie(own) {
		v.signIn = visitorHash(own)
	}
	if known {
		w, err := s.engine.Workspace(c.UserContext(), v.hash)
		if err != nil {
			return fmt.Errorf("find workspace: %w", err)
		}
		v.workspace = w
		s.touch(c, v)
	}
	c.Locals(visitorKey, v)
	return c.Next()
}

// touch notes that somebody opened the workspace, so that both are kept. That it
// could not be noted is no reason to show nothing.
func (s *Server) touch(c *fiber.Ctx, v visitor) {
	if !v.in() {
		return
	}
	if err := errors.Join(s.engine.Touch(c.UserContext(), v.workspace.ID), s.engine.Seen(c.UserContext(), v.hash)); err != nil {
		s.log.Warn("workspace_not_touched", "request_id", requestID(c), "err", err)
	}
}

// signInAs begins a sign-in. At Telegram it is nobody's who has the visitor's cookie,
// which may have been planted, but that of a cookie that only the answer to this form
// gives away: it is what comes into the workspace, however the sign-in ends. The same
// form sent twice gives the same, or Telegram would send two codes. In the sandbox, where
// workspaces follow from the visitor's cookie, it is the visitor's.
func (s *Server) signInAs(c *fiber.Ctx, source string) (as visitor, from, cookie string) {
	as = visitorOf(c)
	if source != collector.SourceTelegram {
		as.signIn = as.hash
		return as, "", ""
	}
	cookie = newCookie()
	if attempt := c.FormValue("attempt"); attempt != "" {
		h := hmac.New(sha256.New, s.secret)
		h.Write([]byte("signin\x00" + as.hash + "\x00" + attempt))
		cookie = base64.RawURLEncoding.EncodeToString(h.Sum(nil))
	}
	as.signIn = visitorHash(cookie)
	return as, as.hash, cookie
}

// began notes whose the sign-in is that has just begun; cookie "": the visitor's.
func (s *Server) began(c *fiber.Ctx, as visitor, cookie string) {
	if cookie == "" {
		s.dropCookie(c, signInCookie)
	} else {
		s.putCookie(c, signInCookie, cookie, signInLife)
	}
	c.Locals(visitorKey, as)
}

// renew gives a visitor who has signed in a cookie that nobody has seen before:
// one that was planted in the browser before would lead whoever planted it into
// the workspace as well. A workspace of the sandbox follows from the cookie and
// keeps it; there is nothing real in it.
func (s *Server) renew(c *fiber.Ctx, v visitor) (visitor, error) {
	cookie := newCookie()
	next := visitor{hash: visitorHash(cookie), token: s.formToken(cookie), workspace: v.workspace}
	next.signIn = next.hash
	if err := s.engine.MoveVisitor(c.UserContext(), v.signIn, next.hash); err != nil {
		return v, fmt.Errorf("renew the cookie: %w", err)
	}
	s.setCookie(c, cookie)
	s.dropCookie(c, signInCookie)
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
	s.putCookie(c, cookieName, value, cookieLife)
}

func (s *Server) putCookie(c *fiber.Ctx, name, value string, life time.Duration) {
	secure := s.secure(c)
	if secure {
		name = hostPrefix + name
	}
	c.Cookie(&fiber.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(life / time.Second),
		HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode, Secure: secure,
	})
}

// cookie is what the browser sent. Over TLS one without the prefix is not looked
// at: another host, or a page without TLS, may have put it there.
func (s *Server) cookie(c *fiber.Ctx, name string) string {
	if s.secure(c) {
		name = hostPrefix + name
	}
	return c.Cookies(name)
}

func (s *Server) dropCookie(c *fiber.Ctx, name string) {
	if s.cookie(c, name) != "" {
		s.putCookie(c, name, "", -time.Second)
	}
}

// secure reports whether the visitor came over TLS: to the outermost proxy, where
// several say how they were asked. Whoever invents it harms itself only.
func (s *Server) secure(c *fiber.Ctx) bool {
	if s.trustProxy {
		for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedProto) {
			for scheme := range strings.SplitSeq(string(line), ",") {
				if strings.EqualFold(strings.TrimSpace(scheme), "https") {
					return true
				}
			}
		}
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
