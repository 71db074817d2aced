package handlers_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// proxy is a reverse proxy of Debian, run with the configuration of the help page.
type proxy struct {
	name, program string
	// conf makes a configuration file of the page's lines.
	conf func(page, dir, listen, upstream string) string
	args func(conf, dir string) []string
}

// proxies are those with a configuration on the help page. nginx opens a connection for each
// request with it; with keep-alive it shares connections.
var proxies = []proxy{
	{"caddy", "caddy", func(page, _, listen, upstream string) string {
		site := regexp.MustCompile(`(?s)trac\.example\.org (\{.*?\n\})`).FindStringSubmatch(page)[1]
		return "{\n admin off\n auto_https off\n}\nhttp://" + listen + " " + strings.ReplaceAll(site, "127.0.0.1:8080", upstream) + "\n"
	}, func(conf, _ string) []string { return []string{"run", "--config", conf, "--adapter", "caddyfile"} }},
	{"nginx", "nginx", nginxConf, nginxArgs},
	{"nginx with kept connections", "nginx", func(page, dir, listen, upstream string) string {
		kept := strings.NewReplacer(`proxy_set_header Connection "upgrade";`, `proxy_set_header Connection "";`,
			`proxy_set_header Upgrade $http_upgrade;`, ``, upstream, "kept")
		return strings.Replace(kept.Replace(nginxConf(page, dir, listen, upstream)), "http {",
			"http {\nupstream kept { server "+upstream+"; keepalive 4; }", 1)
	}, nginxArgs},
}

func nginxConf(page, dir, listen, upstream string) string {
	site := regexp.MustCompile(`(?s)server \{\n.*?\n\}`).FindString(page)
	site = strings.NewReplacer("listen 443 ssl;", "listen "+listen+";", "127.0.0.1:8080", upstream).Replace(site)
	temp := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temp += fmt.Sprintf("%s_temp_path %s/%s;\n", kind, dir, kind)
	}
	return fmt.Sprintf("daemon off; master_process off; pid %s/pid; error_log %s/errors;\nevents {}\nhttp {\naccess_log off;\n%s%s\n}\n", dir,
		dir, temp, site)
}

func nginxArgs(conf, dir string) []string { return []string{"-p", dir, "-c", conf} }

// start runs the proxy before upstream until the test ends.
func (p proxy) start(t *testing.T, upstream string) (address string) {
	t.Helper()
	program, err := exec.LookPath(p.program)
	if err != nil {
		if os.Getenv("REQUIRE_PROXIES") != "" {
			t.Fatalf("REQUIRE_PROXIES is set, but there is no %s", p.program)
		}
		t.Skipf("there is no %s: install it with apt-get install caddy nginx-light", p.program)
	}
	page, err := os.ReadFile("../views/help_deploy.html")
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = ln.Addr().String()
	ln.Close()
	dir := t.TempDir()
	conf := filepath.Join(dir, "conf")
	if err := os.WriteFile(conf, []byte(p.conf(string(page), dir, address, upstream)), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, p.args(conf, dir)...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	var said lines
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // ends with the proxy
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	for began := time.Now(); time.Since(began) < 2*time.Minute; {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return address
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", p.name, said.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatalf("%s does not listen: %s", p.name, said.String())
	return ""
}
