package client_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/armon/go-socks5"
	"github.com/elazarl/goproxy"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/proxy"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/telegram/client"
	"telegramtrac/collector/telegram/telegramtest"
)

func parseProxy(t *testing.T, s string) *proxy.Proxy {
	t.Helper()
	p, err := proxy.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// counted counts the connections that a SOCKS5 server accepts.
type counted struct{ n atomic.Int32 }

func (c *counted) Allow(ctx context.Context, _ *socks5.Request) (context.Context, bool) {
	c.n.Add(1)
	return ctx, true
}

// startSOCKS runs a SOCKS5 server that asks for ann and her password.
func startSOCKS(t *testing.T) (addr string, passed *atomic.Int32) {
	t.Helper()
	c := new(counted)
	server, err := socks5.New(&socks5.Config{
		Credentials: socks5.StaticCredentials{"ann": "p@ss word"}, Rules: c, Logger: slog.NewLogLogger(slog.DiscardHandler, 0),
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go server.Serve(l) // ends with l
	return l.Addr().String(), &c.n
}

// startHTTP runs an HTTP proxy that asks for ann and her password.
func startHTTP(t *testing.T) (addr string, passed *atomic.Int32) {
	t.Helper()
	passed = new(atomic.Int32)
	server := goproxy.NewProxyHttpServer()
	server.Logger = slog.NewLogLogger(slog.DiscardHandler, 0)
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte("ann:p@ss word"))
	server.OnRequest().HandleConnectFunc(func(host string, c *goproxy.ProxyCtx) (*goproxy.ConnectAction, string) {
		if c.Req.Header.Get("Proxy-Authorization") != want {
			c.Resp = &http.Response{StatusCode: http.StatusProxyAuthRequired, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: http.NoBody}
			return goproxy.RejectConnect, host
		}
		passed.Add(1)
		return goproxy.OkConnect, host
	})
	s := httptest.NewServer(http.Handler(server))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String(), passed
}

const secretBytes = "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"

// A channel is collected completely through every kind of proxy, and only through it; the log
// contains neither password nor secret.
func TestProxies(t *testing.T) {
	t.Parallel()
	w, rows := telegramtest.Pier(t)
	secret := hex.EncodeToString([]byte(secretBytes))
	for name, through := range map[string]func(*testing.T, *sandboxtest.Server) (setting string, passed *atomic.Int32){
		"SOCKS5": func(t *testing.T, _ *sandboxtest.Server) (string, *atomic.Int32) {
			addr, n := startSOCKS(t)
			return "socks5://ann:p%40ss%20word@" + addr, n
		},
		"HTTP": func(t *testing.T, _ *sandboxtest.Server) (string, *atomic.Int32) {
			addr, n := startHTTP(t)
			return "http://ann:p%40ss%20word@" + addr, n
		},
		"MTProxy, simple": func(t *testing.T, s *sandboxtest.Server) (string, *atomic.Int32) {
			p := startMTProxy(t, []byte(secretBytes), false, s.DCOptions())
			return "mtproxy://" + p.listener.Addr().String() + "?secret=" + secret, &p.passed
		},
		"MTProxy, secure": func(t *testing.T, s *sandboxtest.Server) (string, *atomic.Int32) {
			p := startMTProxy(t, []byte(secretBytes), false, s.DCOptions())
			return link(p, "dd"+secret), &p.passed
		},
		"MTProxy, as a website": func(t *testing.T, s *sandboxtest.Server) (string, *atomic.Int32) {
			p := startMTProxy(t, []byte(secretBytes), true, s.DCOptions())
			return link(p, "ee"+secret+hex.EncodeToString([]byte("pier.example"))), &p.passed
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := telegramtest.Start(t, w)
			setting, passed := through(t, s)
			var log bytes.Buffer
			conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), func(o *client.Options) {
				o.Server.Proxy = parseProxy(t, setting)
				o.Logger = slog.New(slog.NewTextHandler(&log, nil))
			})
			store := collectortest.NewStore()
			inTheMiddle(s, s.CutConnections) // it comes back the same way
			p, err := telegramtest.Collect(t.Context(), conn.Source(nil), store, "pier_news")
			if err != nil || p[0].State != collector.Done {
				t.Fatalf("collected %+v, %v", p, err)
			}
			telegramtest.Complete(t, store, rows)
			if n := passed.Load(); n < 2 {
				t.Errorf("%d connections went through the proxy, want all, at least 2", n)
			}
			conn.Close()
			for _, s := range []string{"p@ss", "p%40ss", secret} {
				if strings.Contains(log.String(), s) {
					t.Errorf("the log tells %q:\n%s", s, &log)
				}
			}
		})
	}
}

