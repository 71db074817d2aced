package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowed says which of our packages each package may import, and which of the confined
// libraries. It is the import table of DESIGN.md. Everybody may import the standard library;
// test files are exempt.
var allowed = map[string][]string{
	"app": {"*"},

	"handlers": {
		"handlers/guard", "handlers/answer", "handlers/live", "views", "views/words", "views/collection", "views/content", "views/chart",
		"views/networktab",
		"static", "collector/engine", "collector/dataset", "collector/dataset/fold", "collector/export",
		"collector/network", "collector/network/memo", "collector/network/draw", "collector/spool", "collector/lists", "collector", "fiber",
		"prometheus",
	},
	"handlers/answer": {"collector", "static", "views", "handlers/guard", "fiber", "template"},
	"handlers/guard":  {"collector", "collector/engine", "fiber"},
	"handlers/live": {"collector", "collector/engine", "views", "views/collection", "handlers/guard", "fiber", "websocket",
		"prometheus"},
	"collector/network/memo": {"collector", "collector/network"},

	"views":            {"collector", "template"},
	"views/words":      {"collector", "collector/engine", "collector/lists", "views"},
	"views/collection": {"collector", "views", "views/words"},
	"views/chart":      {"collector", "collector/dataset", "views", "views/words"},
	"views/content": {"collector", "collector/dataset", "collector/dataset/fold", "collector/export",
		"views", "views/words", "views/collection", "views/chart"},

	"static": {},

	"collector": {},

	"collector/loop": {"collector"},

	"collector/tl": {"collector", "gotd"},

	"collector/gate":          {"collector"},
	"collector/telegram":      {"collector", "collector/gate", "collector/telegram/client", "collector/tl", "gotd"},
	"collector/gate/gatetest": {},
	"collector/telegram/telegramtest": {
		"collector", "collector/collectortest", "collector/gate/gatetest", "collector/loop", "collector/sandbox", "collector/sandbox/world",
		"collector/telegram", "collector/telegram/client", "gotd",
	},
	"collector/telegram/client": {"collector", "collector/gate", "collector/proxy", "gotd"},

	"collector/proxy": {},

	"collector/sandbox": {"collector", "collector/tl", "collector/sandbox/world", "gotd"},

	"collector/sandbox/world":        {"collector", "collector/sandbox/world/voices", "collector/tl", "gotd"},
	"collector/sandbox/world/voices": {"gotd"},

	"collector/dataset": {
		"collector", "collector/dataset/bucket", "collector/dataset/part", "collector/dataset/mend", "collector/dataset/fold", "parquet",
	},
	"collector/dataset/bucket": {},
	"collector/dataset/part":   {"collector", "collector/dataset/bucket", "parquet"},
	"collector/dataset/mend":   {"collector", "collector/dataset/bucket", "collector/dataset/part", "parquet"},
	"collector/dataset/fold":   {"collector", "collector/dataset/bucket", "collector/dataset/part", "collector/dataset/mend"},

	"collector/network": {"collector", "collector/dataset", "collector/dataset/fold", "collector/network/graph", "parquet"},

	"collector/network/graph":       {},
	"collector/network/draw":        {"collector", "collector/network", "collector/network/graph"},
	"collector/network/networktest": {"collector", "collector/network"},

	"collector/export": {"collector", "collector/dataset", "collector/dataset/fold", "collector/dataset/part", "collector/network",
		"collector/network/draw", "collector/tl"},

	"collector/engine": {"collector", "collector/engine/doctor", "collector/engine/lease", "collector/engine/store", "nats"},

	"collector/engine/lease": {"collector/engine/store", "nats"},

	"collector/engine/doctor": {},

	"collector/engine/store": {"collector/engine/doctor", "nats"},

	"collector/archive": {"collector", "collector/tl", "gotd", "parquet",
		"collector/archive/input", "collector/archive/desktop", "collector/archive/pyrogram", "collector/archive/tdl"},
	"collector/archive/input":    {"collector", "collector/tl"},
	"collector/archive/desktop":  {"collector", "collector/archive/input", "gotd"},
	"collector/archive/pyrogram": {"collector", "collector/archive/input", "collector/archive/desktop", "gotd"},
	"collector/archive/tdl":      {"collector", "collector/archive/input", "collector/tl", "gotd"},

	"collector/workspace": {"collector", "collector/engine", "collector/gate", "collector/telegram", "collector/telegram/client",
		"collector/preview", "collector/archive",
		"collector/archive/input", "collector/dataset", "collector/intake", "collector/spool", "collector/loop", "collector/keyring",
		"collector/signin"},

	"collector/keyring": {"collector"},

	"collector/signin": {"collector", "collector/engine", "collector/gate", "collector/telegram/client", "collector/preview",
		"collector/keyring"},

	"collector/datafolder": {"collector", "collector/workspace", "collector/keyring", "collector/dataset", "collector/dataset/fold",
		"collector/dataset/mend", "collector/engine", "collector/engine/doctor", "collector/engine/store", "collector/network"},

	"collector/intake": {"collector", "collector/archive", "collector/archive/input", "collector/dataset"},

	"collector/preview": {"collector", "collector/gate"},

	"collector/spool": {},

	"collector/lists": {"collector"},

	"collector/sandbox/web": {"collector/sandbox/world", "gotd"},

	"collector/collectortest": {"collector", "collector/loop"},

	"collector/collectortest/long": {},

	"static/browsertest": {},
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
	seen := map[string]bool{}
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
		if short != "" && !slices.Contains(may, short) && !slices.Contains(may, "*") {
			t.Errorf("%s imports %s", name, imported)
		}
	}
}
