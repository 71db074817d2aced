package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/websocket"

	"telegramtrac/handlers/guard"
)

type localKey string

// Why a websocket is refused.
var (
	ErrForeign     = errors.New("the websocket was opened by another page")
	ErrManySockets = errors.New("too many websockets of the visitor at the same time")
)

// Allow leaves for Serve what it found out as values of the request, which no header can
// set.
const (
	collectionKey localKey = "collection"
	placeKey      localKey = "place" // how to give the visitor's place back
)

// Allow lets a visitor listen to the collections of its own workspace,
// from its own page.
func (h *Hub) Allow(c *fiber.Ctx) error {
	v := guard.VisitorOf(c)
	if !v.In() {
		return fiber.ErrNotFound
	}
	if !sameOrigin(c.Get(fiber.HeaderOrigin), h.Guard.Secure(c), string(c.Context().Host())) {
		return ErrForeign
	}
	id := c.Params("id")
	if _, err := h.Engine.Collection(c.UserContext(), v.Workspace.ID, id); err != nil {
		return fmt.Errorf("read collection: %w", err)
	}
	if !websocket.IsWebSocketUpgrade(upgradeHeaders(c)) {
		return fiber.ErrUpgradeRequired
	}
	leave, ok := h.places.Take(v.Hash)
	if !ok {
		return ErrManySockets
	}
	c.Locals(collectionKey, id)
	c.Locals(placeKey, leave)
	return c.Next()
}

func upgradeHeaders(c *fiber.Ctx) *http.Request {
	h := http.Header{}
	for _, name := range []string{fiber.HeaderConnection, fiber.HeaderUpgrade} {
		h.Set(name, c.Get(name))
	}
	return &http.Request{Header: h}
}

// sameOrigin reports whether a websocket was opened by this site's page: with the
// scheme, the host and the port that it was asked at. Programs send no origin; they
// have the cookie, which other sites' pages cannot read.
func sameOrigin(origin string, secure bool, host string) bool {
	if origin == "" {
		return true
	}
	scheme, port := "http", "80"
	if secure {
		scheme, port = "https", "443"
	}
	u, err := url.Parse(origin)
	asked, hostErr := url.Parse(scheme + "://" + host)
	return err == nil && hostErr == nil && u.Scheme == scheme && u.Hostname() != "" && strings.EqualFold(u.Hostname(), asked.Hostname()) &&
		cmp.Or(u.Port(), port) == cmp.Or(asked.Port(), port)
}

// Serve upgrades a request that Allow let through and hands it to the
// hub. The origin has been checked.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{
		ReadBufferSize: 512, WriteBufferSize: 4096,
		CheckOrigin: func(*http.Request) bool { return true },
	}
	id, _ := r.Context().Value(collectionKey).(string) // read now: the request's values die with it
	v := guard.VisitorIn(r.Context())
	leave, _ := r.Context().Value(placeKey).(func())
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		leave()
		return // Upgrade has answered
	}
	joined := h.join(v, id, conn, leave)
	// Whoever left after Allow and before joining was not found there.
	ctx, cancel := context.WithTimeout(context.Background(), writeWithin) // the request's died with it
	defer cancel()
	now, err := h.Engine.Workspace(ctx, v.Hash)
	switch {
	case err != nil: // nobody can tell: the page asks again
		h.Logger.Error("socket_not_checked", "collection", id, "error", err)
		joined.close(websocket.CloseInternalServerErr)
	case now.ID != v.Workspace.ID:
		h.Evict(v.Hash)
	}
}
