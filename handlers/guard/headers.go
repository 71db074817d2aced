package guard

import "github.com/gofiber/fiber/v2"

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
