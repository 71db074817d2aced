package handlers_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"telegramtrac/collector"
	"telegramtrac/handlers"
)

// dial opens a collection's websocket as a page would.
func (b *browser) dial(address, id string, header ...string) (*websocket.Conn, *http.Response, error) {
	h := http.Header{"Cookie": {"visitor=" + b.cookie}, "Origin": {"http://" + address}}
	for i := 0; i < len(header); i += 2 {
		h.Del(header[i])
		if header[i+1] != "" {
			h.Set(header[i], header[i+1])
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	return websocket.DefaultDialer.DialContext(ctx, "ws://"+address+"/ws/collections/"+id, h)
}

func (b *browser) listen(address, id string) *websocket.Conn {
	b.t.Helper()
	conn, _, err := b.dial(address, id)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { conn.Close() })
	return conn
}

// until reads messages until one has the text, and returns it.
func until(t *testing.T, conn *websocket.Conn, text string) string {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	var last []byte
	for {
		_, m, err := conn.ReadMessage()
		if err != nil {
			t.Fatalf("%v while waiting for %q; the last message was\n%s", err, text, last)
		}
		if last = m; strings.Contains(string(m), text) {
			return string(m)
		}
	}
}

// closed reads until the socket is closed, and returns the code.
func closed(t *testing.T, conn *websocket.Conn) int {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			var e *websocket.CloseError
			if !errors.As(err, &e) {
				t.Fatalf("not closed: %v", err)
			}
			return e.Code
		}
	}
}

func TestSocketFollows(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	id := b.submit("@alpha @beta 1003 @durov @nobody_there")
	w, _ := onlyCollection(s)
	address := s.serve(t)
	conn := b.listen(address, id)

	first := until(t, conn, "live-head")
	for _, text := range []string{
		`id="live-head" class="live-head tone-rest" hx-swap-oob="outerMorph"`, `id="channel-row-0"`, `id="channel-row-4"`,
		`id="live-actions" class="buttons" hx-swap-oob="outerMorph"`, `id="steps"`, "/pause", b.token, "Next: 5 channels",
	} {
		if !strings.Contains(first, text) {
			t.Errorf("the first message does not have %q:\n%s", text, first)
		}
	}
	if bare := regexp.MustCompile(`(?s)^\s*(<title>.*?</title>)?\s*<`); !bare.MatchString(first) {
		t.Errorf("the message begins with text: %.80s", first)
	}
	s.engine.change(w, id, 1, running)
	change := until(t, conn, "7\u202f270 messages")
	if !strings.Contains(change, "Collecting 5 channels") || strings.Contains(change, `id="channel-row-0"`) {
		t.Errorf("not just what changed:\n%s", change)
	}

	late := b.listen(address, id)
	if whole := until(t, late, "live-head"); !strings.Contains(whole, `id="channel-row-0"`) ||
		!strings.Contains(whole, "7\u202f270 messages") {
		t.Errorf("who comes late does not get the whole state:\n%s", whole)
	}
	s.engine.change(w, id, -1, func(c *collector.Collection) { c.State = collector.Done })
	for _, each := range []*websocket.Conn{conn, late} {
		until(t, each, "Change the list and try again")
		if code := closed(t, each); code != websocket.CloseNormalClosure {
			t.Errorf("closed with %d", code)
		}
	}
	ended := b.listen(address, id)
	until(t, ended, "Change the list and try again")
	if code := closed(t, ended); code != websocket.CloseNormalClosure {
		t.Errorf("closed with %d", code)
	}
	await(t, func() bool { return s.engine.listening(id) == 0 })
}

