package handlers_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"telegramtrac/handlers"
)

// lines is a text that can be written and read at the same time.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// hidden is a request inside another's body.
const hidden = "GET /hidden HTTP/1.1\r\nHost: trac.example.org\r\n\r\n"

// smuggled are requests that hide another one. In each, %s is the host; those that a proxy
// forwards have the hidden request within their body.
func smuggled() map[string]string {
	long := strings.Repeat("x", 40<<10) + "\r\n" + hidden // more than is read ahead
	big := strings.Repeat("x", 300<<10) + "\r\n" + hidden // more than the server skips
	request := func(line, body string, headers ...string) string {
		return fmt.Sprintf("%s HTTP/1.1\r\nHost: %%[1]s\r\nContent-Length: %d\r\n%s\r\n%s", line, len(body),
			strings.Join(append(headers, ""), "\r\n"), body)
	}
	chunks := func(body string) string { return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body) }
	chunked := func(line, body string, headers ...string) string {
		return fmt.Sprintf("%s HTTP/1.1\r\nHost: %%[1]s\r\nTransfer-Encoding: chunked\r\n%s\r\n%s", line,
			strings.Join(append(headers, ""), "\r\n"), chunks(body))
	}
	odd := func(headers ...string) string {
		return "POST / HTTP/1.1\r\nHost: %[1]s\r\n" + strings.Join(headers, "\r\n") + "\r\n\r\n"
	}
	out := map[string]string{
		"unknown method, little left":    request("FOO /", strings.Repeat("x", 9<<10)+"\r\n"+hidden),
		"unknown method":                 request("FOO /", long),
		"unknown method, big":            request("FOO /", big),
		"unknown method in pieces":       chunked("FOO /", long),
		"unknown method, big, in pieces": chunked("FOO /", big),
		"unknown method and path":        request("BREW /nowhere", big),
		"import before the door":         request("POST /import", long, "Content-Type: multipart/form-data; boundary=b"),
		"import before the door, big":    request("POST /import", big, "Content-Type: multipart/form-data; boundary=b"),
		"import in pieces":               chunked("POST /import", big, "Content-Type: multipart/form-data; boundary=b"),
		"import with a form": request("POST /import",
			"--b\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\nno\r\n--b--\r\n"+big, "Content-Type: multipart/form-data; boundary=b"),
		"import that waits to go on": request("POST /import", big, "Expect: 100-continue"),
		"packed body":                request("POST /collections", big, "Content-Encoding: gzip"),
		"body too large":             request("POST /collections", strings.Repeat("x", 2<<20)+hidden),
		"body too large in pieces":   chunked("POST /collections", strings.Repeat("x", 2<<20)+hidden),
		"unknown path":               request("POST /nowhere", big),
		"method that nobody takes":   request("PUT /", big),
		"deletion with a body":       request("DELETE /", big),
		"page with a body":           request("GET /", big),
		"head with a body":           request("HEAD /", big),
		"file with a body":           request("GET /files/messages.parquet", big),
		"health with a body":         request("GET /healthz", big),
		"websocket with a body": request("GET /ws/collections/c001", big, "Connection: Upgrade", "Upgrade: websocket",
			"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="),
		"websocket of another version": request("GET /ws/collections/c001", big, "Connection: Upgrade", "Upgrade: websocket",
			"Sec-WebSocket-Version: 1"),
		"length and pieces":                odd("Content-Length: 5", "Transfer-Encoding: chunked") + "0\r\n\r\n" + hidden,
		"pieces and length":                odd("Transfer-Encoding: chunked", "Content-Length: 5") + "0\r\n\r\n" + hidden,
		"blank before the colon":           odd("Content-Length: 5", "Transfer-Encoding : chunked") + "0\r\n\r\n" + hidden,
		"tab before the colon":             odd("Content-Length: 5", "Transfer-Encoding\t: chunked") + "0\r\n\r\n" + hidden,
		"blank before the length's colon":  odd("Content-Length : 5") + "0\r\n\r\n" + hidden,
		"two lengths":                      odd("Content-Length: 5", "Content-Length: 60") + "0\r\n\r\n" + hidden,
		"the same length twice":            odd("Content-Length: 5", "Content-Length: 5") + "0\r\n\r\n" + hidden,
		"lengths in a list":                odd("Content-Length: 5, 60") + "0\r\n\r\n" + hidden,
		"length with a sign":               odd("Content-Length: +5") + "0\r\n\r\n" + hidden,
		"length that is none":              odd("Content-Length: ") + "0\r\n\r\n" + hidden,
		"length in hex":                    odd("Content-Length: 0x5") + "0\r\n\r\n" + hidden,
		"pieces of another kind":           odd("Content-Length: 5", "Transfer-Encoding: xchunked") + "0\r\n\r\n" + hidden,
		"pieces and more":                  odd("Transfer-Encoding: chunked, identity") + "0\r\n\r\n" + hidden,
		"no pieces":                        odd("Transfer-Encoding: identity", "Content-Length: 5") + "0\r\n\r\n" + hidden,
		"pieces twice":                     odd("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + "0\r\n\r\n" + hidden,
		"pieces on a second line":          odd("Content-Length: 5", "Transfer-Encoding:", " chunked") + "0\r\n\r\n" + hidden,
		"line that ends with a bare feed":  odd("Content-Length: 5\nTransfer-Encoding: chunked") + "0\r\n\r\n" + hidden,
		"pieces with a feed in their head": odd("Transfer-Encoding: chunked") + "2;\nxx\r\n30\r\n0\r\n\r\n" + hidden,
		"piece with a wrong size":          odd("Transfer-Encoding: chunked") + "-1\r\n\r\n" + hidden,
		"old version in pieces": "POST / HTTP/1.0\r\nHost: %s\r\nConnection: keep-alive\r\n" +
			"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
	}
	return out
}

