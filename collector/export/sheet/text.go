package sheet

import (
	"encoding/json"
	"encoding/xml"
	"strings"
)

// Storable is a text without what readers of CSV stop at: in pandas and
// DuckDB, a NUL ends the file or the field.
func Storable(s string) string {
	if !strings.ContainsRune(s, 0) {
		return s
	}
	return strings.ReplaceAll(s, "\x00", "\uFFFD")
}

// OneLine is a text that stays on its line and within its tabs.
func OneLine(s string) string { return Storable(strings.Join(strings.Fields(s), " ")) }

// JSON is a value as JSON, with < and & as they are.
func JSON(v any) []byte {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return []byte("null")
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

// XML is a text as XML holds it, between tags or quotation marks.
func XML(s string) string {
	var out appender
	_ = xml.EscapeText(&out, []byte(s)) // an appender does not fail
	return string(out)
}

type appender []byte

func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}