// TestSocketTellsNewRows: a channel of comments is found while collecting; the page, which has
// no row for it, gets the whole list.
func TestSocketTellsNewRows(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	id := b.submit("@alpha")
	w, _ := onlyCollection(s)
	conn := b.listen(s.serve(t), id)
	until(t, conn, "live-head")
	s.engine.change(w, id, 1, func(c *collector.Collection) {
		c.State = collector.Running
		c.Channels = append(c.Channels,
			collector.Progress{Reference: "1003", CommentsOf: "@alpha", Username: "alpha_talk", State: collector.Collecting})
	})
	m := until(t, conn, "comments of @alpha")
	list := cutOut(t, m, `<ul class="rows" id="live-rows" hx-swap-oob="outerMorph">`, "</ul>")
	if !strings.Contains(list, `id="channel-row-0" class`) || !strings.Contains(list, "@alpha_talk") ||
		strings.Contains(list, "hx-swap-oob=\"outerMorph\"><li") {
		t.Errorf("the list of rows:\n%s", list)
	}
	s.engine.change(w, id, 1, func(c *collector.Collection) { c.Channels[1].Messages = 77 })
	if m := until(t, conn, "77"); strings.Contains(m, "live-rows") || !strings.Contains(m, `id="channel-row-1"`) {
		t.Errorf("not just what changed:\n%s", m)
	}
}

// TestSocketTellsRowsOfAPause: pausing changes the word of every row.
func TestSocketTellsRowsOfAPause(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	id := b.submit("@alpha @beta")
	w, _ := onlyCollection(s)
	conn := b.listen(s.serve(t), id)
	until(t, conn, "live-head")
	s.engine.change(w, id, -1, func(c *collector.Collection) { c.State = collector.Paused })
	if m := until(t, conn, "Paused: 2 channels"); strings.Count(m, `<span class="state">paused</span>`) != 3 {
		t.Errorf("not every row is paused:\n%s", m)
	}
}

func TestSocketCoalesces(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	id := b.submit("@alpha")
	w, _ := onlyCollection(s)
	conn := b.listen(s.serve(t), id)
	until(t, conn, "live-head")
	const changes = 500
	for i := range changes {
		s.engine.change(w, id, 0, func(c *collector.Collection) {
			c.State, c.Messages = collector.Running, int64(i+1)
			c.Channels[0].State, c.Channels[0].Messages, c.Channels[0].New = collector.Collecting, int64(i+1), int64(i+1)
		})
	}
	got := 0
	if err := conn.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	for {
		_, m, err := conn.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if got++; strings.Contains(string(m), fmt.Sprintf(`<strong id="live-messages">%d</strong>`, changes)) {
			break
		}
	}
	if got > changes/10 {
		t.Errorf("%d changes made %d messages", changes, got)
	}
}

func TestSocketRefuses(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner, stranger, nobody := s.signedIn(t), s.signedIn(t), s.visit(t)
	id := owner.submit("@alpha")
	address := s.serve(t)
	tests := map[string]struct {
		who    *browser
		id     string
		header []string
		status int
	}{
		"another's collection": {stranger, id, nil, http.StatusNotFound},
		"no such collection":   {owner, "nothing", nil, http.StatusNotFound},
		"not signed in":        {nobody, id, nil, http.StatusNotFound},
		"no cookie":            {owner, id, []string{"Cookie", ""}, http.StatusNotFound},
		"another site":         {owner, id, []string{"Origin", "https://evil.example"}, http.StatusForbidden},
		"another port":         {owner, id, []string{"Origin", "http://127.0.0.1:1"}, http.StatusForbidden},
		"a null origin":        {owner, id, []string{"Origin", "null"}, http.StatusForbidden},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			conn, resp, err := tt.who.dial(address, tt.id, tt.header...)
			if err == nil {
				conn.Close()
				t.Fatal("it was let in")
			}
			if resp == nil || resp.StatusCode != tt.status {
				t.Errorf("response %v, want %d", resp, tt.status)
			}
		})
	}
	owner.get("/ws/collections/"+id).shows(t, http.StatusUpgradeRequired)
	if conn, _, err := owner.dial(address, id, "Origin", ""); err != nil {
		t.Errorf("a program with the cookie: %v", err)
	} else {
		conn.Close()
	}
	await(t, func() bool { return s.engine.listening(id) == 0 })
}

