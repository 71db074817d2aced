package main

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/collectortest/long"
	"telegramtrac/collector/sandbox"
)

// a folder of data with a collection, made once and stopped.
func usedData(t *testing.T) (data string, v *visitor) {
	t.Helper()
	data = t.TempDir()
	base, cmd := spawn(t, data)
	v = newVisitor(t, base)
	v.signIn(sandbox.Phones()[1])
	v.watch(v.trac(url.Values{"channels": {"@" + smallChannel}}), nil)
	cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return data, v
}

// smallChannel is one of the sandbox's.
const smallChannel = "vane"

var fileHarms = []struct {
	name string
	do   func([]byte) []byte // nil: removed
}{
	{"zeroed", func(b []byte) []byte { return make([]byte, len(b)) }},
	{"flipped", func(b []byte) []byte { b[len(b)/2] ^= 4; return b }},
	{"halved", func(b []byte) []byte { return b[:len(b)/2] }},
	{"removed", nil},
	{"cut", func(b []byte) []byte { return b[:max(0, len(b)-1)] }},
}

func copied(t *testing.T, data string) string {
	t.Helper()
	out := t.TempDir()
	if err := os.CopyFS(out, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	return out
}

// passing reports whether a file means nothing to the next start: no backup has it.
func passing(name string) bool {
	base := path.Base(name)
	return name == "engine/lock" || strings.HasSuffix(base, ".tmp") || strings.HasPrefix(base, ".health-")
}

func filesIn(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && !passing(name) {
			out = append(out, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestEveryFileDamaged harms each file of the data folder, in one way after the other: within
// ten seconds the program runs and its pages can be read, or it has said which file is
// the reason; then the doctor makes it run, or says what must be put back.
func TestEveryFileDamaged(t *testing.T) {
	t.Parallel()
	data, v := usedData(t)
	kinds := map[string]bool{}
	for n, file := range filesIn(t, data) {
		kind := filepath.Dir(file)
		if kinds[kind] && !long.Asked() {
			continue // one of each folder
		}
		kinds[kind] = true
		if strings.Contains(file, "/streams/") && !strings.Contains(file, "KV_collections") {
			continue // engine.TestDamage does everything to each of these
		}
		for _, h := range fileHarms[n%len(fileHarms):][:1] { // in turn: all ways, over all files
			t.Run(file+" "+h.name, func(t *testing.T) {
				dir := copied(t, data)
				collectortest.Harm(t, filepath.Join(dir, file), h.do)
				began := time.Now()
				said := startsOrSays(t, dir, v)
				if took := time.Since(began); took > 2*time.Minute { // 10 s, on a machine that does much else
					t.Errorf("it took %v", took)
				}
				if said == "" {
					return
				}
				if !strings.Contains(said, filepath.Base(file)) && !strings.Contains(said, filepath.Base(filepath.Dir(filepath.Dir(file)))) {
					t.Errorf("%q does not name the file", said)
				}
				var out bytes.Buffer
				code := doctor(t.Context(), []string{"--data", dir, "--repair"}, noEnv, &out)
				if strings.HasSuffix(file, ".sealed") || strings.HasSuffix(file, ".key") {
					if code == 0 {
						t.Errorf("the doctor repaired what it cannot know: %s", &out)
					}
					return
				}
				if code != 0 || startsOrSays(t, dir, v) != "" {
					t.Errorf("the doctor (%d) says %s", code, &out)
				}
			})
		}
	}
}

func noEnv(string) string { return "" }

// startsOrSays starts the program, reads its pages, and stops it; or returns what the
// program says instead.
func startsOrSays(t *testing.T, dir string, v *visitor) string {
	t.Helper()
	s, err := readSettings([]string{"--addr", "127.0.0.1:0", "--data", dir}, noEnv, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	p, err := start(t.Context(), s, slog.New(slog.DiscardHandler))
	if err != nil {
		return sentence(err, s)
	}
	for _, page := range []string{"/healthz", "/", "/tabs/dataset", "/tabs/messages", "/collections"} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url()+page, nil)
		for _, c := range v.client.Jar.Cookies(mustURL(t, v.base)) {
			req.AddCookie(c)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s answers %d", page, resp.StatusCode)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := p.close(ctx); err != nil {
		t.Error(err)
	}
	return ""
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestBackup: what is restored is what was there; a byte that changed in the backup is
// found, its file named, and nothing restored; nothing is backed up under a running
// program, and nothing restored over data.
func TestBackup(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s, err := readSettings([]string{"--addr", "127.0.0.1:0", "--data", data}, noEnv, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	p, err := start(t.Context(), s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if code, said := backUpTo(t, data, filepath.Join(t.TempDir(), "b")); code == 0 || !strings.Contains(said, "Stop it first") {
		t.Errorf("while it runs: %d, %s", code, said)
	}
	if err := p.close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"folder", "file.zip"} {
		t.Run(to, func(t *testing.T) {
			to := filepath.Join(t.TempDir(), to)
			if code, said := backUpTo(t, data, to); code != 0 {
				t.Fatal(said)
			}
			if code, said := backUpTo(t, data, to); code == 0 {
				t.Errorf("over another backup: %s", said)
			}
			back := filepath.Join(t.TempDir(), "back")
			if code, said := bringBackFrom(t, to, back); code != 0 {
				t.Fatal(said)
			}
			for _, name := range filesIn(t, data) {
				want, _ := os.ReadFile(filepath.Join(data, name))
				if got, err := os.ReadFile(filepath.Join(back, name)); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s came back otherwise: %v", name, err)
				}
			}
			if code, said := bringBackFrom(t, to, back); code == 0 {
				t.Errorf("over data: %s", said)
			}
			flipBackup(t, to)
		})
	}
	if code, said := backUpTo(t, t.TempDir(), filepath.Join(t.TempDir(), "b")); code == 0 || !strings.Contains(said, "no data") {
		t.Errorf("of nothing: %d, %s", code, said)
	}
	if err := os.WriteFile(filepath.Join(data, "restoring"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := start(t.Context(), s, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(sentence(err, s), "broken off") {
		t.Errorf("half a restore is started on: %v", err)
	}
}

func backUpTo(t *testing.T, data, to string) (int, string) {
	var out bytes.Buffer
	code := run(t.Context(), func() {}, []string{"backup", "--data", data, to}, noEnv, &out, &out)
	return code, out.String()
}

func bringBackFrom(t *testing.T, from, data string) (int, string) {
	var out bytes.Buffer
	code := run(t.Context(), func() {}, []string{"restore", from, "--data", data}, noEnv, &out, &out)
	return code, out.String()
}

// flipBackup flips a bit of each file of a backup, or all over its only file.
func flipBackup(t *testing.T, backup string) {
	t.Helper()
	type place struct {
		path string
		at   int
	}
	var places []place
	if info, _ := os.Stat(backup); info.IsDir() {
		for _, name := range filesIn(t, backup) {
			places = append(places, place{filepath.Join(backup, name), -1})
		}
	} else {
		for n := range 40 {
			places = append(places, place{backup, n * int(info.Size()-1) / 39})
		}
	}
	for _, p := range places {
		before, err := os.ReadFile(p.path)
		if err != nil || len(before) == 0 {
			continue
		}
		b := bytes.Clone(before)
		at := p.at
		if at < 0 {
			at = len(b) / 2
		}
		b[at] ^= 1
		if err := os.WriteFile(p.path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(t.TempDir(), "to")
		code, said := bringBackFrom(t, backup, to)
		if code == 0 { // in what a zip file says twice, or of times
			for _, name := range filesIn(t, to) {
				if _, err := os.ReadFile(filepath.Join(to, name)); err != nil {
					t.Error(err)
				}
			}
			if p.at < 0 {
				t.Errorf("%s was restored with byte %d flipped", p.path, at)
			}
		} else if entries, _ := os.ReadDir(to); len(entries) > 0 || !strings.Contains(said, "damaged") ||
			p.at < 0 && !strings.Contains(said, filepath.Base(p.path)) && filepath.Base(p.path) != "SHA256SUMS" {
			t.Errorf("byte %d of %s flipped: %s; %d files were restored", at, p.path, said, len(entries))
		}
		if err := os.WriteFile(p.path, before, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDoctorNames: what is lost of a channel is named with its ids.
func TestDoctorNames(t *testing.T) {
	t.Parallel()
	data, _ := usedData(t)
	parts, err := filepath.Glob(filepath.Join(data, "workspaces", "*", "messages", "*", "*.parquet"))
	if err != nil || len(parts) == 0 {
		t.Fatal(parts, err)
	}
	for _, name := range parts { // all: where compaction was interrupted, two have the same rows
		collectortest.Harm(t, name, func(b []byte) []byte { clear(b[len(b)/3 : len(b)*2/3]); return b })
	}
	for _, step := range []struct {
		args []string
		code int
		says string
	}{
		{nil, 1, "Damaged: "},
		{[]string{"--repair"}, 0, "lost: messages among ids "},
		{nil, 0, "Everything in "},
	} {
		var out bytes.Buffer
		code := run(t.Context(), func() {}, append([]string{"doctor", "--data", data}, step.args...), noEnv, &out, &out)
		if code != step.code || !strings.Contains(out.String(), step.says) {
			t.Errorf("doctor %v: %d, %s", step.args, code, &out)
		}
	}
}
