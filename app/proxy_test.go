package main

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/armon/go-socks5"
	"github.com/elazarl/goproxy"

	"telegramtrac/collector"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/web"
)

// through notes the addresses that a proxy connected to.
type through struct {
	mu  sync.Mutex
	all []string
}

func (r *through) note(addr string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, addr)
}

func (r *through) has(addr string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.all {
		if a == addr || a == "http://"+addr {
			return true
		}
	}
	return false
}

func (r *through) Allow(ctx context.Context, req *socks5.Request) (context.Context, bool) {
	r.note(req.DestAddr.Address())
	return ctx, true
}

func socksProxy(t *testing.T, r *through) string {
	t.Helper()
	server, err := socks5.New(&socks5.Config{Credentials: socks5.StaticCredentials{"ann": "hunter2"}, Rules: r,
		Logger: slog.NewLogLogger(slog.DiscardHandler, 0)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go server.Serve(l) // ends with l
	return "socks5://ann:hunter2@" + l.Addr().String()
}

func httpProxy(t *testing.T, r *through) string {
	t.Helper()
	server := goproxy.NewProxyHttpServer()
	server.Logger = slog.NewLogLogger(slog.DiscardHandler, 0)
	server.OnRequest().DoFunc(func(req *http.Request, _ *goproxy.ProxyCtx) (*http.Request, *http.Response) {
		r.note(req.URL.Host)
		return req, nil
	})
	server.OnRequest().HandleConnectFunc(func(host string, _ *goproxy.ProxyCtx) (*goproxy.ConnectAction, string) {
		r.note(host)
		return goproxy.OkConnect, host
	})
	s := httptest.NewServer(http.Handler(server))
	t.Cleanup(s.Close)
	return "http://ann:hunter2@" + s.Listener.Addr().String()
}

// Behind a proxy a person signs in and collects, and another one collects from the
// web preview; both go through the proxy.
func TestThroughProxy(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(*testing.T, *through) string{"SOCKS5": socksProxy, "HTTP": httpProxy} {
		t.Run(name, func(t *testing.T) {
			server, args := telegramElsewhere(t, quay(t))
			pages := httptest.NewServer(web.New(quay(t)))
			t.Cleanup(pages.Close)
			seen := new(through)
			base := startProgram(t, append(args, "--preview-url", pages.URL, "--proxy", run(t, seen))...)
			ann := newVisitor(t, base)
			ann.signInAt("telegram", sandbox.Phones()[0])
			if c := ann.done(url.Values{"channels": {"@quay_news"}}); c.State != collector.Done || c.Messages != 70 {
				t.Errorf("with an account: %+v", c)
			}
			ben := newVisitor(t, base)
			ben.post("/", "/signin/credentials", url.Values{"source": {"preview"}})
			if c := ben.done(url.Values{"channels": {"@quay_news"}}); c.State != collector.Done || c.Messages != 70 {
				t.Errorf("without one: %+v", c)
			}
			dc := server.DCOptions()[1]
			for _, addr := range []string{fmt.Sprintf("%s:%d", dc.IPAddress, dc.Port), strings.TrimPrefix(pages.URL, "http://")} {
				if !seen.has(addr) {
					t.Errorf("%s was not reached through the proxy: %v", addr, seen.all)
				}
			}
		})
	}
}

// A proxy that is away keeps neither the start nor /healthz waiting; a person is told
// which one it is, beside what was typed, and no log or page tells what lets people in.
func TestProxyAway(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	away := l.Addr().String()
	l.Close()
	const secret = "dd00112233445566778899aabbccddeeff"
	for name, setting := range map[string]string{
		"socks5://" + away:  "socks5://ann:hunter2@" + away,
		"http://" + away:    "http://ann:hunter2@" + away,
		"mtproxy://" + away: "tg://proxy?server=127.0.0.1&port=" + away[strings.LastIndex(away, ":")+1:] + "&secret=" + secret,
	} {
		t.Run(name, func(t *testing.T) {
			_, args := telegramElsewhere(t, quay(t))
			var log lockedBuffer
			s, err := readSettings(append([]string{"--addr", "127.0.0.1:0", "--data", t.TempDir(), "--proxy", setting}, args...),
				func(string) string { return "" }, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			p, err := start(t.Context(), s, slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := p.close(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
			}()
			v := newVisitor(t, p.url())
			if status, body := v.get("/healthz"); status != http.StatusOK {
				t.Errorf("/healthz: %d %s", status, body)
			}
			if took := time.Since(began); took > 2*time.Minute {
				t.Errorf("start and /healthz took %v", took)
			}
			status, _, body := v.post("/?source=telegram", "/signin/credentials", url.Values{
				"source": {"telegram"}, "api_id": {fmt.Sprint(sandbox.APIID)}, "api_hash": {sandbox.APIHash}, "phone": {sandbox.Phones()[0].Number}})
			body = html.UnescapeString(body)
			if want := "Telegram cannot be reached through the proxy " + name +
				". Check that it runs and lets this computer in, then try again."; !strings.Contains(body, want) {
				t.Errorf("%d without %q:\n%s", status, want, body)
			}
			if !strings.Contains(body, sandbox.Phones()[0].Number) {
				t.Error("what was typed is gone")
			}
			for _, told := range []string{body, log.String()} {
				if strings.Contains(told, "hunter2") || strings.Contains(told, secret) {
					t.Errorf("a secret is told:\n%s", told)
				}
			}
			if !strings.Contains(log.String(), name) {
				t.Error("the log does not name the proxy")
			}
		})
	}
}

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
