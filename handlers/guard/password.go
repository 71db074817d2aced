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

// TakePassword checks a password that was typed, and remembers the browser when it is
// right. Where the host has none, any is right.
func (g *Guard) TakePassword(c *fiber.Ctx, typed string) bool {
	proof := g.passwordProof(typed) // of one length, whatever was typed
	if g.password != "" && !hmac.Equal([]byte(proof), []byte(g.passwordProof(g.password))) {
		return false
	}
	g.putCookie(c, passwordCookie, proof, cookieLife)
	return true
}

// passwordProof follows from the password, so that a new password locks everybody out.
func (g *Guard) passwordProof(password string) string {
	return hex.EncodeToString(g.MAC("door\x00" + password))
}
