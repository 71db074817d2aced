// Package web serves a sandbox's world as Telegram's public web preview: the pages
// t.me/s/<channel> and t.me/<name> in Telegram's markup, as far as the product reads them.
// Tests and people who try the sandbox collect from it.
package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

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
	var b bytes.Buffer
	b.WriteString("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>" + esc(c.TL.Title) + " – Telegram</title>\n")
	older := first > 0 && !hooks.NoOlder
	if older {
		fmt.Fprintf(&b, "<link rel=\"prev\" href=\"/s/%s?before=%d\">\n", name, c.Log.ID(first))
	}
	b.WriteString("</head><body class=\"widget_frame_base tgme_webpreview\">\n")
	if strings.EqualFold(name, c.Name()) {
		name = c.Name() // as the channel spells it, unless requested by another of its usernames
	}
	writeHeader(&b, c, name, origin(r))
	b.WriteString("<main class=\"tgme_main\"><section class=\"tgme_channel_history js-message_history\">\n")
	if older {
		fmt.Fprintf(&b, "<div class=\"tgme_widget_message_centered js-messages_more_wrap\"><a href=\"/s/%s?before=%[2]d\" "+
			"class=\"tme_messages_more js-messages_more\" data-before=\"%[2]d\"></a></div>\n", name, c.Log.ID(first))
	}
	for i := len(shown) - 1; i >= 0; i-- {
		h.writeBlock(&b, c, shown[i])
	}
	b.WriteString("</section></main></body></html>\n")
	return b.String()
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

func writeHeader(b *bytes.Buffer, c *world.Channel, name, origin string) {
	b.WriteString(`<div class="tgme_channel_info"><div class="tgme_channel_info_header"><i class="tgme_page_photo_image bgcolor2" data-content="` + esc(initial(c.TL.Title)) + `">`)
	if depicted(c) {
		b.WriteString(`<img src="` + esc(pictureAddress(origin, c)) + `">`)
	}
	b.WriteString(`</i>` +
		`<div class="tgme_channel_info_header_title_wrap"><div class="tgme_channel_info_header_title"><span dir="auto">` + esc(c.TL.Title) +
		`</span></div><div class="tgme_channel_info_header_labels">`)
	if c.TL.Verified {
		b.WriteString(`<i class="verified-icon"> ✔</i>`)
	}
	writeLabels(b, c.TL.Scam, c.TL.Fake)
	b.WriteString(`</div></div><div class="tgme_channel_info_header_username"><a href="https://t.me/` + name + `">@` + name +
		`</a></div></div><div class="tgme_channel_info_counters">`)
	fmt.Fprintf(b, `<div class="tgme_channel_info_counter"><span class="counter_value">%s</span> <span class="counter_type">subscribers</span></div></div>`, short(members(c)))
	if c.Full.About != "" {
		b.WriteString(`<div class="tgme_channel_info_description">` + lines(c.Full.About) + `</div>`)
	}
	b.WriteString("</div>\n")
}

func members(c *world.Channel) int64 {
	return int64(max(c.Full.ParticipantsCount, c.TL.ParticipantsCount))
}

// info returns the page of a username.
func (h *Handler) info(name, origin string, hooks Hooks) string {
	var b bytes.Buffer
	b.WriteString("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body>" +
		"<div class=\"tgme_page_wrap\"><div class=\"tgme_page\">\n")
	peer, _ := h.world.Username(name)
	switch p := peer.(type) {
	case *tg.PeerChannel:
		c, ok := h.world.Channel(p.ChannelID)
		if !ok || c.Private || c.Banned {
			h.nobody(&b, name)
			break
		}
		kind := "subscribers"
		if c.TL.Megagroup {
			kind = "members, 3 online"
		}
		photo := ""
		if depicted(c) {
			photo = `<img class="tgme_page_photo_image" src="` + esc(pictureAddress(origin, c)) + `">`
		}
		h.somebody(&b, name, photo, c.TL.Title, c.TL.Verified, fmt.Sprintf("%s %s", spaced(members(c)), kind))
		about := lines(c.Full.About)
		if c.Refused != "" {
			about = "This channel can’t be displayed because it was used to spread what its readers complained of."
		}
		b.WriteString(`<div class="tgme_page_description" dir="auto">` + about +
			`</div><div class="tgme_page_action"><a class="tgme_action_button_new" href="tg://resolve?domain=` + esc(name) +
			`">View in Telegram</a></div>`)
		if shown(c, hooks) {
			b.WriteString(`<div class="tgme_page_context_link_wrap"><a class="tgme_page_context_link" href="/s/` + esc(name) +
				`">Preview channel</a></div>`)
		}
	case *tg.PeerUser:
		u, ok := h.world.User(p.UserID)
		if !ok {
			h.nobody(&b, name)
			break
		}
		action := "Send Message"
		if u.Bot {
			action = "Start Bot"
		}
		h.somebody(&b, name, "", strings.TrimSpace(u.FirstName+" "+u.LastName), u.Verified, "@"+u.Username)
		b.WriteString(`<div class="tgme_page_action"><a class="tgme_action_button_new" href="tg://resolve?domain=` + esc(name) + `">` + action +
			`</a></div>`)
	case *tg.PeerChat:
		g, _ := h.world.Group(p.ChatID)
		h.somebody(&b, name, "", g.Title, false, "12 members, 2 online")
		b.WriteString(`<div class="tgme_page_action"><a class="tgme_action_button_new" href="tg://resolve?domain=` + esc(name) +
			`">View in Telegram</a></div>`)
	default:
		h.nobody(&b, name)
	}
	b.WriteString("</div></div></body></html>\n")
	return b.String()
}

func (h *Handler) somebody(b *bytes.Buffer, name, photo, title string, verified bool, extra string) {
	b.WriteString(`<div class="tgme_page_photo"><a href="tg://resolve?domain=` + esc(name) + `">` + photo +
		`</a></div><div class="tgme_page_title" dir="auto"><span dir="auto">` + esc(title) + `</span>`)
	if verified {
		b.WriteString(`<i class="verified-icon"></i>`)
	}
	b.WriteString(`</div><div class="tgme_page_extra">` + esc(extra) + `</div>`)
}

// writeLabels writes Telegram's warnings beside a title.
func writeLabels(b *bytes.Buffer, scam, fake bool) {
	for i, word := range []string{"SCAM", "FAKE"} {
		if []bool{scam, fake}[i] {
			b.WriteString(`<mark class="label"><span class="hidden"> [</span>` + word + `<span class="hidden">]</span></mark>`)
		}
	}
}

func (h *Handler) nobody(b *bytes.Buffer, name string) {
	b.WriteString(`<div class="tgme_page_icon"><i class="tgme_icon_user"></i></div><div class="tgme_page_description">If you have <strong>Telegram</strong>, you can contact <a class="tgme_username_link" href="tg://resolve?domain=` +
		esc(name) + `">@` + esc(name) +
		`</a> right away.</div><div class="tgme_page_action"><a class="tgme_action_button_new" href="tg://resolve?domain=` + esc(name) +
		`">Send Message</a></div>`)
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
