package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"html"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
)

func TestReadSettings(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keyPath := filepath.Join(t.TempDir(), "key.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)})
	if err := os.WriteFile(keyPath, block, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		args    []string
		env     map[string]string
		want    func(settings) bool
		problem string
	}{
		"defaults": {want: func(s settings) bool {
			return s.addr == "127.0.0.1:8080" && s.data == "./data" && s.sandbox && s.maxInFlight == 16 && !s.trustedProxy &&
				s.maxUpload == 1_024_000_000 &&
				s.keep == 0 && s.quota.Bytes == 0 && s.quota.Collections == 0 && s.quota.Channels == 0
		}},
		"quotas when hosted": {env: map[string]string{"PORT": "9000"}, want: func(s settings) bool {
			return s.keep == 30*24*time.Hour && s.quota.Bytes == 5e9 && s.quota.Collections == 20 && s.quota.Channels == 1000
		}},
		"hosted behind a proxy": {args: []string{"--trusted-proxy"},
			want: func(s settings) bool { return s.keep == 30*24*time.Hour && s.quota.Bytes == 5e9 }},
		"quotas of one's own": {args: []string{"--keep", "7", "--max-disk", "1.5 gb", "--max-channels=off"},
			env: map[string]string{"PORT": "1", "MAX_COLLECTIONS": "3"}, want: func(s settings) bool {
				return s.keep == 7*24*time.Hour && s.quota.Bytes == 1.5e9 && s.quota.Collections == 3 && s.quota.Channels == 0
			}},
		"keep on a laptop": {args: []string{"--keep", "7"},
			want: func(s settings) bool { return s.keep == 7*24*time.Hour && s.quota.Bytes == 0 }},
		"bad keep":            {args: []string{"--keep", "0"}, problem: "from 1 to 36500, or off"},
		"bad size":            {args: []string{"--max-disk", "5"}, problem: "a size like 500MB"},
		"negative size":       {args: []string{"--max-disk", "-5GB"}, problem: "a size like 500MB"},
		"infinite size":       {args: []string{"--max-disk", "InfGB"}, problem: "a size like 500MB"},
		"bad channels":        {args: []string{"--max-channels", "many"}, problem: "max-channels is a number"},
		"short metrics token": {env: map[string]string{"METRICS_TOKEN": "123"}, problem: "at least 16 characters"},
		"PORT is hosted":      {env: map[string]string{"PORT": "9000"}, want: func(s settings) bool { return s.addr == ":9000" && !s.sandbox }},
		"ADDR before PORT": {env: map[string]string{"PORT": "9000", "ADDR": "localhost:1"},
			want: func(s settings) bool { return s.addr == "localhost:1" && s.sandbox }},
		"flag before env": {args: []string{"--addr", "127.0.0.1:2", "--data=x"}, env: map[string]string{"ADDR": ":1", "DATA_DIR": "y"},
			want: func(s settings) bool { return s.addr == "127.0.0.1:2" && s.data == "x" }},
		"sandbox off":    {args: []string{"--sandbox=off"}, want: func(s settings) bool { return !s.sandbox }},
		"sandbox on":     {args: []string{"--sandbox"}, env: map[string]string{"PORT": "1"}, want: func(s settings) bool { return s.sandbox }},
		"sandbox by env": {env: map[string]string{"SANDBOX": "false"}, want: func(s settings) bool { return !s.sandbox }},
		"another server": {args: []string{"--telegram-dc", "2=127.0.0.1:443", "--telegram-dc", "1=[::1]:80", "--telegram-key", keyPath},
			want: func(s settings) bool {
				return len(s.telegramDC) == 2 && s.telegramDC[1].IPAddress == "::1" && s.telegramKey.Equal(&key.PublicKey)
			}},
		"another server, env": {env: map[string]string{"TELEGRAM_DC": "2=127.0.0.1:443,1=127.0.0.1:80", "TELEGRAM_KEY": keyPath},
			want: func(s settings) bool { return len(s.telegramDC) == 2 && s.telegramDC[0].Port == 443 }},
		"server without key": {args: []string{"--telegram-dc", "2=127.0.0.1:443"}, problem: "both --telegram-dc and --telegram-key"},
		"bad dc":             {args: []string{"--telegram-dc", "x", "--telegram-key", keyPath}, problem: "not a Telegram server"},
		"bad key": {args: []string{"--telegram-dc", "2=127.0.0.1:443", "--telegram-key", "settings.go"},
			problem: "not a PEM file"},
		"bad addr":            {args: []string{"--addr", "8080"}, problem: "not an address"},
		"bad in flight":       {args: []string{"--max-inflight", "0"}, problem: "from 1 to 64"},
		"bad pace":            {args: []string{"--pace", "slow"}, problem: "pace is auto or off"},
		"upload":              {args: []string{"--max-upload", "20"}, want: func(s settings) bool { return s.maxUpload == 20_000_000 }},
		"no upload":           {env: map[string]string{"MAX_UPLOAD": "off"}, want: func(s settings) bool { return s.maxUpload == 0 }},
		"bad upload":          {args: []string{"--max-upload", "-1"}, problem: "a number of MB"},
		"api_id without hash": {env: map[string]string{"TELEGRAM_API_ID": "12345"}, problem: "set both or neither"},
		"api_id and hash": {env: map[string]string{"TELEGRAM_API_ID": "12345", "TELEGRAM_API_HASH": "0123456789abcdef0123456789abcdef"},
			want: func(s settings) bool { return s.apiID == 12345 && len(s.apiHash) == 32 }},
		"short door": {env: map[string]string{"ACCESS_PASSWORD": "1234567"}, problem: "at least 8 characters"},
		"door": {env: map[string]string{"ACCESS_PASSWORD": "a password", "CLIENT_HEADER": "Fly-Client-IP"},
			want: func(s settings) bool { return s.accessPassword == "a password" && s.clientHeader == "Fly-Client-IP" }},
		"proxy": {args: []string{"--proxy", "socks5://ann:secret@127.0.0.1:1080"},
			want: func(s settings) bool { return s.proxy.String() == "socks5://127.0.0.1:1080" }},
		"proxy, env": {env: map[string]string{"PROXY": "https://t.me/proxy?server=x.org&port=443&secret=dd00112233445566778899aabbccddeeff"},
			want: func(s settings) bool { return s.proxy.String() == "mtproxy://x.org:443" }},
		"bad proxy": {args: []string{"--proxy", "ftp://ann:hunter2@x"},
			problem: "proxy is an address like socks5://127.0.0.1:1080"},
		"proxy without a port": {args: []string{"--proxy", "http://ann:hunter2@x"}, problem: "no port from 1 to 65535"},
		"proxy's bad secret":   {args: []string{"--proxy", "mtproxy://x:443?secret=hunter2"}, problem: "the secret of the one that is set"},
		"bad sandbox":          {env: map[string]string{"SANDBOX": "perhaps"}, problem: "on or off"},
		"unknown flag":         {args: []string{"--nosuch"}, problem: "-h"},
		"stray word":           {args: []string{"serve"}, problem: `"serve" is neither a flag nor a command (backup, restore, doctor)`},
		"hosted without a key": {env: map[string]string{"PORT": "9000", "SECRET_KEY": " "}, problem: "SECRET_KEY is missing"},
		"behind a proxy, no key": {args: []string{"--trusted-proxy"}, env: map[string]string{"SECRET_KEY": " "},
			problem: "SECRET_KEY is missing"},
		"all interfaces, no key": {args: []string{"--addr", "0.0.0.0:80"}, env: map[string]string{"SECRET_KEY": " "},
			problem: "set SECRET_KEY to what is in it"},
		"a laptop's key is its own": {env: map[string]string{"SECRET_KEY": " "},
			want: func(s settings) bool { return s.addr == "127.0.0.1:8080" }},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readSettings(tt.args, func(key string) string {
				if value, ok := tt.env[key]; ok || key != "SECRET_KEY" {
					return value
				}
				return "a secret of some length"
			}, io.Discard)
			if tt.problem != "" {
				if err == nil || !strings.Contains(err.Error(), tt.problem) {
					t.Errorf("got %v, want a problem with %q", err, tt.problem)
				}
				if err != nil && strings.Contains(err.Error(), "hunter2") {
					t.Errorf("the error tells a secret: %v", err)
				}
				return
			}
			if err != nil || !tt.want(got) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if _, err := readSettings([]string{"-h"}, func(string) string { return "" }, &out); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-h gives %v", err)
	}
	for _, row := range table() {
		if !strings.Contains(out.String(), row.env) {
			t.Errorf("-h does not name %s", row.env)
		}
	}
}

// The table on the help's page of settings is the settings' table.
func TestHelpSettings(t *testing.T) {
	page, err := os.ReadFile("../views/help_settings.html")
	if err != nil {
		t.Fatal(err)
	}
	code := func(s string) string {
		parts := strings.Split(html.EscapeString(s), "`")
		for i := 1; i < len(parts); i += 2 {
			parts[i] = `<span class="mono">` + parts[i] + `</span>`
		}
		return strings.ReplaceAll(strings.Join(parts, ""), "&#39;", "'")
	}
	for _, row := range table() {
		name := ""
		if row.flag != "" {
			name = "`--" + row.flag + "`"
		}
		want := "<tr><td>" + strings.Join([]string{code(name), code("`" + row.env + "`"), code(row.byDefault), code(row.about)}, "</td><td>") +
			"</td></tr>"
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("views/help_settings.html lacks the row\n%s", want)
		}
	}
}

