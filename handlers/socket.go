package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/websocket"

	"telegramtrac/collector/engine"
)

// What socketAllowed found out, for socket: the request's values are all that
// crosses from Fiber to net/http.
const (
	idHeader        = "X-Telegramtrac-Collection"
	workspaceHeader = "X-Telegramtrac-Workspace"
	tokenHeader     = "X-Telegramtrac-Token"
	sourceHeader    = "X-Telegramtrac-Source"
	visitorHeader   = "X-Telegramtrac-Visitor"
)

// socketAllowed lets a visitor listen to the collections of its own workspace,
// from its own page.
func (s *Server) socketAllowed(c *fiber.Ctx) error {
	v := visitorOf(c)
	if !v.in() {
		return fiber.ErrNotFound
	}
	if !sameOrigin(c.Get(fiber.HeaderOrigin), string(c.Context().Host())) {
		return errForeign
	}
	id := c.Params("id")
	if _, err := s.engine.Collection(c.UserContext(), v.workspace.ID, id); err != nil {
		return fmt.Errorf("read collection: %w", err)
	}
	if !websocket.IsWebSocketUpgrade(upgradeHeaders(c)) {
		return fiber.ErrUpgradeRequired
	}
	c.Request().Header.Set(idHeader, id)
	c.Request().Header.Set(workspaceHeader, v.workspace.ID)
	c.Request().Header.Set(tokenHeader, v.token)
	c.Request().Header.Set(visitorHeader, v.hash)
	c.Request().Header.Set(sourceHeader, v.workspace.Source)
	return c.Next()
}

func upgradeHeaders(c *fiber.Ctx) *http.Request {
	h := http.Header{}
	for _, name := range []string{fiber.HeaderConnection, fiber.HeaderUpgrade} {
		h.Set(name, c.Get(name))
	}
	return &http.Request{Header: h}
}

// sameOrigin reports whether a websocket was opened by this site's page.
// Programs send no origin; they have the cookie, which other sites' pages
// cannot read.
func sameOrigin(origin, host string) bool {
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, host)
}

// socket upgrades a request that socketAllowed let through and hands it to the
// hub. The origin has been checked.
func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{
		ReadBufferSize: 512, WriteBufferSize: 4096,
		CheckOrigin: func(*http.Request) bool { return true },
	}
	// Copied, for the request's own strings die with it.
	kept := func(name string) string { return strings.Clone(r.Header.Get(name)) }
	id, v := kept(idHeader), visitor{
		hash: kept(visitorHeader), token: kept(tokenHeader), workspace: engine.Workspace{ID: kept(workspaceHeader), Source: kept(sourceHeader)},
	}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	s.hub.join(v, id, conn)
	// Whoever left after socketAllowed and before joining was not found there.
	ctx, cancel := context.WithTimeout(context.Background(), writeWithin) // the request's died with it
	defer cancel()
	if w, err := s.engine.Workspace(ctx, v.hash); err == nil && w.ID != v.workspace.ID {
		s.hub.evict(v.hash)
	}
}