// TestSocketHeaders: no header of a browser replaces what the server found out about a
// request, not even sent twice.
func TestSocketHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner, eve := s.signedIn(t), s.signedIn(t)
	id := owner.submit("@victims_channel")
	w, _ := onlyCollection(s)
	visitor := hashOf(owner.cookie)
	own := eve.submit("@own_channel")
	address := s.serve(t)
	until(t, owner.listen(address, id), "@victims_channel")
	h := http.Header{"Cookie": {"visitor=" + eve.cookie}, "Origin": {"http://" + address}}
	for name, wanted := range map[string]string{"Collection": id, "Workspace": w, "Token": owner.token, "Source": "sandbox",
		"Visitor": visitor} {
		h["X-Telegramtrac-"+name] = []string{"zz", wanted}
	}
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+address+"/ws/collections/"+own, h)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := until(t, conn, "live-head"); !strings.Contains(got, "@own_channel") || strings.Contains(got, "@victims_channel") {
		t.Errorf("the socket shows\n%s", got)
	}
}

// TestSocketsOfTwoWorkspaces: a room belongs to one workspace, even if two have a collection
// with the same id.
func TestSocketsOfTwoWorkspaces(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	one, two := s.signedIn(t), s.signedIn(t)
	id := one.submit("@first_channel")
	w, _ := onlyCollection(s)
	two.submit("@second_channel")
	s.engine.mu.Lock()
	for other, all := range s.engine.collections {
		if other != w {
			all[0].ID = id
		}
	}
	s.engine.mu.Unlock()
	address := s.serve(t)
	until(t, one.listen(address, id), "@first_channel")
	if got := until(t, two.listen(address, id), "live-head"); !strings.Contains(got, "@second_channel") {
		t.Errorf("the second workspace is shown\n%s", got)
	}
}

// TestSocketThatCannotBeChecked: if the visitor's workspace cannot be checked, the page is
// soon disconnected, and connects again.
func TestSocketThatCannotBeChecked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	id := b.submit("@alpha")
	address := s.serve(t)
	s.engine.mu.Lock()
	s.engine.askedOnce = func() { s.engine.refuse["workspace"] = errors.New("the records cannot be read") } // after the request was let in
	s.engine.mu.Unlock()
	if code := closed(t, b.listen(address, id)); code != websocket.CloseInternalServerErr {
		t.Errorf("closed with %d", code)
	}
}

// TestSocketsAtOnce: a visitor may open a limited number, and another one after a page has
// gone.
func TestSocketsAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *handlers.Options) { o.SocketsByVisitor = 3 })
	b, other := s.signedIn(t), s.signedIn(t)
	id, others := b.submit("@alpha"), other.submit("@beta")
	address := s.serve(t)
	first := b.listen(address, id)
	b.listen(address, id)
	b.listen(address, id)
	if _, resp, err := b.dial(address, id); err == nil || resp == nil || resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("one more: %v, %v", resp, err)
	}
	other.listen(address, others)
	first.Close()
	await(t, func() bool {
		conn, _, err := b.dial(address, id)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// TestTokensStayApart: two browsers of one person may show the same collection; each gets
// buttons with its own token.
func TestTokensStayApart(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	one, two := s.signedIn(t), s.signedIn(t)
	id := one.submit("@alpha")
	w, _ := onlyCollection(s)
	s.engine.mu.Lock()
	for visitor, place := range s.engine.workspaces {
		place.ID = w
		s.engine.workspaces[visitor] = place
	}
	s.engine.mu.Unlock()
	address := s.serve(t)
	a, b := one.listen(address, id), two.listen(address, id)
	for _, each := range []struct {
		conn        *websocket.Conn
		own, others string
	}{{a, one.token, two.token}, {b, two.token, one.token}} {
		if m := until(t, each.conn, "live-actions"); !strings.Contains(m, each.own) || strings.Contains(m, each.others) {
			t.Errorf("the wrong token:\n%s", m)
		}
	}
}

func TestShutdownSendsPagesAway(t *testing.T) {
	s := newSite(t)
	b := s.signedIn(t)
	id := b.submit("@alpha")
	conn := b.listen(s.serve(t), id)
	until(t, conn, "live-head")
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	if code := closed(t, conn); code != websocket.CloseGoingAway {
		t.Errorf("closed with %d", code)
	}
	if n := s.engine.listening(id); n != 0 {
		t.Errorf("%d still listen", n)
	}
}

// drain reads until the socket is closed; it returns the code and the number of messages.
func drain(t *testing.T, conn *websocket.Conn) (code, messages int) {
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Error(err)
	}
	for {
		_, _, err := conn.ReadMessage()
		if err == nil {
			messages++
			continue
		}
		if !websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseServiceRestart) {
			t.Error(err)
		}
		if e, ok := errors.AsType[*websocket.CloseError](err); ok {
			code = e.Code
		}
		return code, messages
	}
}

