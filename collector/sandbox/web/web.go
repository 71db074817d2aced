// Package web serves a sandbox's world as Telegram's public web preview: the pages
// t.me/s/<channel> and t.me/<name> in Telegram's markup, as far as the product reads them.
// Tests and people who try the sandbox collect from it.
package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the templates
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/template"

	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world"
)

// blocks is the number of blocks on a page.
const blocks = 20

// Handler serves the preview of a world. Set may be called while it runs.
type Handler struct {
	world *world.World

	mu    sync.Mutex
	hooks Hooks
	asked []string
}

// Hooks are a test's changes to the pages.
type Hooks struct {
	// Refuse returns true if it has answered the request itself.
	Refuse func(w http.ResponseWriter, r *http.Request) bool
	// Before is called before each page is made.
	Before func(r *http.Request)
	// NoOlder hides the link to older messages.
	NoOlder bool
	// Off has the usernames, in lower case, whose preview is off.
	Off map[string]bool
	// Blocks is the number of blocks on a page; 0: as many as Telegram's.
	Blocks int
	// Empty returns true to answer a history page without messages.
	Empty func(r *http.Request) bool
	// Damage changes a page before it is sent.
	Damage func(page string) string
	// Tags gives pages an ETag, so that clients can send conditional requests.
	Tags bool
}

// New returns a handler for a world.
func New(w *world.World) *Handler { return &Handler{world: w} }

// Set changes the hooks.
func (h *Handler) Set(hooks Hooks) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hooks = hooks
}

// Asked lists the requested paths, with their queries.
func (h *Handler) Asked() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.asked...)
}

// ServeHTTP answers /s/<name>?before=<id>, ?after=<id>, /<name>, and the pictures in these
// pages.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	hooks := h.hooks
	h.asked = append(h.asked, r.URL.RequestURI())
	h.mu.Unlock()
	if hooks.Refuse != nil && hooks.Refuse(w, r) {
		return
	}
	if hooks.Before != nil {
		hooks.Before(r)
	}
	name := strings.Trim(r.URL.Path, "/")
	if rest, ok := strings.CutPrefix(name, picturePrefix); ok {
		h.picture(w, rest)
		return
	}
	rest, history := strings.CutPrefix(name, "s/")
	if !history {
		h.send(w, r, hooks, h.info(name, origin(r), hooks))
		return
	}
	ch, ok := h.channel(rest)
	if !ok || !shown(ch, hooks) {
		http.Redirect(w, r, "/"+rest, http.StatusFound)
		return
	}
	h.send(w, r, hooks, h.history(ch, rest, r, hooks))
}

