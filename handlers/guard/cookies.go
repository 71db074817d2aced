package guard

import (
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