// TestManySockets connects, changes and disconnects concurrently.
func TestManySockets(t *testing.T) {
	t.Parallel()
	s := newSite(t, tokened)
	b := s.signedIn(t)
	ids := []string{b.submit("@alpha"), b.submit("@beta"), b.submit("@gamma")}
	w, _ := onlyCollection(s)
	address := s.serve(t)
	var pages sync.WaitGroup
	for i := range 60 {
		pages.Go(func() {
			// A socket that joined too late to be sent anything is told to connect again.
			for code := websocket.CloseServiceRestart; code == websocket.CloseServiceRestart; {
				conn, _, err := b.dial(address, ids[i%len(ids)])
				if err != nil {
					t.Error(err)
					return
				}
				if i%4 == 0 {
					conn.Close() // leaves at once
					return
				}
				var messages int
				if code, messages = drain(t, conn); code == websocket.CloseNormalClosure && messages == 0 {
					t.Error("sent away without having been sent anything")
				}
			}
		})
	}
	for i := range 200 {
		s.engine.change(w, ids[i%len(ids)], 0, func(c *collector.Collection) {
			c.State, c.Channels[0].State, c.Channels[0].New = collector.Running, collector.Collecting, int64(i)
		})
	}
	await(t, func() bool {
		return s.engine.listening(ids[0])+s.engine.listening(ids[1])+s.engine.listening(ids[2]) == 3
	})
	for _, id := range ids {
		s.engine.change(w, id, -1, func(c *collector.Collection) { c.State = collector.Done })
	}
	pages.Wait()
	scraper := s.visit(t).with("Authorization", "Bearer "+metricsToken)
	await(t, func() bool {
		return strings.Contains(scraper.get("/metrics").body, "\ntelegramtrac_websockets 0\n")
	})
}

// TestSocketsOfWhoeverLeft: a visitor removed from a workspace sees nothing more of it, at
// once, and the pages of others go on.
func TestSocketsOfWhoeverLeft(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	id := b.submit("@alpha")
	w, _ := onlyCollection(s)
	other := s.visit(t)
	for _, of := range s.engine.workspaces {
		s.engine.workspaces[hashOf(other.cookie)] = of
	}
	address := s.serve(t)
	mine, again, theirs := b.listen(address, id), b.listen(address, id), other.listen(address, id)
	for _, conn := range []*websocket.Conn{mine, again, theirs} {
		until(t, conn, "live-head")
	}
	s.engine.takeOut(hashOf(other.cookie))
	until(t, theirs, "This browser has left the workspace")
	if code := closed(t, theirs); code != websocket.CloseNormalClosure {
		t.Errorf("closed with %d: the page comes back", code)
	}
	if _, resp, err := other.dial(address, id); err == nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("whoever left listens again: %v", err)
	}
	s.engine.change(w, id, -1, func(c *collector.Collection) { c.State = collector.Done })
	for _, conn := range []*websocket.Conn{mine, again} {
		until(t, conn, "Collected 1 channel")
	}
}

// hashOf is the hash by which the engine knows a cookie.
func hashOf(cookie string) string {
	sum := sha256.Sum256([]byte("telegramtrac visitor\x00" + cookie))
	return hex.EncodeToString(sum[:])
}
