package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// row is one of the table of packages: its name, what it is, what it may import.
var row = regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\| [^|]+ \\| ([^|]*) \\|$")

// importTable reads from DESIGN.md which of our packages each package may import, and which
// of the confined libraries. Everybody may import the standard library; test files are exempt.
func importTable(t *testing.T) map[string][]string {
	t.Helper()
	allowed := map[string][]string{}
	for _, m := range row.FindAllStringSubmatch(section(t, "Packages"), -1) {
		allowed[m[1]] = strings.Split(strings.TrimSpace(m[2]), ", ")
	}
	return allowed
}

// section is the part of DESIGN.md under a heading.
func section(t *testing.T, heading string) string {
	t.Helper()
	_, rest, ok := strings.Cut(readFile(t, "../collector/DESIGN.md"), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("DESIGN.md has no section %q", heading)
	}
	text, _, _ := strings.Cut(rest, "\n## ")
	return text
}

// confined are libraries that only some packages may see.
var confined = map[string]string{
	"github.com/gotd/":             "gotd",
	"github.com/nats-io/":          "nats",
	"github.com/gofiber/fiber/":    "fiber",
	"github.com/gofiber/template/": "template",
	"github.com/gorilla/websocket": "websocket",
	"github.com/prometheus/":       "prometheus",
	"github.com/parquet-go/":       "parquet",
}

// testOnly are the packages that tests share. The program never imports one of them, and
// neither do the packages that it is made of.
func testOnly(pkg string) bool {
	return strings.HasSuffix(path.Base(pkg), "test") || path.Base(pkg) == "long"
}

func TestImports(t *testing.T) {
	t.Parallel()
	allowed, seen := importTable(t), map[string]bool{}
	err := filepath.WalkDir("..", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		pkg := filepath.ToSlash(filepath.Dir(file))[len("../"):]
		if strings.Contains(pkg, "/testdata") {
			return nil // commands that make test data
		}
		may, ok := allowed[pkg]
		if !ok {
			t.Errorf("package %s is not in the table of who may import whom", pkg)
			return nil
		}
		seen[pkg] = true
		checkImports(t, file, pkg, may)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range allowed {
		if !seen[pkg] {
			t.Errorf("the table names package %s, which does not exist", pkg)
		}
	}
}

func checkImports(t *testing.T, name, pkg string, may []string) {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		short := ""
		for prefix, library := range confined {
			if strings.HasPrefix(imported, prefix) {
				short = library
			}
		}
		if ours, ok := strings.CutPrefix(imported, "telegramtrac/"); ok {
			short = ours
			if testOnly(ours) && !testOnly(pkg) {
				t.Errorf("%s imports %s, which is for tests only", name, imported)
			}
		}
		if pkg == "collector" && strings.Contains(imported, ".") {
			short = imported // the standard library only
		}
		if short != "" && !slices.Contains(may, short) && !slices.Contains(may, "all") {
			t.Errorf("%s imports %s", name, imported)
		}
	}
}