func (h *Handler) send(w http.ResponseWriter, r *http.Request, hooks Hooks, page string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if hooks.Tags {
		sum := sha256.Sum256([]byte(page))
		tag := `"` + hex.EncodeToString(sum[:8]) + `"`
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if hooks.Damage != nil {
		page = hooks.Damage(page)
	}
	_, _ = w.Write([]byte(page)) // the browser has gone: nothing to do
}

func (h *Handler) channel(name string) (*world.Channel, bool) {
	peer, ok := h.world.Username(name)
	if !ok {
		return nil, false
	}
	at, ok := peer.(*tg.PeerChannel)
	if !ok {
		return nil, false
	}
	return h.world.Channel(at.ChannelID)
}

// shown reports whether a channel has a preview.
func shown(c *world.Channel, hooks Hooks) bool {
	return !c.Private && !c.Banned && c.Refused == "" && !c.TL.Megagroup && !hooks.Off[strings.ToLower(c.Name())]
}

// history returns a page of a channel's messages.
func (h *Handler) history(c *world.Channel, name string, r *http.Request, hooks Hooks) string {
	size := blocks
	if hooks.Blocks > 0 {
		size = hooks.Blocks
	}
	upTo := c.Log.Len()
	if before, err := strconv.Atoi(r.URL.Query().Get("before")); err == nil && before > 0 {
		upTo = c.Log.Search(before)
	} else if after, err := strconv.Atoi(r.URL.Query().Get("after")); err == nil {
		upTo = h.upward(c, c.Log.Search(after+1), size)
	}
	shown, first := h.blocks(c, upTo, size)
	if hooks.Empty != nil && hooks.Empty(r) {
		shown, first = nil, 0
	}
	p := historyPage{Channel: c, Asked: name, Name: name, Photo: pictureAddress(origin(r), c), Members: members(c)}
	if first > 0 && !hooks.NoOlder {
		p.Older = c.Log.ID(first)
	}
	if strings.EqualFold(name, c.Name()) {
		p.Name = c.Name() // as the channel spells it, unless requested by another of its usernames
	}
	for _, parts := range slices.Backward(shown) {
		p.Blocks = append(p.Blocks, h.blockOf(c, parts))
	}
	return page("history", p)
}

// historyPage is a page of a channel's messages.
type historyPage struct {
	Channel     *world.Channel
	Asked, Name string // the username as requested, and as shown
	Photo       string // "": it has none
	Members     int64
	Older       int // the page below ends at this id; 0: there is none
	Blocks      []block
}

// blocks groups the messages before a position into blocks, newest first, and returns the
// position of the oldest. An album is one block at the position of its first message, even if
// the page ends inside the album.
func (h *Handler) blocks(c *world.Channel, upTo, size int) (out [][]tg.MessageClass, first int) {
	first = upTo
	for first > 0 && len(out) < size {
		m, err := c.Log.Message(first - 1)
		if err != nil {
			return out, first
		}
		first--
		if block := album(c, first, m); block[0].GetID() == m.GetID() {
			out = append(out, block)
		}
	}
	return out, first
}

// albumReach is how many messages away to look for the parts of an album: other messages may
// lie in between.
const albumReach = 15

// album returns the whole album of the message at a position, or the message alone.
func album(c *world.Channel, at int, m tg.MessageClass) []tg.MessageClass {
	group := grouped(m)
	if group == 0 {
		return []tg.MessageClass{m}
	}
	var out []tg.MessageClass
	for i := max(0, at-albumReach); i < min(c.Log.Len(), at+albumReach); i++ {
		if part, err := c.Log.Message(i); err == nil && grouped(part) == group {
			out = append(out, part)
		}
	}
	return out
}

// upward returns the position after so many blocks that begin at a position.
func (h *Handler) upward(c *world.Channel, at, size int) int {
	for n := 0; at < c.Log.Len(); at++ {
		m, err := c.Log.Message(at)
		if err != nil {
			return at
		}
		if album(c, at, m)[0].GetID() == m.GetID() {
			if n++; n > size {
				return at
			}
		}
	}
	return at
}

func grouped(m tg.MessageClass) int64 {
	if m, ok := m.(*tg.Message); ok {
		return m.GroupedID
	}
	return 0
}

func members(c *world.Channel) int64 {
	return int64(max(c.Full.ParticipantsCount, c.TL.ParticipantsCount))
}

// infoPage is the page of a username. Without Extra nobody has the name.
type infoPage struct {
	Name          string
	Photo, Title  string
	Verified      bool
	Extra, Action string
	Channel       bool
	About         string // of a channel
	Preview       bool   // it has one
}

// info returns the page of a username.
func (h *Handler) info(name, origin string, hooks Hooks) string {
	p := infoPage{Name: name, Action: "View in Telegram"}
	peer, _ := h.world.Username(name)
	switch peer := peer.(type) {
	case *tg.PeerChannel:
		c, ok := h.world.Channel(peer.ChannelID)
		if !ok || c.Private || c.Banned {
			break
		}
		kind := "subscribers"
		if c.TL.Megagroup {
			kind = "members, 3 online"
		}
		p.Photo, p.Title, p.Verified, p.Extra = pictureAddress(origin, c), c.TL.Title, c.TL.Verified, spaced(members(c))+" "+kind
		p.Channel, p.About, p.Preview = true, c.Full.About, shown(c, hooks)
		if c.Refused != "" {
			p.About = "This channel can’t be displayed because it was used to spread what its readers complained of."
		}
	case *tg.PeerUser:
		u, ok := h.world.User(peer.UserID)
		if !ok {
			break
		}
		p.Title, p.Verified, p.Extra = strings.TrimSpace(u.FirstName+" "+u.LastName), u.Verified, "@"+u.Username
		p.Action = "Send Message"
		if u.Bot {
			p.Action = "Start Bot"
		}
	case *tg.PeerChat:
		g, _ := h.world.Group(peer.ChatID)
		p.Title, p.Extra = g.Title, "12 members, 2 online"
	}
	return page("info", p)
}

//go:embed pages.html
var markup string

// pages are the templates; texts are escaped in them.
var pages = template.Must(template.New("").Funcs(template.FuncMap{"lines": lines, "short": short}).Parse(markup))

// page makes a page.
func page(name string, data any) string {
	var b strings.Builder
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		panic(fmt.Sprintf("web: %v", err)) // a bug in this package
	}
	return b.String()
}

// Transport sends requests directly to a handler, without a network.
func Transport(h http.Handler) http.RoundTripper { return transport{h} }

type transport struct{ handler http.Handler }

// RoundTrip calls the handler.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	a := &recorded{header: http.Header{}, status: http.StatusOK}
	t.handler.ServeHTTP(a, r)
	return &http.Response{
		StatusCode: a.status, Status: http.StatusText(a.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(&a.body), ContentLength: int64(a.body.Len()), Request: r,
	}, nil
}

// recorded is a response in memory.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *recorded) Header() http.Header         { return a.header }
func (a *recorded) WriteHeader(status int)      { a.status = status }
func (a *recorded) Write(b []byte) (int, error) { return a.body.Write(b) }
