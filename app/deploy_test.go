package main

import (
	"io"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
)

// flyConfig is what fly.toml says.
type flyConfig struct {
	KillSignal  string `toml:"kill_signal"`
	KillTimeout string `toml:"kill_timeout"`
	Build       struct{ Dockerfile string }
	Env         map[string]string
	Mounts      struct{ Source, Destination string }
	HTTPService struct {
		InternalPort int    `toml:"internal_port"`
		ForceHTTPS   bool   `toml:"force_https"`
		AutoStop     string `toml:"auto_stop_machines"`
		MinRunning   int    `toml:"min_machines_running"`
		Checks       []struct{ Method, Path, Interval, Timeout, GracePeriod string }
	} `toml:"http_service"`
	VM []struct{ Size, Memory string }
}

// readFly reads fly.toml; a key that flyConfig does not know is no mistake.
func readFly(t *testing.T) flyConfig {
	t.Helper()
	var fly flyConfig
	if _, err := toml.DecodeFile("../fly.toml", &fly); err != nil {
		t.Fatal(err)
	}
	return fly
}

// dockerfile is what the last stage of app/Dockerfile says, and how the program
// was built before.
type dockerfile struct {
	from, entrypoint, volume, port, user string
	env                                  map[string]string
	copied                               []string // destinations
	builds                               string
}

func readDockerfile(t *testing.T, name string) dockerfile {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	d := dockerfile{env: map[string]string{}}
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		fields := strings.Fields(rest)
		switch word {
		case "FROM":
			d.from = fields[0]
		case "RUN":
			d.builds += rest + "\n"
		case "COPY":
			d.copied = append(d.copied, fields[len(fields)-1])
		case "ENV":
			for _, f := range fields {
				key, value, _ := strings.Cut(f, "=")
				d.env[key] = value
			}
		case "EXPOSE":
			d.port = rest
		case "VOLUME":
			d.volume = rest
		case "USER":
			d.user = rest
		case "ENTRYPOINT":
			d.entrypoint = strings.Trim(rest, `[]"`)
		}
	}
	return d
}

