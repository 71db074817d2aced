package guard

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
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

// How many bytes of a refused body are still read, and for how long, so that the browser stops
// sending and reads the answer.
const (
	drainBytes = 16 << 20
	drainTime  = 2 * time.Second
)

// Framed closes the connection after an answer whose request body was not read to its end: the
// unread rest would be taken for the next request, and a proxy may send other visitors'
// requests over the same connection. It also refuses heads that framing refuses. It wraps
// server's handler; stopping reports whether the program is shutting down.
func Framed(server *fasthttp.Server, stopping func() bool) {
	next := server.Handler
	server.Handler = func(ctx *fasthttp.RequestCtx) {
		if err := framing(ctx.Request.Header.RawHeaders()); err != nil {
			server.ErrorHandler(ctx, err)
			ctx.SetConnectionClose()
			return
		}
		in := ctx.RequestBodyStream()
		hasBody := in != nil && ctx.Request.Header.ContentLength() != 0
		next(ctx)
		if hasBody && ctx.UserValue(wholeBody) == nil {
			if !stopping() {
				drain(in, ctx.Conn())
			}
			ctx.SetConnectionClose()
		}
	}
}

// drain reads and discards up to drainBytes more of a body, for drainTime at most.
func drain(in io.Reader, conn net.Conn) {
	if conn.SetReadDeadline(time.Now().Add(drainTime)) == nil {
		_, _ = io.CopyN(io.Discard, in, drainBytes)
	}
}

// framing refuses a head that gives the body's length twice or in an unusual form: a proxy and
// this server could understand it differently.
func framing(head []byte) error {
	var lengths, encodings int
	for line := range bytes.Lines(head) {
		line, whole := bytes.CutSuffix(line, []byte("\r\n"))
		if len(line) == 0 {
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !whole || !ok || bytes.ContainsAny(name, " \t") || bytes.ContainsAny(line, "\r\x00") {
			return ErrFraming
		}
		switch {
		case bytes.EqualFold(name, []byte(fiber.HeaderContentLength)):
			lengths++
			if value = bytes.Trim(value, " \t"); len(value) == 0 || len(bytes.Trim(value, "0123456789")) > 0 {
				return ErrFraming
			}
		case bytes.EqualFold(name, []byte(fiber.HeaderTransferEncoding)):
			encodings++
			if !bytes.EqualFold(bytes.Trim(value, " \t"), []byte("chunked")) {
				return ErrFraming
			}
		}
	}
	if lengths+encodings > 1 {
		return ErrFraming
	}
	return nil
}