func link(p *mtproxy, secret string) string {
	host, port, _ := net.SplitHostPort(p.listener.Addr().String())
	return "tg://proxy?server=" + host + "&port=" + port + "&secret=" + secret
}

// unused is a loopback address without a listener.
func unused(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// wantProxy dials as an interactive client, and expects an error that names the proxy, without
// its login.
func wantProxy(t *testing.T, s *sandboxtest.Server, m *telegramtest.Account, setting, name string) {
	o := telegramtest.Options(s, m)
	p, err := proxy.Parse(setting)
	if err != nil {
		t.Error(err)
		return
	}
	o.Interactive, o.Server.Proxy = true, p
	conn, err := client.Dial(t.Context(), o)
	if err == nil {
		conn.Close()
	}
	if e := collector.AsError(err); e == nil || e.Kind != collector.Network || e.Detail != "proxy "+name {
		t.Errorf("got %v, want network with %q", err, "proxy "+name)
	}
	if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), hex.EncodeToString([]byte(secretBytes)))) {
		t.Errorf("the error tells a secret: %v", err)
	}
}

// A proxy that is unreachable or rejects the login is named, soon.
func TestProxyRefuses(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
	away := unused(t)
	socks, _ := startSOCKS(t)
	web, _ := startHTTP(t)
	for setting, name := range map[string]string{
		"socks5://ann:hunter2@" + away:  "socks5://" + away,
		"socks5://ann:hunter2@" + socks: "socks5://" + socks,
		"http://ann:hunter2@" + away:    "http://" + away,
		"http://ann:hunter2@" + web:     "http://" + web,
		"http://ann:hunter2@" + socks:   "http://" + socks, // it speaks something else
		"mtproxy://" + away + "?secret=" + hex.EncodeToString([]byte(secretBytes)): "mtproxy://" + away,
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			wantProxy(t, s, m, setting, name)
			if took := time.Since(began); took > 2*time.Minute {
				t.Errorf("a person waited %v", took)
			}
		})
	}
}

// A proxy that accepts connections but stays silent, as an MTProxy does for a wrong secret, is
// named too; there is no endless wait.
func TestProxySilent(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes as long as a connection may: 20 seconds")
	}
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	silent, secret := l.Addr().String(), hex.EncodeToString([]byte(secretBytes))
	other := startMTProxy(t, []byte("sixteen letters!"), false, s.DCOptions()).listener.Addr().String()
	began := time.Now()
	var all sync.WaitGroup
	for setting, name := range map[string]string{
		"socks5://ann:hunter2@" + silent:                     "socks5://" + silent,
		"http://ann:hunter2@" + silent:                       "http://" + silent,
		"mtproxy://" + silent + "?secret=ee" + secret + "61": "mtproxy://" + silent,
		"mtproxy://" + other + "?secret=" + secret:           "mtproxy://" + other,
	} {
		m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
		all.Go(func() { wantProxy(t, s, m, setting, name) })
	}
	all.Wait()
	if took := time.Since(began); took > 3*time.Minute {
		t.Errorf("it took %v", took)
	}
}

// A connection lost during a sign-in step is not an Internal error, and the proxy is named
// then, too.
func TestStepLostOverProxy(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	addr, _ := startSOCKS(t)
	conn, _ := telegramtest.Connect(t, s, new(telegramtest.Account), func(o *client.Options) {
		o.SigningIn, o.Interactive, o.Server.Proxy = true, true, parseProxy(t, "socks5://ann:p%40ss%20word@"+addr)
	})
	sent, err := conn.SendCode(t.Context(), sandbox.PhonePassword)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // as the page's patience
	defer cancel()
	steps := map[string]func() error{
		"auth.sendCode":         func() error { _, err := conn.SendCode(ctx, sandbox.PhonePassword); return err },
		"auth.resendCode":       func() error { _, err := conn.ResendCode(ctx, sandbox.PhonePassword, sent.Hash); return err },
		"auth.exportLoginToken": func() error { _, err := conn.QR(ctx); return err },
		"auth.signIn": func() error {
			_, _, err := conn.EnterCode(ctx, sandbox.PhonePassword, sent, sandbox.CodePlain)
			return err
		},
		"account.getPassword": func() error { return conn.EnterPassword(ctx, sandbox.Password) },
		"auth.logOut":         func() error { return conn.LogOut(ctx) },
	}
	for method, step := range steps {
		s.Hooks().SetRefusal(func(_ int64, m string) (int, string) {
			if m == method {
				s.CutConnections()
			}
			return 0, ""
		})
		err := step()
		if e := collector.AsError(err); e == nil || e.Kind != collector.Network || e.Detail != "proxy socks5://"+addr {
			t.Errorf("%s: got %v, want the proxy", method, err)
		}
	}
}