// honest are those of smuggled that are read to their end, so that the connection stays open.
var honest = map[string]bool{
	"unknown path": true, "method that nobody takes": true, "deletion with a body": true, "page with a body": true, "head with a body": true,
	"file with a body":   true,
	"health with a body": true, "websocket with a body": true, "websocket of another version": true,
}

// smuggleSite is a site with a password page, and its log.
func smuggleSite(t *testing.T, proxied, private bool) (address string, log *lines) {
	log = &lines{}
	s := newSite(t, func(o *handlers.Options) {
		o.TrustProxy, o.ReadTimeout = proxied, 5*time.Second
		o.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		if private {
			o.AccessPassword = "a house of cards"
		}
	})
	return s.serve(t), log
}

// TestFraming: nothing that a request leaves unread is read as a request, and a request with
// an unusual length ends its connection.
func TestFraming(t *testing.T) {
	t.Parallel()
	address, log := smuggleSite(t, false, true)
	for name, form := range smuggled() {
		t.Run(name, func(t *testing.T) {
			conn, before := dialRaw(t, address), strings.Count(log.String(), "/hidden")
			if honest[name] {
				form += "GET /healthz HTTP/1.1\r\nHost: %[1]s\r\nConnection: close\r\n\r\n"
			}
			go func() { _, _ = io.WriteString(conn, fmt.Sprintf(form, address)) }() // ends with the connection
			in := bufio.NewReader(conn)
			resp := readAnswer(t, in, strings.HasPrefix(form, "HEAD"))
			if resp.StatusCode < 400 && !honest[name] {
				t.Errorf("answered %d", resp.StatusCode)
			}
			if resp.Close == honest[name] {
				t.Errorf("the connection closes: got %v, want %v", resp.Close, !honest[name])
			}
			if honest[name] {
				if next := readAnswer(t, in, false); next.StatusCode != 200 || !next.Close {
					t.Errorf("the next request is answered %d", next.StatusCode)
				}
			}
			if rest, _ := io.ReadAll(in); len(rest) > 0 {
				t.Errorf("more was answered: %.200q", rest)
			}
			if strings.Count(log.String(), "/hidden") > before {
				t.Error("the hidden request was read")
			}
		})
	}
}

// TestSmuggling: behind a real proxy, whose connections visitors share, nobody gets the answer
// to a request that another visitor hid in a body.
func TestSmuggling(t *testing.T) {
	for _, p := range proxies {
		t.Run(p.name, func(t *testing.T) {
			for _, private := range []bool{false, true} {
				upstream, log := smuggleSite(t, true, private)
				address := p.start(t, upstream)
				for name, form := range smuggled() {
					hangUp := attack(t, address, fmt.Sprintf(form, address))
					for range 3 {
						lookAround(t, name, address)
					}
					hangUp()
					// A proxy may read unusual requests as two of the same visitor, which they
					// then are.
					if strings.Contains(form, "xxxx") && strings.Contains(log.String(), "/hidden") {
						t.Fatalf("%s: the hidden request was read", name)
					}
				}
			}
		})
	}
}

func dialRaw(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func readAnswer(t *testing.T, in *bufio.Reader, head bool) *http.Response {
	t.Helper()
	r := &http.Request{Method: http.MethodGet}
	if head {
		r.Method = http.MethodHead
	}
	resp, err := http.ReadResponse(in, r)
	if err == nil && resp.StatusCode == http.StatusContinue {
		resp, err = http.ReadResponse(in, r)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp
}

// attack sends a request through a proxy and waits for its answer. It stays connected: a proxy
// closes its connection to the server when a visitor leaves.
func attack(t *testing.T, address, request string) (hangUp func()) {
	t.Helper()
	conn := dialRaw(t, address)
	go func() { _, _ = io.WriteString(conn, request) }()  // ends with the connection
	_ = conn.SetReadDeadline(time.Now().Add(time.Second)) // a proxy may wait for more of an unusual one
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err == nil && !strings.HasPrefix(request, "HEAD") { // otherwise the proxy has hung up, or there is no body
		_, _ = io.CopyN(io.Discard, resp.Body, max(0, resp.ContentLength))
	}
	return func() { conn.Close() }
}

// lookAround is another visitor, who must get the answer to their own request.
func lookAround(t *testing.T, after, address string) {
	t.Helper()
	conn := dialRaw(t, address)
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "GET /privacy HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", address); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%s: %v", after, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || !bytes.Contains(body, []byte("What is kept")) {
		t.Fatalf("after %s another visitor got status %d, %v: %.300s", after, resp.StatusCode, err, body)
	}
}