// TestDeployRecipe: fly.toml, the Dockerfile and the program agree on ports,
// folders, times and settings.
func TestDeployRecipe(t *testing.T) {
	t.Parallel()
	fly := readFly(t)
	docker := readDockerfile(t, path.Join("..", fly.Build.Dockerfile))

	if !strings.HasPrefix(docker.from, "gcr.io/distroless/static") || !strings.HasSuffix(docker.from, ":nonroot") {
		t.Errorf("the image is %s: not an empty one that runs as nobody", docker.from)
	}
	if !strings.Contains(docker.builds, "CGO_ENABLED=0") || !contains(docker.copied, docker.entrypoint) {
		t.Errorf("the program is not built static, or %s is not copied: %+v", docker.entrypoint, docker)
	}
	if docker.volume != docker.env["DATA_DIR"] || docker.port != docker.env["PORT"] || !contains(docker.copied, docker.volume) {
		t.Errorf("volume %s, DATA_DIR %s; port %s, PORT %s", docker.volume, docker.env["DATA_DIR"], docker.port, docker.env["PORT"])
	}

	env := docker.env
	for key, value := range fly.Env {
		env[key] = value
	}
	known := map[string]bool{"PORT": true}
	for _, row := range table() {
		known[row.env] = true
	}
	for key := range env {
		if !known[key] {
			t.Errorf("there is no setting %s", key)
		}
	}
	if _, err := readSettings(nil, func(key string) string { return env[key] }, io.Discard); err == nil {
		t.Error("it starts without the secret")
	}
	env["SECRET_KEY"] = "a secret of some length" // fly secrets set
	s, err := readSettings(nil, func(key string) string { return env[key] }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if s.addr != ":"+strconv.Itoa(fly.HTTPService.InternalPort) || s.data != fly.Mounts.Destination || !s.trustedProxy || s.sandbox ||
		s.keep == 0 || s.quota.Bytes == 0 {
		t.Errorf("on fly the program runs as %+v", s)
	}
	checkFlyStops(t, fly)
	if len(fly.HTTPService.Checks) != 1 || fly.HTTPService.Checks[0].Method != "GET" {
		t.Fatalf("checks: %+v", fly.HTTPService.Checks)
	}
	check := fly.HTTPService.Checks[0]
	if d, err := time.ParseDuration(check.Timeout); err != nil || d < 3*time.Second {
		t.Errorf("the check gives up after %s, and being ready is found out within 2 s", check.Timeout)
	}
	if status, _ := newVisitor(t, startProgram(t)).get(check.Path); status != 200 {
		t.Errorf("%s answers %d", check.Path, status)
	}
}

func checkFlyStops(t *testing.T, fly flyConfig) {
	t.Helper()
	if d, err := time.ParseDuration(fly.KillTimeout); err != nil || d < stopTimeout+5*time.Second || fly.KillSignal != "SIGTERM" {
		t.Errorf("%s and %s later the end: a clean stop takes up to %v", fly.KillSignal, fly.KillTimeout, stopTimeout)
	}
	if h := fly.HTTPService; h.AutoStop != "off" || h.MinRunning < 1 || !h.ForceHTTPS {
		t.Errorf("the machine may be stopped under a collection, or spoken to without TLS: %+v", h)
	}
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// TestDeployPage: every setting that the page on deploying names exists, and what
// it says about the times of a stop and about what is kept is so.
func TestDeployPage(t *testing.T) {
	t.Parallel()
	status, page := newVisitor(t, startProgram(t)).get("/help/deploy")
	if status != 200 {
		t.Fatalf("status %d", status)
	}
	known := map[string]bool{"CGO_ENABLED": true}
	for _, row := range table() {
		known[row.env] = true
	}
	names := regexp.MustCompile(`\b([A-Z]{2,}(?:_[A-Z]+)*)=|<span class="mono">([A-Z]+_[A-Z_]+)</span>`).FindAllStringSubmatch(string(page),
		-1)
	if len(names) < 10 {
		t.Errorf("the page names %d settings", len(names))
	}
	for _, m := range names {
		if name := m[1] + m[2]; !known[name] {
			t.Errorf("there is no setting %s", name)
		}
	}
	for _, pattern := range []string{`--stop-timeout (\d+)`, `TimeoutStopSec=(\d+)`} {
		m := regexp.MustCompile(pattern).FindStringSubmatch(string(page))
		if m == nil {
			t.Errorf("no %s", pattern)
			continue
		}
		if seconds, _ := strconv.Atoi(m[1]); time.Duration(seconds)*time.Second < stopTimeout+5*time.Second {
			t.Errorf("%s: a clean stop takes up to %v", m[0], stopTimeout)
		}
	}
	if m := regexp.MustCompile(`client_max_body_size (\d+)m;`).FindStringSubmatch(string(page)); m == nil ||
		!strings.Contains(string(page), "proxy_request_buffering off;") {
		t.Error("nginx takes no uploads")
	} else if s, err := readSettings(nil, func(string) string { return "" }, io.Discard); err != nil {
		t.Error(err)
	} else if most, _ := strconv.ParseInt(m[1], 10, 64); most<<20 < s.maxUpload+(4<<20) { // with what a form has around its files
		t.Errorf("nginx takes %d MB, an upload may have %d bytes", most, s.maxUpload)
	}
	s, err := readSettings(nil, func(key string) string {
		return map[string]string{"PORT": "1", "SECRET_KEY": "a secret of some length"}[key]
	}, io.Discard)
	if err != nil || s.quota.Bytes != 5e9 || s.quota.Channels != 1000 || s.quota.Collections != 20 || s.keep != 30*24*time.Hour {
		t.Errorf("the page says 5 GB, 1,000 channels, 20 collections and 30 days; hosted it is %+v, %v", s, err)
	}
}
