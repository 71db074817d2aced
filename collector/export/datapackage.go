package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/table"
)

// Frictionless Data's description of a package.
// See https://specs.frictionlessdata.io/data-package/
type datapackage struct {
	Profile     string     `json:"profile"`
	Name        string     `json:"name"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Created     string     `json:"created,omitempty"` // when the newest collection or import ended
	Software    software   `json:"software"`
	Resources   []resource `json:"resources"`
}

// software is the program that wrote a package.
type software struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type resource struct {
	Name        string  `json:"name"`
	Path        string  `json:"path"`
	Description string  `json:"description"`
	Format      string  `json:"format"`
	MediaType   string  `json:"mediatype"`
	Bytes       int64   `json:"bytes"`
	Hash        string  `json:"hash"`
	Schema      *schema `json:"schema,omitempty"`
}

type schema struct {
	Fields     []field  `json:"fields"`
	PrimaryKey []string `json:"primaryKey,omitempty"`
}

type field struct {
	Name        string            `json:"name"`
	Type        string            `json:"type"`
	Description string            `json:"description"`
	Unit        string            `json:"unit,omitempty"`
	Source      string            `json:"source,omitempty"` // in Telegram's schema
	Constraints map[string]bool   `json:"constraints,omitempty"`
	Items       map[string]string `json:"items,omitempty"` // what the structs of a list hold
}

// datapackage describes the files that are in the archive.
func (b *bundle) datapackage(told evidence) []byte {
	p := datapackage{
		Profile: "data-package", Name: "telegram-channels", Title: "Telegram channels",
		Description: "Messages of public Telegram channels, collected with telegramtrac. See methods.md.",
		Software:    software{"telegramtrac", collector.Version()},
	}
	if at := told.until(); !at.IsZero() {
		p.Created = at.UTC().Format("2006-01-02T15:04:05Z")
	}
	described := map[string]table.Table{}
	for _, t := range tables() {
		described[t.File] = t
	}
	for _, e := range b.entries {
		if e.file.Name == "" {
			continue
		}
		r := resource{
			Name: resourceName(e.path), Path: e.path, Description: e.file.What, Bytes: e.size, Hash: "sha256:" + e.hash,
			Format: e.path[strings.LastIndexByte(e.path, '.')+1:], MediaType: e.file.MediaType,
		}
		if t, ok := described[e.file.Name]; ok {
			r.Schema = schemaOf(t)
		}
		p.Resources = append(p.Resources, r)
	}
	return indented(p)
}

// resourceName is a name as the specification wants it: lower case, and no
// other signs than dots, dashes and underscores.
func resourceName(path string) string {
	safe := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '_' {
			return r
		}
		return '-'
	}
	return strings.Map(safe, strings.ToLower(path))
}

func schemaOf(t table.Table) *schema {
	s := &schema{PrimaryKey: t.Key}
	for _, e := range t.Columns {
		list, inner, nested := strings.Cut(e.Column, "[].")
		if nested {
			f := &s.Fields[len(s.Fields)-1]
			if f.Name == list {
				if f.Items == nil {
					f.Items = map[string]string{}
				}
				f.Items[inner] = e.Type + ": " + e.Meaning
			}
			continue
		}
		f := field{Name: e.Column, Type: fieldType(e.Type), Description: e.Meaning, Unit: e.Unit, Source: e.Source}
		if !strings.HasSuffix(e.Type, " or null") {
			f.Constraints = map[string]bool{"required": true}
		}
		s.Fields = append(s.Fields, f)
	}
	return s
}

// fieldType is a type in the words of Table Schema.
func fieldType(t string) string {
	t = strings.TrimSuffix(t, " or null")
	switch {
	case strings.HasPrefix(t, "list"):
		return "array"
	case strings.HasPrefix(t, "int"):
		return "integer"
	case t == "double" || t == "float":
		return "number"
	case t == "boolean":
		return "boolean"
	case t == "timestamp":
		return "datetime"
	}
	return "string"
}

func indented(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil { // strings, numbers and maps of them do not fail
		return nil
	}
	return b.Bytes()
}

// dictionaryText is the data dictionary to read.
func dictionaryText() string {
	var out strings.Builder
	out.WriteString("# Data dictionary\n\nWhat every column of the Parquet files means. A missing value is null, never 0. Where a column is " +
		"within a list, the list's name stands before it, as reactions[].count.\n")
	for _, t := range tables() {
		fmt.Fprintf(&out, "\n## %s\n\n%s Rows are told apart by %s.\n\n| column | type | unit | meaning | in Telegram's schema "+
			"|\n|---|---|---|---|---|\n", t.File, t.Meaning, strings.Join(t.Key, ", "))
		for _, e := range t.Columns {
			fmt.Fprintf(&out, "| %s | %s | %s | %s | %s |\n", e.Column, e.Type, e.Unit, strings.ReplaceAll(e.Meaning, "<", "&lt;"), e.Source)
		}
	}
	return out.String()
}

// dictionaryCSV is the data dictionary as a table.
func dictionaryCSV() []byte {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	lines := [][]string{{"file", "column", "type", "unit", "meaning", "source"}}
	for _, t := range tables() {
		for _, e := range t.Columns {
			lines = append(lines, []string{t.File, e.Column, e.Type, e.Unit, e.Meaning, e.Source})
		}
	}
	out.WriteAll(lines) // into memory: it does not fail
	return b.Bytes()
}
