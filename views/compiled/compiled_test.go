package compiled

import (
	"html/template"
	"reflect"
	"strings"
	"testing"
)

// FuzzEscapers: texts are escaped as html/template does, in each place where a template may
// have one.
func FuzzEscapers(f *testing.F) {
	for _, s := range []string{"", "a", "<b>&\"'+`", "\x00\xff", "javascript:alert(1)", "https://a/?b=c d#e'(f)", "%41%zz%4", "MAILTO:x",
		"a:b/c", "é", "\ufdd0\uffff", "//x", ":", "/a:b"} {
		f.Add(s)
	}
	const places = `<p>{{.}}</p><a href="{{.}}" title="{{.}}" class="x {{.}}">x</a><textarea>{{.}}</textarea>`
	set := template.Must(template.New("places").Parse(places))
	all := New(set, nil)
	f.Fuzz(func(t *testing.T, s string) {
		var want strings.Builder
		if err := set.Execute(&want, s); err != nil {
			t.Fatal(err)
		}
		if err := all.Compiles("places", s); err != nil {
			t.Fatal(err)
		}
		got, err := all.HTML("places", s)
		if err != nil || string(got) != want.String() {
			t.Errorf("%q is written\n%q, %v; want\n%q", s, got, err, want.String())
		}
	})
}

type item struct {
	Name  string
	At    *item
	N     *int64
	Items []item
	HTML  template.HTML
	Any   any
	Kind  kind
}

// Long has a pointer receiver, as some methods of messages have.
func (i *item) Long() bool { return len(i.Name) > 3 }

// Twice is the name, twice.
func (i item) Twice() string { return i.Name + i.Name }

type kind string

// String says something else than the kind itself.
func (k kind) String() string { return "kind " + string(k) }

// TestActions: actions that are compiled write what html/template writes, and others are left
// to it.
func TestActions(t *testing.T) {
	t.Parallel()
	n := int64(7)
	data := item{Name: "a<b", N: &n, HTML: "<i>x</i>", Any: 3, Kind: "k", At: &item{Name: "inner"},
		Items: []item{{Name: "one"}, {Name: "seven", N: &n, Items: []item{{Name: "deep"}}}}}
	for _, tt := range []struct {
		text     string
		compiled bool
	}{
		{`{{.Name}}`, true},
		{`{{.HTML}}`, true},
		{`{{.N}} {{with .N}}{{.}}{{end}}`, true},
		{`{{.At.Name}}{{.At.Twice}}{{if .At.Long}}long{{end}}`, true},
		{`{{range .Items}}{{.Name}}{{if .Long}}!{{end}}{{range .Items}}{{.Name}}{{$.Name}}{{else}}none{{end}}{{end}}`, true},
		{`{{range $i, $one := .Items}}{{if $i}}, {{end}}{{$one.Name}}{{end}}`, true},
		{`{{range $one := .Items}}{{$one.Name}}{{end}}`, true},
		{`{{$x := .Name}}{{range .Items}}{{$x}}{{$x := .Name}}{{$x}}{{end}}{{$x}}`, true},
		{`{{if and .Name (not .At)}}a{{else if or .At .N}}b{{end}}`, true},
		{`{{if eq (len .Items) 2}}two{{end}}{{if eq .Name "a<b"}}same{{end}}`, true},
		{`{{with .At}}{{.Name}}{{$.Name}}{{else}}none{{end}}{{len .Name}}`, true},
		{`<a href="{{.Name}}" title="{{.N}}">{{template "other" .At}}</a>{{define "other"}}{{$.Name}}{{shout .Name}}{{end}}`, true},
		{`{{$x := .At}}{{range $x = .Items}}{{.Name}}{{end}}{{$x.Name}}`, false},
		{`{{range $x := .At.Items}}{{else}}{{len $x}}{{end}}`, false},
		{`{{.At.At}}`, false},
		{`{{.Any}}`, false},
		{`{{.Kind}}`, false},
		{`{{printf "%s" .Name}}`, false},
		{`{{range .Items}}{{break}}{{end}}`, false},
		{`<a {{template "in" .At}}>x</a>{{define "in"}}title="{{.Name}}"{{end}}`, false},
		{`{{template "self" .}}{{define "self"}}{{.Name}}{{range .Items}}{{template "self" .}}{{end}}{{end}}`, false},
		{`<script>var x = {{.Name}}</script>`, false},
	} {
		set := template.Must(template.New("t").Funcs(template.FuncMap{"shout": strings.ToUpper}).Parse(tt.text))
		all := New(set, map[string]Func{"shout": func(a []reflect.Value) string { return strings.ToUpper(a[0].String()) }})
		var want strings.Builder
		wrong := set.Execute(&want, data)
		got, err := all.HTML("t", data)
		if (err == nil) != (wrong == nil) || err == nil && string(got) != want.String() {
			t.Errorf("%s writes %q, %v; want %q, %v", tt.text, got, err, want.String(), wrong)
		}
		if err := all.Compiles("t", data); (err == nil) != tt.compiled {
			t.Errorf("%s: %v", tt.text, err)
		}
	}
}

// TestNilPointer: what a nil pointer stops is left to html/template.
func TestNilPointer(t *testing.T) {
	t.Parallel()
	set := template.Must(template.New("t").Parse(`before {{.At.Name}}`))
	all := New(set, nil)
	if err := all.Compiles("t", item{}); err != nil {
		t.Fatal(err)
	}
	if got, err := all.HTML("t", item{}); err == nil {
		t.Errorf("a nil pointer writes %q", got)
	}
}

// TestNoData: a template that is run with nothing is left to html/template.
func TestNoData(t *testing.T) {
	t.Parallel()
	set := template.Must(template.New("t").Parse(`a{{if .}}{{.Name}}{{end}}`))
	if got, err := New(set, nil).HTML("t", nil); got != "a" || err != nil {
		t.Errorf("without data %q is written, %v", got, err)
	}
}