// An account that is new begins slowly at the real Telegram; elsewhere only where that
// is said.
func TestPace(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		pace       string
		real, test bool
	}{{"", true, false}, {"auto", true, true}, {"AUTO", true, true}, {"off", false, false}} {
		s, err := readSettings(nil, func(name string) string { return map[string]string{"PACE": tt.pace}[name] }, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if got := telegramServer(s).Pace; got != tt.real {
			t.Errorf("pace %q: %v at the real Telegram, want %v", tt.pace, got, tt.real)
		}
		s.telegramKey, s.telegramDC = &key.PublicKey, []tg.DCOption{{ID: 2}}
		if got := telegramServer(s).Pace; got != tt.test {
			t.Errorf("pace %q: %v at another server, want %v", tt.pace, got, tt.test)
		}
	}
}

// TestVersion: the program's version is asked for in the usual way, and is one line.
func TestVersion(t *testing.T) {
	for _, flag := range []string{"--version", "-version"} {
		var answer, told bytes.Buffer
		code := run(t.Context(), func() {}, []string{flag}, func(string) string { return "" }, &answer, &told)
		if want := "telegramtrac " + collector.Version() + " (" + runtime.Version(); code != 0 || told.Len() > 0 ||
			!strings.HasPrefix(answer.String(), want) || strings.Count(answer.String(), "\n") != 1 {
			t.Errorf("%s: exit code %d, %q, %q", flag, code, answer.String(), told.String())
		}
	}
}
