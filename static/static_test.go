package static_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"telegramtrac/static"
)

func TestAddresses(t *testing.T) {
	files, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	for name, mediaType := range map[string]string{
		"app.css":             "text/css; charset=utf-8",
		"app.js":              "text/javascript; charset=utf-8",
		"favicon.svg":         "image/svg+xml",
		"vendor/htmx.min.js":  "text/javascript; charset=utf-8",
		"vendor/hx-ws.min.js": "text/javascript; charset=utf-8",
	} {
		address := files.Address(name)
		if !regexp.MustCompile(`^/static/[0-9a-f]{12}/` + regexp.QuoteMeta(name) + `$`).MatchString(address) {
			t.Errorf("address of %s: %q", name, address)
		}
		file, ok := files.Open(address)
		if !ok || len(file.Body) == 0 || file.Type != mediaType {
			t.Errorf("%s: ok %v, %d bytes, type %q", address, ok, len(file.Body), file.Type)
		}
	}
	if got := files.Address("nothing.js"); got != "" {
		t.Errorf("address of a file that is not there: %q", got)
	}
	if _, ok := files.Open("/static/000000000000/app.css"); ok {
		t.Error("another version's address opens this version's file")
	}
}

// TestVendored compares the vendored files with the checksums in their README.
func TestVendored(t *testing.T) {
	readme, err := os.ReadFile("vendor/README.md")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir("vendor")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".js") {
			continue
		}
		body, err := os.ReadFile(filepath.Join("vendor", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(body)
		if row := rowOf(string(readme), e.Name()); !strings.Contains(row, hex.EncodeToString(sum[:])) {
			t.Errorf("vendor/README.md does not have the sum of %s: %q", e.Name(), row)
		}
	}
}

func rowOf(readme, name string) string {
	for line := range strings.Lines(readme) {
		if strings.Contains(line, "| "+name+" |") || strings.Contains(line, "| `"+name+"` |") {
			return line
		}
	}
	return ""
}

// TestNoInlineCode looks for what the page's content security policy forbids.
func TestNoInlineCode(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)hx-on|\bjs:|\sstyle=|<script>|\son[a-z]+=|javascript:|\beval\(`)
	names, err := filepath.Glob("../views/*.html")
	if err != nil || len(names) == 0 {
		t.Fatalf("templates: %v, %v", names, err)
	}
	for _, name := range append(names, "app.js") {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if found := forbidden.Find(body); found != nil {
			t.Errorf("%s has %q", name, found)
		}
	}
}
