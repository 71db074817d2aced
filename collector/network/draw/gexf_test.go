package draw

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector/network/networktest"
)

// gexfWords are the elements of GEXF 1.3 that we use, copied from its schema
// (https://gexf.net/schema.html), not from gexf.go: the parent, the required and the optional
// attributes.
var gexfWords = map[string]struct{ parent, must, may string }{
	"gexf":        {"", "version", "variant"},
	"meta":        {"gexf", "", "lastmodifieddate"},
	"creator":     {"meta", "", ""},
	"description": {"meta", "", ""},
	"graph":       {"gexf", "", "defaultedgetype idtype timeformat start end timestamp mode timerepresentation timezone"},
	"attributes":  {"graph", "class", "mode"},
	"attribute":   {"attributes", "id title type", ""},
	"nodes":       {"graph", "", "count"},
	"node":        {"nodes", "id", "label pid start end intervals timestamp timestamps"},
	"edges":       {"graph", "", "count"},
	"edge":        {"edges", "source target", "id type label weight kind start end intervals timestamp timestamps"},
	"attvalues":   {"node edge", "", ""},
	"attvalue":    {"attvalues", "for value", "start end timestamp"},
	"color":       {"node", "", "r g b a hex"},
	"position":    {"node", "x y", "z"},
	"size":        {"node", "value", ""},
}

// gexfValues checks the values of attributes.
var gexfValues = map[string]func(string) bool{
	"gexf version":          oneOf("1.3"),
	"graph defaultedgetype": oneOf("directed", "undirected", "mutual"),
	"graph idtype":          oneOf("integer", "string"),
	"graph mode":            oneOf("static", "dynamic", "slice"),
	"graph timeformat":      oneOf("integer", "double", "date", "dateTime"),
	"attributes class":      oneOf("node", "edge"),
	"attributes mode":       oneOf("static", "dynamic"),
	"attribute type":        func(s string) bool { return gexfTypes[s] != nil },
	"edge weight":           isNumber,
	"edge start":            isDay,
	"edge end":              isDay,
	"color r":               isByte, "color g": isByte, "color b": isByte,
	"position x": isNumber, "position y": isNumber, "position z": isNumber,
	"size value": isNumber,
}

// gexfTypes checks the values of the column types that we use.
var gexfTypes = map[string]func(string) bool{
	"string":  func(string) bool { return true },
	"long":    func(s string) bool { _, err := strconv.ParseInt(s, 10, 64); return err == nil },
	"integer": func(s string) bool { _, err := strconv.ParseInt(s, 10, 32); return err == nil },
	"double":  isNumber,
	"boolean": oneOf("true", "false"),
}

func oneOf(values ...string) func(string) bool {
	return func(s string) bool { return slices.Contains(values, s) }
}
func isNumber(s string) bool { _, err := strconv.ParseFloat(s, 64); return err == nil }
func isByte(s string) bool   { _, err := strconv.ParseUint(s, 10, 8); return err == nil }
func isDay(s string) bool    { _, err := time.Parse(time.DateOnly, s); return err == nil }

// gexfReader reads a file by the schema and reports errors.
type gexfReader struct {
	t       *testing.T
	path    []string
	class   string                       // of the current attributes or element
	columns map[string]map[string]string // class → id → type
	ids     map[string]bool              // "node 5"
	nodes   int
	edges   int
}

func (r *gexfReader) start(e xml.StartElement) {
	name, parent := e.Name.Local, ""
	if len(r.path) > 0 {
		parent = r.path[len(r.path)-1]
	}
	r.path = append(r.path, name)
	space := gexfSpace
	if name == "color" || name == "position" || name == "size" {
		space += "/viz"
	}
	word, known := gexfWords[name]
	if !known || e.Name.Space != space || (parent != word.parent && !slices.Contains(strings.Fields(word.parent), parent)) {
		r.t.Errorf("%s:%s within %q", e.Name.Space, name, parent)
	}
	has := map[string]string{}
	for _, a := range e.Attr {
		if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" {
			continue
		}
		has[a.Name.Local] = a.Value
		if !slices.Contains(strings.Fields(word.must+" "+word.may), a.Name.Local) {
			r.t.Errorf("%s has no attribute %s", name, a.Name.Local)
		}
		if fits := gexfValues[name+" "+a.Name.Local]; fits != nil && !fits(a.Value) {
			r.t.Errorf("%s %s=%q", name, a.Name.Local, a.Value)
		}
	}
	for _, must := range strings.Fields(word.must) {
		if _, ok := has[must]; !ok {
			r.t.Errorf("%s without %s", name, must)
		}
	}
	r.check(name, has)
}

// check checks references to other parts of the file.
func (r *gexfReader) check(name string, has map[string]string) {
	switch name {
	case "attributes":
		r.class = has["class"]
		r.columns[r.class] = map[string]string{}
	case "attribute":
		r.columns[r.class][has["id"]] = has["type"]
	case "node", "edge":
		r.class = name
		if key := name + " " + has["id"]; r.ids[key] {
			r.t.Errorf("two of %s", key)
		} else {
			r.ids[key] = true
		}
		if name == "node" {
			r.nodes++
			return
		}
		r.edges++
		if !r.ids["node "+has["source"]] || !r.ids["node "+has["target"]] || has["start"] > has["end"] {
			r.t.Errorf("edge %v", has)
		}
	case "attvalue":
		if fits := gexfTypes[r.columns[r.class][has["for"]]]; fits == nil || !fits(has["value"]) {
			r.t.Errorf("%s's column %s has %q", r.class, has["for"], has["value"])
		}
	}
}

// The file follows the schema of GEXF 1.3 except for the namespace: gexfSpace says why it is
// that of 1.2.
func TestGEXFKeepsToTheSchema(t *testing.T) {
	g := networktest.From(t, networktest.Example())
	var file bytes.Buffer
	if err := GEXF(&file, g); err != nil {
		t.Fatal(err)
	}
	r := &gexfReader{t: t, columns: map[string]map[string]string{}, ids: map[string]bool{}}
	for d := xml.NewDecoder(&file); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			r.start(x)
		case xml.EndElement:
			r.path = r.path[:len(r.path)-1]
		}
	}
	if r.nodes != len(g.Nodes) || r.edges != len(g.Edges) {
		t.Errorf("%d nodes and %d edges, want %d and %d", r.nodes, r.edges, len(g.Nodes), len(g.Edges))
	}
}
