package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"telegramtrac/collector"
	"telegramtrac/collector/sandbox"
)

// startProgram runs the product for a test, on a free port and its own folder.
func startProgram(t *testing.T, args ...string) (url string) {
	t.Helper()
	url, _ = runProgram(t, args...)
	return url
}

func runProgram(t *testing.T, args ...string) (url string, p *program) {
	t.Helper()
	s, err := readSettings(append([]string{"--addr", "127.0.0.1:0", "--data", t.TempDir()}, args...), func(string) string { return "" },
		io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	p, err = start(t.Context(), s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if err := p.close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return p.url(), p
}

// visitor is a person with a browser that has no JavaScript.
type visitor struct {
	t      testing.TB
	base   string
	client *http.Client
}

func newVisitor(t testing.TB, base string) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, base: base, client: &http.Client{Jar: jar}}
}

// get fetches a page and returns its status and body.
func (v *visitor) get(path string) (int, string) {
	v.t.Helper()
	resp, err := v.client.Get(v.base + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatalf("GET %s: %v", path, err)
	}
	return resp.StatusCode, string(body)
}

var csrfField = regexp.MustCompile(`name="_csrf" value="([0-9a-f]+)"`)

// csrf is the token of a page's forms.
func (v *visitor) csrf(page string) string {
	v.t.Helper()
	_, html := v.get(page)
	token := csrfField.FindStringSubmatch(html)
	if token == nil {
		v.t.Fatalf("no form on %s:\n%s", page, html)
	}
	return token[1]
}

// post sends the form of a page to a route; it returns where that led.
func (v *visitor) post(page, route string, form url.Values) (status int, at, body string) {
	v.t.Helper()
	form.Set("_csrf", v.csrf(page))
	resp, err := v.client.PostForm(v.base+route, form)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return resp.StatusCode, resp.Request.URL.Path, string(b)
}

// signIn goes through the steps with a sandbox account.
func (v *visitor) signIn(account sandbox.Phone) { v.t.Helper(); v.signInAt("sandbox", account) }

// signInAt goes through the steps at a source.
func (v *visitor) signInAt(source string, account sandbox.Phone) {
	v.t.Helper()
	must := func(status int, at, body string) {
		v.t.Helper()
		if status != http.StatusOK {
			v.t.Fatalf("signing in stopped at %s with %d:\n%s", at, status, body)
		}
	}
	must(v.post("/?source="+source, "/signin/credentials", url.Values{
		"source": {source}, "api_id": {fmt.Sprint(sandbox.APIID)}, "api_hash": {sandbox.APIHash}, "phone": {account.Number}}))
	must(v.post("/", "/signin/code", url.Values{"code": {account.Code}}))
	if account.Password != "" {
		must(v.post("/", "/signin/password", url.Values{"password": {account.Password}}))
	}
}

// trac submits channels and returns the collection's id.
func (v *visitor) trac(form url.Values) string {
	v.t.Helper()
	status, at, body := v.post("/collections/new", "/collections", form)
	if status != http.StatusOK || !strings.HasPrefix(at, "/collections/") {
		v.t.Fatalf("trac led to %s with %d:\n%s", at, status, body)
	}
	return path.Base(at)
}

// record reads a collection as JSON.
func (v *visitor) record(id string) (c collector.Collection, err error) {
	err = v.readRecord(id, &c)
	return c, err
}

// receipts reads the receipts in a collection's record.
func (v *visitor) receipts(id string) []collector.Receipt {
	v.t.Helper()
	var record struct{ Receipts []collector.Receipt }
	if err := v.readRecord(id, &record); err != nil {
		v.t.Fatal(err)
	}
	return record.Receipts
}

func (v *visitor) readRecord(id string, into any) error {
	req, err := http.NewRequest(http.MethodGet, v.base+"/collections/"+id, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := v.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("record: %s", resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

// watch follows a collection over its websocket: each message makes it look at
// the record, until stop says so or the collection has ended.
func (v *visitor) watch(id string, stop func(collector.Collection) bool) collector.Collection {
	v.t.Helper()
	conn := v.dial(id)
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(20 * time.Minute)) // a soak waits for Telegram now and then
	for {
		_, _, readErr := conn.ReadMessage()
		c, err := v.record(id)
		if err != nil {
			v.t.Fatal(err)
		}
		if stop != nil && stop(c) || c.State.Final() {
			return c
		}
		var closed *websocket.CloseError
		if errors.As(readErr, &closed) && closed.Code == websocket.CloseNormalClosure {
			v.t.Fatalf("the websocket said the end, but the collection is %s", c.State)
		}
		if readErr != nil {
			v.t.Fatalf("websocket: %v", readErr)
		}
	}
}

func (v *visitor) dial(id string) *websocket.Conn {
	v.t.Helper()
	conn, resp, err := v.tryDial(id, v.base)
	if err != nil {
		v.t.Fatalf("websocket: %v %v", err, resp)
	}
	return conn
}

func (v *visitor) tryDial(id, origin string) (*websocket.Conn, *http.Response, error) {
	dialer := websocket.Dialer{Jar: v.client.Jar, HandshakeTimeout: 2 * time.Minute}
	return dialer.Dial("ws"+strings.TrimPrefix(v.base, "http")+"/ws/collections/"+id, http.Header{"Origin": {origin}})
}

// done tracs channels and waits for the end.
func (v *visitor) done(form url.Values) collector.Collection {
	v.t.Helper()
	return v.watch(v.trac(form), nil)
}

// download fetches a file.
func (v *visitor) download(name string) []byte {
	v.t.Helper()
	status, body := v.get("/files/" + name)
	if status != http.StatusOK {
		v.t.Fatalf("GET /files/%s: %d\n%s", name, status, body)
	}
	return []byte(body)
}
