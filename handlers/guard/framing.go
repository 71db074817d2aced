package guard

import (
	"bytes"
	"io"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// How much of a refused body is still read, and for how long, so that the
// browser stops sending and reads the answer.
const (
	drainBytes = 16 << 20
	drainTime  = 2 * time.Second
)

// Framed holds every request to its own bytes. What a handler, the router or a
// limit leaves unread of a body would be read as the next request on the
// connection, and a proxy puts other visitors' requests there: so the connection
// ends after an answer whose request was not read to its end. It wraps the handler
// of server; stopping reports whether the program is shutting down.
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

// drain reads and drops more of a body, for a short time.
func drain(in io.Reader, conn net.Conn) {
	if conn.SetReadDeadline(time.Now().Add(drainTime)) == nil {
		_, _ = io.CopyN(io.Discard, in, drainBytes)
	}
}

// framing checks what the head of a request says about the length of its body. A proxy
// and this server could read two lengths, or one that is written oddly, differently.
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
