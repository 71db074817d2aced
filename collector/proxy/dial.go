package proxy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/proxy"
)

// handshakeTime is how long the handshake with a proxy may take.
const handshakeTime = 20 * time.Second

// Error is the error of a proxy that did not open a connection.
type Error struct {
	Proxy *Proxy
	Err   error
}

// Error implements error. It names the proxy, without password or secret.
func (e *Error) Error() string { return "through " + e.Proxy.Detail() + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Dial connects to an address through the proxy. For an MTProxy it connects to the proxy only
// and ignores the address: the caller does the rest, and the proxy knows where Telegram is. Its
// errors are *Error. The caller closes the connection.
func (p *Proxy) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	conn, err := p.dial(ctx, network, addr)
	if err != nil {
		return nil, &Error{p, err}
	}
	return conn, nil
}

func (p *Proxy) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if p.kind == SOCKS5 {
		return p.dialSOCKS(ctx, network, addr)
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, p.addr)
	if err != nil || p.kind == MTProxy {
		return conn, err
	}
	through, err := p.connect(ctx, conn, addr)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return through, nil
}

func (p *Proxy) dialSOCKS(ctx context.Context, network, addr string) (net.Conn, error) {
	var login *proxy.Auth
	if p.user != "" || p.password != "" {
		login = &proxy.Auth{User: p.user, Password: p.password}
	}
	d, err := proxy.SOCKS5(network, p.addr, login, new(net.Dialer))
	if err != nil {
		return nil, err
	}
	return d.(proxy.ContextDialer).DialContext(ctx, network, addr)
}

// connect asks an HTTP proxy for a tunnel.
func (p *Proxy) connect(ctx context.Context, conn net.Conn, addr string) (net.Conn, error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}
	if p.user != "" || p.password != "" {
		auth := &http.Request{Header: http.Header{}}
		auth.SetBasicAuth(p.user, p.password)
		req.Header.Set("Proxy-Authorization", auth.Header.Get("Authorization"))
	}
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, req)
	if err != nil {
		return nil, fmt.Errorf("it does not answer as an HTTP proxy does: %w", err)
	}
	if resp.StatusCode == http.StatusProxyAuthRequired {
		return nil, errors.New("it asks for another user and password")
	}
	if resp.StatusCode/100 != 2 {
		return nil, fmt.Errorf("it refuses with status %d", resp.StatusCode)
	}
	if !stop() {
		return nil, context.Cause(ctx)
	}
	if r.Buffered() == 0 {
		return conn, nil
	}
	return &buffered{conn, r}, nil
}

// buffered is a connection whose first bytes were already read into r.
type buffered struct {
	net.Conn
	r io.Reader
}

// Read implements net.Conn.
func (b *buffered) Read(p []byte) (int, error) { return b.r.Read(p) }

// Transport fetches web pages through the proxy. For an MTProxy it is nil, because that carries
// only Telegram's own protocol: pages are then fetched directly.
func (p *Proxy) Transport() *http.Transport {
	if p.kind == MTProxy {
		return nil
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = http.ProxyURL(p.URL())
	return t
}
