package handlers

import (
	"bytes"
	"errors"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// wholeBody marks a request whose body was read to its end.
const wholeBody localKey = "whole body"

var errFraming = errors.New("the request does not say plainly where its body ends")

// framed holds every request to its own bytes. What a handler, the router or a
// limit leaves unread of a body would be read as the next request on the
// connection, and a proxy puts other visitors' requests there: so a connection
// ends after an answer whose request was not read to its end.
func (s *Server) framed(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		if err := framing(ctx.Request.Header.RawHeaders()); err != nil {
			s.app.Server().ErrorHandler(ctx, err)
			ctx.SetConnectionClose()
			return
		}
		in := ctx.RequestBodyStream()
		bodied := in != nil && ctx.Request.Header.ContentLength() != 0
		next(ctx)
		if bodied && ctx.UserValue(wholeBody) == nil {
			if !s.closing.Load() {
				drain(in, ctx.Conn())
			}
			ctx.SetConnectionClose()
		}
	}
}

// framing checks what the head of a request says of its body's length. A proxy and
// this server could read two lengths, or one that is written oddly, differently.
func framing(head []byte) error {
	var lengths, encodings int
	for line := range bytes.Lines(head) {
		line, whole := bytes.CutSuffix(line, []byte("\r\n"))
		if len(line) == 0 {
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !whole || !ok || bytes.ContainsAny(name, " \t") || bytes.ContainsAny(line, "\r\x00") {
			return errFraming
		}
		switch {
		case bytes.EqualFold(name, []byte(fiber.HeaderContentLength)):
			lengths++
			if value = bytes.Trim(value, " \t"); len(value) == 0 || len(bytes.Trim(value, "0123456789")) > 0 {
				return errFraming
			}
		case bytes.EqualFold(name, []byte(fiber.HeaderTransferEncoding)):
			encodings++
			if !bytes.EqualFold(bytes.Trim(value, " \t"), []byte("chunked")) {
				return errFraming
			}
		}
	}
	if lengths+encodings > 1 {
		return errFraming
	}
	return nil
}
