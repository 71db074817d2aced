// Package proxy connects through a SOCKS5, HTTP or MTProto proxy between this computer and
// Telegram, for networks that block Telegram. It also reads the setting that names the proxy.
package proxy

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Kind is the protocol of a proxy.
type Kind string

// Kinds of proxies.
const (
	SOCKS5  Kind = "socks5"  // RFC 1928
	HTTP    Kind = "http"    // CONNECT: RFC 9110, section 9.3.6
	MTProxy Kind = "mtproxy" // Telegram's own: https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation
)

// Proxy is a proxy with its login. Printing it in any way omits user, password and secret.
type Proxy struct {
	kind     Kind
	addr     string // host:port
	user     string
	password string
	secret   []byte // of an MTProxy
}

// Kind is the proxy's protocol.
func (p *Proxy) Kind() Kind { return p.kind }

// Addr is the proxy's host:port.
func (p *Proxy) Addr() string { return p.addr }

// Secret is the secret of an MTProxy: 16 bytes; 17 that begin with 0xdd; or 0xee, 16 bytes and
// the name of the website that it imitates.
func (p *Proxy) Secret() []byte { return p.secret }

// String returns the proxy's name for people and logs, without user, password and secret.
func (p *Proxy) String() string { return string(p.kind) + "://" + p.addr }

// GoString implements fmt.GoStringer.
func (p *Proxy) GoString() string { return p.String() }

// LogValue implements slog.LogValuer.
func (p *Proxy) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Detail returns the proxy's name for errors and waits.
func (p *Proxy) Detail() string { return "proxy " + p.String() }

// URL returns the proxy in the form for http.ProxyURL. An MTProxy has none.
func (p *Proxy) URL() *url.URL {
	u := &url.URL{Scheme: string(p.kind), Host: p.addr}
	if p.user != "" || p.password != "" {
		u.User = url.UserPassword(p.user, p.password)
	}
	return u
}

// Errors of an invalid setting. They never repeat the setting, which may contain a password or
// a secret.
var (
	errForm   = errors.New("it is none of these")
	errHost   = errors.New("the one that is set names no host")
	errPort   = errors.New("the one that is set has no port from 1 to 65535")
	errMore   = errors.New("the one that is set has something after its port")
	errSecret = errors.New("the secret of the one that is set is not 32, or 34 beginning with dd, or more beginning with ee, digits and " +
		"letters from a to f, nor the same in base64")
	errLogin = errors.New("the user or password of the one that is set is longer than 255 letters")
)

// Parse reads a proxy: socks5://, http:// (with user:password@ before the host if the proxy
// asks for them), mtproxy://host:port?secret=…, or the links shared by Telegram's apps:
// tg://proxy?server=…, https://t.me/proxy?server=…, and the same with socks.
// See https://core.telegram.org/api/links#mtproxy-links
func Parse(s string) (*Proxy, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil {
		return nil, errForm // the error itself repeats the address
	}
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if scheme == "" { // t.me/proxy?…
		first, rest, _ := strings.Cut(u.Path, "/")
		host, u.Path = strings.ToLower(first), "/"+rest
	}
	shared := host == "t.me" || host == "telegram.me" || host == "telegram.dog"
	switch {
	case scheme == "tg":
		return parseLink(host, u.Query())
	case (scheme == "https" || scheme == "http" || scheme == "") && shared:
		return parseLink(strings.Trim(u.Path, "/"), u.Query())
	case scheme == "mtproxy":
		secret := u.Query().Get("secret")
		if secret == "" && u.User != nil {
			secret = u.User.Username()
		}
		return (&Proxy{kind: MTProxy}).with(u.Hostname(), u.Port(), u.Path, secret)
	case scheme == "socks5", scheme == "socks5h", scheme == "http":
		p := &Proxy{kind: Kind(strings.TrimSuffix(scheme, "h"))}
		if u.User != nil {
			p.user = u.User.Username()
			p.password, _ = u.User.Password()
		}
		return p.with(u.Hostname(), u.Port(), u.Path, u.RawQuery)
	}
	return nil, errForm
}

// parseLink reads a link shared by Telegram's apps.
func parseLink(what string, q url.Values) (*Proxy, error) {
	switch what {
	case "proxy":
		return (&Proxy{kind: MTProxy}).with(q.Get("server"), q.Get("port"), "", q.Get("secret"))
	case "socks":
		p := &Proxy{kind: SOCKS5, user: q.Get("user"), password: q.Get("pass")}
		return p.with(q.Get("server"), q.Get("port"), "", "")
	}
	return nil, errForm
}

// with checks and adds what all kinds have.
func (p *Proxy) with(host, port, path, more string) (*Proxy, error) {
	number, err := strconv.Atoi(port)
	switch {
	case host == "":
		return nil, errHost
	case err != nil || number < 1 || number > 65535:
		return nil, errPort
	case path != "" && path != "/", p.kind != MTProxy && more != "":
		return nil, errMore
	case len(p.user) > 255 || len(p.password) > 255: // RFC 1929
		return nil, errLogin
	}
	p.addr = net.JoinHostPort(host, strconv.Itoa(number))
	if p.kind == MTProxy {
		p.secret, err = decodeSecret(more)
	}
	return p, err
}

// decodeSecret reads a secret in hexadecimal, or in base64 of either alphabet, with or without
// padding.
func decodeSecret(s string) ([]byte, error) {
	b, err := hex.DecodeString(s)
	if err != nil {
		plain := strings.TrimRight(strings.NewReplacer("-", "+", "_", "/", " ", "+").Replace(s), "=")
		if b, err = base64.RawStdEncoding.DecodeString(plain); err != nil {
			return nil, errSecret
		}
	}
	const simple = 16
	switch {
	case len(b) == simple, len(b) == simple+1 && b[0] == 0xdd, len(b) > simple+1 && b[0] == 0xee:
		return b, nil
	}
	return nil, errSecret
}
