package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowed says which of our packages each package may import, and which of the
// libraries that are kept at one place. Everybody may import the standard
// library; test files are exempt.
var allowed = map[string][]string{
	"app":                          {"*"},
	"handlers":                     {"views", "static", "collector/engine", "collector/dataset", "collector/export", "collector/network", "collector/spool", "collector/lists", "collector", "fiber", "websocket", "prometheus"},
	"views":                        {"collector"},
	"static":                       {},
	"collector":                    {},
	"collector/tl":                 {"collector", "gotd"},
	"collector/telegram":           {"collector", "collector/tl", "collector/proxy", "gotd"},
	"collector/proxy":              {},
	"collector/sandbox":            {"collector", "collector/tl", "collector/sandbox/world", "gotd"},
	"collector/sandbox/world":      {"collector", "collector/tl", "gotd"},
	"collector/dataset":            {"collector"},
	"collector/network":            {"collector", "collector/dataset"},
	"collector/export":             {"collector", "collector/dataset", "collector/network", "collector/tl"},
	"collector/engine":             {"collector", "nats"},
	"collector/archive":            {"collector", "collector/tl", "gotd"},
	"collector/workspace":          {"collector", "collector/engine", "collector/telegram", "collector/preview", "collector/archive", "collector/dataset", "collector/intake", "collector/spool"},
	"collector/intake":             {"collector", "collector/archive", "collector/dataset"},
	"collector/preview":            {"collector"},
	"collector/spool":              {},
	"collector/lists":              {"collector"},
	"collector/sandbox/web":        {"collector/sandbox/world", "gotd"},
	"collector/collectortest":      {"collector"},
	"collector/collectortest/long": {},
	"static/browsertest":           {},
}

// confined are libraries that only some packages may see.
var confined = map[string]string{
	"github.com/gotd/":             "gotd",
	"github.com/nats-io/":          "nats",
	"github.com/gofiber/":          "fiber",
	"github.com/gorilla/websocket": "websocket",
	"github.com/prometheus/":       "prometheus",
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		pkg := filepath.ToSlash(filepath.Dir(path))[len("../"):]
		if strings.Contains(pkg, "/testdata") {
			return nil // commands that make test data
		}
		may, ok := allowed[pkg]
		if !ok {
			t.Errorf("package %s is not in the table of who may import whom", pkg)
			return nil
		}
		seen[pkg] = true
		checkImports(t, path, pkg, may)
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

func checkImports(t *testing.T, path, pkg string, may []string) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		name := ""
		for prefix, short := range confined {
			if strings.HasPrefix(imported, prefix) {
				name = short
			}
		}
		if rest, ok := strings.CutPrefix(imported, "telegramtrac/"); ok {
			name = rest
		}
		if pkg == "collector" && strings.Contains(imported, ".") {
			name = imported // the standard library only
		}
		if name != "" && !slices.Contains(may, name) && !slices.Contains(may, "*") {
			t.Errorf("%s imports %s", path, imported)
		}
	}
}
