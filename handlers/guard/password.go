package guard

import (
	"crypto/hmac"
	"encoding/hex"

	"github.com/gofiber/fiber/v2"
)

// passwordCookie holds the proof that a browser gave the host's password.
const passwordCookie = "door"

// KnowsPassword reports whether the browser has given the host's password, or the host
// has none.
func (g *Guard) KnowsPassword(c *fiber.Ctx) bool {
	return g.password == "" || hmac.Equal([]byte(g.cookie(c, passwordCookie)), []byte(g.passwordProof(g.password)))
}

// TakePassword checks a typed password; any is right if the host has none. If it is right, the
// browser gets the cookie that proves it.
func (g *Guard) TakePassword(c *fiber.Ctx, typed string) bool {
	proof := g.passwordProof(typed) // of one length, whatever was typed
	if g.password != "" && !hmac.Equal([]byte(proof), []byte(g.passwordProof(g.password))) {
		return false
	}
	g.putCookie(c, passwordCookie, proof, cookieLife)
	return true
}

// passwordProof is derived from the password, so that a new password invalidates all cookies.
func (g *Guard) passwordProof(password string) string {
	return hex.EncodeToString(g.MAC("door\x00" + password))
}
