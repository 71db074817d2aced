//go:build linux

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"debug/elf"
	"io/fs"
	"net/http"
	neturl "net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/export"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/world"
)

// nobody is the user that the image runs as.
const nobody = 65532

// TestImage does what the image does, without an engine for images: the static
// binary runs with an empty environment, as nobody, in a folder that cannot be
// written and that holds nothing but it, with the data folder alone writable. A test
// that is not static, with cgo, runs in the folder as it is.
func TestImage(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	binary, data := filepath.Join(root, "telegramtrac"), filepath.Join(root, "data")
	static := putBinary(t, binary)
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "--addr", "127.0.0.1:0", "--data", data)
	cmd.Dir, cmd.Env = root, []string{asProgram + "=1"}
	if os.Getuid() == 0 && static {
		if err := os.Chown(data, nobody, nobody); err != nil {
			t.Fatal(err)
		}
		cmd = exec.Command("/telegramtrac", "--addr", "127.0.0.1:0", "--data", "/data")
		cmd.Dir, cmd.Env = "/", []string{asProgram + "=1"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	if err := os.Chmod(root, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(root, 0o700) }) // or it could not be removed

	url := startProcess(t, cmd)
	for _, path := range []string{"/healthz", "/", "/help/deploy"} {
		resp, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", path, resp.StatusCode)
		}
	}
	useImage(t, url)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil { // one is also that it took longer than stopTimeout
		t.Errorf("stopped with %v", err)
	}
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) != 2 {
		t.Errorf("beside the data folder there are %v, %v", entries, err)
	}
	kept := 0
	err = filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			kept++
			if info, err := d.Info(); err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("others may read %s: %v", path, info.Mode())
			}
		}
		return err
	})
	if err != nil || kept == 0 {
		t.Errorf("the data folder holds %d files, %v", kept, err)
	}
}

// useImage signs in at the sandbox, collects a channel and one that is not there, imports a file and takes
// every file away: whatever needs a folder of its own finds one in the data folder.
func useImage(t *testing.T, url string) {
	t.Helper()
	v := newVisitor(t, url)
	v.signIn(sandbox.Phones()[0])
	if c := v.done(neturl.Values{"channels": {"@sable_notes\n@old_lightkeeper"}}); c.State != collector.Done {
		t.Fatalf("the collection ended as %+v", c)
	}
	checkAgainstWorld(t, rows(t, v.download("messages.parquet")), world.Generate(worldSeed), "sable_notes")
	for _, f := range export.Files() {
		if f.ForAll() && len(v.download(f.Name)) == 0 {
			t.Errorf("%s is empty", f.Name)
		}
	}

	importer := newVisitor(t, url)
	importer.toImport()
	importer.imports(false, map[string][]byte{"harbour_news_5.ndjson": []byte(telethonLine(5, 1, "one") + telethonLine(5, 2, "two"))})
	if got := rows(t, importer.download("messages.parquet")); len(got) != 2 {
		t.Errorf("%d messages were imported, want 2", len(got))
	}
}

// putBinary puts the program at a place, and reports whether it is static: the one that
// BINARY names, which was built as the Dockerfile does, or else this test, which runs as the
// program. Nothing is built here: that takes minutes.
func putBinary(t *testing.T, to string) (static bool) {
	t.Helper()
	b, err := os.ReadFile(cmp.Or(os.Getenv("BINARY"), os.Args[0]))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o555); err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	static = true
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			static = false
		}
	}
	if !static && os.Getenv("BINARY") != "" {
		t.Error("the binary is not static")
	}
	return static
}

// startProcess starts the program and returns its address when it is ready.
func startProcess(t *testing.T, cmd *exec.Cmd) (url string) {
	t.Helper()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(cmd) })
	said := ""
	for scanner := bufio.NewScanner(stderr); scanner.Scan(); said += scanner.Text() + "\n" {
		if _, after, ok := strings.Cut(scanner.Text(), "telegramtrac is ready: "); ok {
			return after
		}
	}
	t.Fatalf("the program did not start:\n%s", said)
	return ""
}
