package guard

import (
	"errors"
	"io"
	"os"

	"github.com/gofiber/fiber/v2"
)

// BodyLimit is the size of the largest form in bytes: a list of some ten
// thousand channels.
const BodyLimit = 1 << 20

// wholeBody marks a request whose body was read to its end.
const wholeBody localKey = "whole body"

// Body reads the whole body of a form, up to BodyLimit. The server passes bodies on as
// streams, because uploads may be larger than memory. A refused body ends the connection (see
// Framed).
func (g *Guard) Body(c *fiber.Ctx) error {
	in := c.Context().RequestBodyStream()
	if in == nil {
		return c.Next()
	}
	if c.Get(fiber.HeaderContentEncoding) != "" { // it could unpack to any size
		return fiber.ErrUnsupportedMediaType
	}
	if c.Request().Header.ContentLength() > BodyLimit {
		return fiber.ErrRequestEntityTooLarge
	}
	b, err := io.ReadAll(io.LimitReader(in, BodyLimit+1))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fiber.ErrRequestTimeout
	case err != nil:
		return fiber.ErrBadRequest
	case len(b) > BodyLimit:
		return fiber.ErrRequestEntityTooLarge
	}
	c.Request().SetBodyRaw(b)
	c.Locals(wholeBody, true)
	return c.Next()
}
