// Layers writes the history of Telegram's schema that the tests of package tl
// walk: each form that a constructor had which a message, chat, user or full
// details can hold, with the layers it had it in. It reads the schemas out of
// packages of the npm registry and out of older versions of gotd, of which it runs
// nothing. From the project's root:
//
//	go run ./collector/tl/telethon/testdata/layers > collector/tl/telethon/testdata/layers.tl
package main

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// npm are packages that hold the schema of one layer. Those of telegram-mtproto,
// airgram and @mtproto/core have it as JavaScript or JSON, the others in TL. No
// package of a reachable registry has one of the layers 72 to 104, nor 106 and 107.
var npm = []struct {
	layer          int
	package_, file string
}{
	{57, "telegram-mtproto@3.1.3", "package/schema/api-57.json"},
	{66, "telegram-mtproto@3.1.3", "package/schema/tl66.tl"},
	{71, "airgram@0.1.21", "package/src/config/constructors.js"},
	{105, "telegram@1.0.0-alpha.2", "package/gramjs_generator/data/api.tl"},
	{108, "@mtproto/core@2.0.2", "package/scheme/full.js"},
	{113, "@mtproto/core@3.2.0", "package/scheme/index.js"},
	{122, "telegram@1.5.1", "package/tl/static/api.tl"},
	{128, "telegram@1.7.6", "package/tl/static/api.tl"},
	{135, "telegram@2.0.0", "package/tl/static/api.tl"},
}

// gotd are versions of gotd, each of another layer.
var gotd = []string{
	"v0.45.0", "v0.46.0", "v0.52.0", "v0.54.0", "v0.55.0", "v0.56.0", "v0.57.0", "v0.60.0", "v0.62.0", "v0.66.0", "v0.70.0", "v0.71.0",
	"v0.75.0", "v0.76.0", "v0.78.0", "v0.80.0", "v0.85.0", "v0.88.0", "v0.90.0", "v0.93.0", "v0.95.0", "v0.99.0", "v0.102.0", "v0.105.0",
	"v0.108.0", "v0.110.0", "v0.112.0", "v0.115.0", "v0.118.0", "v0.122.0", "v0.125.0", "v0.128.0", "v0.131.0", "v0.134.0", "v0.136.0",
	"v0.138.0", "v0.140.0", "v0.143.0", "v0.144.0", "v0.150.0", "v0.162.0",
}

// form is one form of a constructor.
type form struct {
	name, params, result string // params as in TL
}

func main() {
	log.SetFlags(0)
	layers := map[int][]form{}
	for _, p := range npm {
		text, err := npmFile(p.package_, p.file)
		if err != nil {
			log.Fatalf("%s: %v", p.package_, err)
		}
		layers[p.layer] = forms(text)
	}
	for _, version := range gotd {
		text, err := gotdSchema(version)
		if err != nil {
			log.Fatalf("gotd %s: %v", version, err)
		}
		m := regexp.MustCompile(`(?m)^// LAYER (\d+)`).FindSubmatch(text)
		if m == nil {
			log.Fatalf("gotd %s: its schema names no layer", version)
		}
		var layer int
		fmt.Sscan(string(m[1]), &layer)
		layers[layer] = forms(text)
	}
	os.Stdout.WriteString(table(layers))
}

// npmFile is a file of an npm package.
func npmFile(package_, name string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "layers")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("npm", "pack", "--silent", "--ignore-scripts", package_)
	cmd.Dir = dir
	if _, err := cmd.Output(); err != nil {
		return nil, err
	}
	packed, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(packed) != 1 {
		return nil, errors.Join(err, fmt.Errorf("npm pack left %d files", len(packed)))
	}
	f, err := os.Open(packed[0])
	if err != nil {
		return nil, err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	files := tar.NewReader(unzipped)
	for {
		h, err := files.Next()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if h.Name == name {
			return io.ReadAll(files)
		}
	}
}

