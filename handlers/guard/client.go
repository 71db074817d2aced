package guard

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Known refuses a request through a trusted proxy that does not name the client: if everybody
// had one address, or this machine's own, no limit would work. /healthz and /metrics are
// exempt, as the proxy itself asks for them.
func (g *Guard) Known(c *fiber.Ctx) error {
	if g.TrustProxy && g.clientSaid(c) == "" && c.Path() != "/healthz" && c.Path() != "/metrics" {
		return fmt.Errorf("%w: it should send %s", ErrNoClient, g.ClientHeader)
	}
	return c.Next()
}

// clientSaid is the client's address as the proxy names it, "" if it does not.
func (g *Guard) clientSaid(c *fiber.Ctx) string {
	// A proxy appends the address that it saw: some to the last of several lines, some on a
	// new line. Whatever comes before is the client's own claim and may be invented.
	var last string
	if lines := c.Request().Header.PeekAll(g.ClientHeader); len(lines) > 0 {
		last = string(lines[len(lines)-1])
	}
	return strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
}

// CameFrom names the network that a request came from: the IPv4 address, or the /64 of IPv6,
// which belongs to one household. It is "" for this machine itself, whose programs need no
// page to do everything.
func (g *Guard) CameFrom(c *fiber.Ctx) string {
	address := c.Context().RemoteIP().String()
	if g.TrustProxy {
		address = g.clientSaid(c)
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

func (g *Guard) site(c *fiber.Ctx) string { return SiteOf(g.CameFrom(c)) }

// SiteOf is the /48 around an IPv6 network, "" for anything else.
func SiteOf(network string) string {
	prefix, err := netip.ParsePrefix(network)
	if err != nil || !prefix.Addr().Is6() {
		return ""
	}
	site, _ := prefix.Addr().Prefix(48) // never fails: 48 bits of 128
	return site.String()
}

// FromHere reports whether a program on this machine made the request. A request that a proxy
// forwards also comes from this machine and does not count.
func (g *Guard) FromHere(c *fiber.Ctx) bool {
	forwarded := g.TrustProxy || c.Get(fiber.HeaderXForwardedFor) != "" || c.Get(g.ClientHeader) != "" || c.Get("Forwarded") != ""
	return !forwarded && c.Context().RemoteIP().IsLoopback()
}
