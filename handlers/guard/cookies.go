package guard

import (
	"crypto/hmac"
	"encoding/hex"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/engine"
)

// Cookies hold 256 random bits each, except the password's. Over TLS their names begin with
// hostPrefix, so that browsers accept them only from this very host.
const (
	visitorCookie = "visitor"
	signInCookie  = "signin" // of a sign-in at Telegram under way
	hostPrefix    = "__Host-"
)

// How long a browser stores the cookies. Each visit renews the visitor's cookie; the sign-in's
// outlasts the wait for a code.
const (
	cookieLife = engine.VisitorLife
	signInLife = time.Hour
)

func (g *Guard) putCookie(c *fiber.Ctx, name, value string, life time.Duration) {
	secure := g.Secure(c)
	if secure {
		name = hostPrefix + name
	}
	c.Cookie(&fiber.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(life / time.Second),
		HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode, Secure: secure,
	})
}

// cookie returns the value that the browser sent. Over TLS a cookie without the prefix is
// ignored: another host, or a page without TLS, may have set it.
func (g *Guard) cookie(c *fiber.Ctx, name string) string {
	if g.Secure(c) {
		name = hostPrefix + name
	}
	return c.Cookies(name)
}

func (g *Guard) dropCookie(c *fiber.Ctx, name string) {
	if g.cookie(c, name) != "" {
		g.putCookie(c, name, "", -time.Second)
	}
}

// Secure reports whether the visitor came over TLS. With several trusted proxies, TLS to the
// outermost counts. A visitor who forges the header harms nobody else.
func (g *Guard) Secure(c *fiber.Ctx) bool {
	if g.TrustProxy {
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

// passwordCookie holds the proof that a browser gave the host's password.
const passwordCookie = "door"

// KnowsPassword reports whether the browser has given the host's password, or the host
// has none.
func (g *Guard) KnowsPassword(c *fiber.Ctx) bool {
	return g.Password == "" || hmac.Equal([]byte(g.cookie(c, passwordCookie)), []byte(g.passwordProof(g.Password)))
}

// TakePassword checks a typed password; any is right if the host has none. If it is right, the
// browser gets the cookie that proves it.
func (g *Guard) TakePassword(c *fiber.Ctx, typed string) bool {
	proof := g.passwordProof(typed) // of one length, whatever was typed
	if g.Password != "" && !hmac.Equal([]byte(proof), []byte(g.passwordProof(g.Password))) {
		return false
	}
	g.putCookie(c, passwordCookie, proof, cookieLife)
	return true
}

// passwordProof is derived from the password, so that a new password invalidates all cookies.
func (g *Guard) passwordProof(password string) string {
	return hex.EncodeToString(g.MAC("door\x00" + password))
}

// policy lets a page load what this program serves, and nothing else.
const policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

// Headers sets the security headers on every answer.
func (g *Guard) Headers(c *fiber.Ctx) error {
	g.SetHeaders(c)
	return c.Next()
}

// SetHeaders sets the security headers on one answer.
func (g *Guard) SetHeaders(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentSecurityPolicy, policy)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set(fiber.HeaderCacheControl, "no-store")
	if g.Secure(c) {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
}