func gotdSchema(version string) ([]byte, error) {
	cmd := exec.Command("go", "mod", "download", "-json", "github.com/gotd/td@"+version)
	cmd.Dir = os.TempDir() // outside any module
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(module.Dir, "_schema", "telegram.tl"))
}

var (
	tlLine = regexp.MustCompile(`(?m)^([\w.]+)#[0-9a-f]+ (.*?) ?= ([\w.]+);`)
	// functions are followed by types where several schemas are in one file
	functions = regexp.MustCompile(`(?s)---functions---.*?(---types---|$)`)
	jsPart    = regexp.MustCompile(`"?\b(predicate|method)"?\s*:\s*["']([\w.]+)["']|"?\bname"?\s*:\s*["'](\w+)["'],\s*"?type"?\s*:\s*["']([^"']+)["']|"?\btype"?\s*:\s*["']([^"']+)["']`)
)

// forms are the constructors that a schema has, in TL or in JavaScript.
func forms(text []byte) []form {
	text = functions.ReplaceAll(text, nil)
	var out []form
	for _, m := range tlLine.FindAllSubmatch(text, -1) {
		out = append(out, form{string(m[1]), string(m[2]), string(m[3])})
	}
	if len(out) > 0 {
		return out
	}
	var now form
	for _, m := range jsPart.FindAllSubmatch(text, -1) {
		switch {
		case string(m[1]) == "predicate":
			now = form{name: string(m[2])}
		case len(m[1]) > 0:
			now = form{} // of a function
		case len(m[3]) > 0:
			now.params += " " + string(m[3]) + ":" + string(m[4])
		case now.name != "":
			now.params, now.result = strings.TrimSpace(now.params), string(m[5])
			out = append(out, now)
			now = form{}
		}
	}
	return out
}

var (
	typeWord = regexp.MustCompile(`[A-Za-z][\w.]*`)
	roots    = []string{"Message", "Chat", "User", "messages.ChatFull"}
)

// reachable are the forms that a message, chat, user or full details can hold.
func reachable(all []form) []form {
	byResult := map[string][]form{}
	for _, f := range all {
		if f.name == "message" && !strings.Contains(f.params, "media") {
			continue // of MTProto itself
		}
		if !slices.Contains(byResult[f.result], f) {
			byResult[f.result] = append(byResult[f.result], f)
		}
	}
	seen := map[string]bool{"Bool": true, "True": true} // JSON has them
	var out []form
	var visit func(result string)
	visit = func(result string) {
		if seen[result] || byResult[result] == nil {
			return
		}
		seen[result] = true
		for _, f := range byResult[result] {
			out = append(out, f)
			for param := range strings.FieldsSeq(f.params) {
				_, typ, _ := strings.Cut(param, ":")
				for _, word := range typeWord.FindAllString(typ, -1) {
					visit(word)
				}
			}
		}
	}
	for _, root := range roots {
		visit(root)
	}
	return out
}

// table is the history: a line for each form, by name and age.
func table(layers map[int][]form) string {
	known := slices.Sorted(maps.Keys(layers))
	in := map[form][]int{} // places in known
	for at, layer := range known {
		for _, f := range reachable(layers[layer]) {
			in[f] = append(in[f], at)
		}
	}
	var b strings.Builder
	b.WriteString("# Made by go run ./collector/tl/telethon/testdata/layers. First line: the layers. Then: from-to constructor fields = type\n")
	b.WriteString(strings.Trim(fmt.Sprint(known), "[]") + "\n")
	all := slices.SortedFunc(maps.Keys(in), func(a, b form) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		if in[a][0] != in[b][0] {
			return in[a][0] - in[b][0]
		}
		return strings.Compare(a.params, b.params)
	})
	for _, f := range all {
		at := in[f]
		for start := 0; start < len(at); {
			end := start
			for end+1 < len(at) && at[end+1] == at[end]+1 {
				end++
			}
			fmt.Fprintf(&b, "%d-%d %s %s = %s\n", known[at[start]], known[at[end]], f.name, f.params, f.result)
			start = end + 1
		}
	}
	return b.String()
}
