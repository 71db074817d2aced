package guard

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/engine"
)

// Cookies hold 256 random bits each, apart from that of the password. Over TLS their names
// begin with hostPrefix, and browsers then take them from this very host alone.
const (
	visitorCookie = "visitor"
	signInCookie  = "signin" // of a sign-in at Telegram under way
	hostPrefix    = "__Host-"
)

// How long a browser keeps the cookies. Each visit renews the visitor's; that of a sign-in
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

// cookie is the value that the browser sent. Over TLS a cookie without the prefix is
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

// Secure reports whether the visitor came over TLS: to the outermost proxy, where
// several say how they were asked. A visitor who sends a false one harms nobody else.
func (g *Guard) Secure(c *fiber.Ctx) bool {
	if g.trustProxy {
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
