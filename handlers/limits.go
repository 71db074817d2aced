package handlers

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/limiter"
)

// How often people may do what costs Telegram's patience, or what somebody could
// use to guess a code or a password. By network there is room for a newsroom
// behind one address.
const (
	signInWindow    = 10 * time.Minute
	signInByVisitor = 40
	signInByNetwork = 200

	lookUpWindow    = time.Minute
	lookUpByVisitor = 30
	lookUpByNetwork = 200

	// A /48 of IPv6 has 65,536 networks in it, and one may be somebody's whole.
	siteShare = 5 // how many networks' worth all of a /48 have together

	// Wrong passwords at the door, from everywhere together: more than people
	// mistype, and too few to guess one from many networks.
	doorWrong = 500
)

// limitSignIn and limitLookUps answer 429 with Retry-After to those who come too
// often. A visitor who throws its cookie away is still of its network.
func (s *Server) limitSignIn() []fiber.Handler {
	return s.limits(signInWindow, signInByVisitor, signInByNetwork)
}

func (s *Server) limitLookUps() []fiber.Handler {
	return s.limits(lookUpWindow, lookUpByVisitor, lookUpByNetwork)
}

func (s *Server) limits(window time.Duration, byVisitor, byNetwork int) []fiber.Handler {
	limit := func(most int, key func(*fiber.Ctx) string, free func(*fiber.Ctx) bool) fiber.Handler {
		return limiter.New(limiter.Config{
			Max: most, Expiration: window, KeyGenerator: key, Next: free,
			LimitReached:      func(*fiber.Ctx) error { return errTooOften },
			LimiterMiddleware: limiter.SlidingWindow{},
		})
	}
	return []fiber.Handler{
		limit(byVisitor, func(c *fiber.Ctx) string { return visitorOf(c).hash }, nil),
		limit(byNetwork, s.cameFrom, func(c *fiber.Ctx) bool { return s.cameFrom(c) == "" }),
		limit(siteShare*byNetwork, func(c *fiber.Ctx) string { return siteOf(s.cameFrom(c)) }, func(c *fiber.Ctx) bool { return siteOf(s.cameFrom(c)) == "" }),
	}
}

// limitDoor answers 429 to everybody after too many wrong passwords from anywhere.
func (s *Server) limitDoor() fiber.Handler {
	return limiter.New(limiter.Config{
		Max: doorWrong, Expiration: signInWindow, KeyGenerator: func(*fiber.Ctx) string { return "door" }, SkipSuccessfulRequests: true,
		LimitReached:      func(*fiber.Ctx) error { return errTooOften },
		LimiterMiddleware: limiter.SlidingWindow{},
	})
}

// known refuses what comes through a trusted proxy that does not say from whom: with
// everybody at one address, or at this machine's own, no limit would hold. Whether
// the program is ready is asked by the proxy itself.
func (s *Server) known(c *fiber.Ctx) error {
	if s.trustProxy && s.clientSaid(c) == "" && c.Path() != "/healthz" && c.Path() != "/metrics" {
		return fmt.Errorf("%w: it should send %s", errNoClient, s.clientHeader)
	}
	return c.Next()
}

// clientSaid is what the proxy says who asks, "" for nothing.
func (s *Server) clientSaid(c *fiber.Ctx) string {
	// A proxy appends the address that it saw; what stands before it came
	// from outside and may be invented.
	// Some append it to the last line of several, some add a line.
	var last string
	if lines := c.Request().Header.PeekAll(s.clientHeader); len(lines) > 0 {
		last = string(lines[len(lines)-1])
	}
	return strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
}

// with puts handlers behind others.
func with(before []fiber.Handler, h ...fiber.Handler) []fiber.Handler {
	return append(before[:len(before):len(before)], h...)
}

// cameFrom names the network that a request came from: the address, or of IPv6
// the /64, which one household has whole. It is "" for this machine itself,
// whose programs need no page to get at anything.
func (s *Server) cameFrom(c *fiber.Ctx) string {
	address := c.Context().RemoteIP().String()
	if s.trustProxy {
		address = s.clientSaid(c)
	}
	return networkOf(address)
}

func networkOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	ip = ip.Unmap().WithZone("")
	if ip.IsLoopback() {
		return ""
	}
	if ip.Is6() {
		prefix, _ := ip.Prefix(64) // never fails: 64 bits of 128
		return prefix.String()
	}
	return ip.String()
}

// siteOf is the /48 that a network of IPv6 lies in, "" for what has none.
func siteOf(network string) string {
	prefix, err := netip.ParsePrefix(network)
	if err != nil || !prefix.Addr().Is6() {
		return ""
	}
	site, _ := prefix.Addr().Prefix(48) // never fails: 48 bits of 128
	return site.String()
}
