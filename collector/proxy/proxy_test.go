package proxy_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"telegramtrac/collector/proxy"
)

const (
	simple = "00112233445566778899aabbccddeeff"
	secure = "dd" + simple
	tls    = "ee" + simple + "676f6f676c652e636f6d" // google.com
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"socks5://127.0.0.1:1080":                                                      "socks5://127.0.0.1:1080",
		" SOCKS5://ann:pass@[::1]:1080/ ":                                              "socks5://[::1]:1080",
		"socks5h://proxy.example:1":                                                    "socks5://proxy.example:1",
		"http://ann:p%40ss@proxy.example:3128":                                         "http://proxy.example:3128",
		"mtproxy://proxy.example:443?secret=" + simple:                                 "mtproxy://proxy.example:443",
		"mtproxy://" + secure + "@proxy.example:443":                                   "mtproxy://proxy.example:443",
		"tg://proxy?server=proxy.example&port=443&secret=" + tls:                       "mtproxy://proxy.example:443",
		"https://t.me/proxy?server=1.2.3.4&port=8443&secret=" + tls:                    "mtproxy://1.2.3.4:8443",
		"t.me/proxy?server=1.2.3.4&port=8443&secret=" + simple:                         "mtproxy://1.2.3.4:8443",
		"tg://proxy?server=a.b&port=443&secret=7gARIjNEVWZ3iJmqu8zd7v9nb29nbGUuY29t":   "mtproxy://a.b:443",
		"tg://proxy?server=a.b&port=443&secret=7gARIjNEVWZ3iJmqu8zd7v9nb29nbGUuY29t==": "mtproxy://a.b:443",
		"tg://socks?server=a.b&port=1080&user=ann&pass=word":                           "socks5://a.b:1080",
		"https://t.me/socks?server=a.b&port=1080":                                      "socks5://a.b:1080",
	} {
		p, err := proxy.Parse(in)
		if err != nil || p.String() != want {
			t.Errorf("%s: %v, %v; want %s", in, p, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                                   "none of these",
		"127.0.0.1:1080":                     "none of these",
		"ftp://x:21":                         "none of these",
		"https://proxy.example:443":          "none of these",
		"https://t.me/durov":                 "none of these",
		"tg://resolve?domain=durov":          "none of these",
		"http://hunter2:%zz@x:1":             "none of these",
		"socks5://:1080":                     "no host",
		"socks5://ann:hunter2@x":             "no port",
		"socks5://ann:hunter2@x:0":           "no port",
		"socks5://ann:hunter2@x:70000":       "no port",
		"http://hunter2@x:80/path":           "after its port",
		"http://hunter2@x:80?a=b":            "after its port",
		"mtproxy://x:443":                    "secret",
		"mtproxy://x:443?secret=hunter2":     "secret",
		"mtproxy://x:443?secret=ff" + simple: "secret",
		"mtproxy://x:443?secret=ee" + simple: "secret", // imitates no website
		"tg://proxy?server=x&port=443&secret=" + simple[:30]:    "secret",
		"tg://proxy?port=443&secret=" + simple:                  "no host",
		"socks5://" + strings.Repeat("a", 256) + ":x@host:1080": "255",
	} {
		p, err := proxy.Parse(in)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want an error with %q", in, p, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), simple[:30])) {
			t.Errorf("%s: the error tells a secret: %v", in, err)
		}
	}
}

// Printing a proxy in any way shows nothing of its login.
func TestNeverPrinted(t *testing.T) {
	for _, in := range []string{"socks5://ann:hunter2@x:1", "mtproxy://x:1?secret=" + secure} {
		p, err := proxy.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("proxy", "to", p, "err", &proxy.Error{Proxy: p, Err: fmt.Errorf("no")})
		slog.New(slog.NewJSONHandler(&log, nil)).Info("proxy", "to", p)
		for _, printed := range []string{fmt.Sprint(p), fmt.Sprintf("%v %+v %#v %s %q", p, p, p, p, p), log.String(), p.Detail()} {
			for _, secret := range []string{"hunter2", "ann", simple, "\x00\x11", "dd0011"} {
				if strings.Contains(printed, secret) {
					t.Errorf("%q shows %q", printed, secret)
				}
			}
		}
	}
}
