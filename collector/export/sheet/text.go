package sheet

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
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
func XML(s string) string { return string(appendXML(nil, s)) }

// appendXML appends what xml.EscapeText writes. That looks at each rune on its own; here,
// runs of letters that stay as they are are copied at once.
func appendXML(dst []byte, s string) []byte {
	done := 0
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if i++; c < ' ' || c == '"' || c == '\'' || c == '&' || c == '<' || c == '>' {
				dst = append(append(dst, s[done:i-1]...), markOf(c)...)
				done = i
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || r == 0xFFFE || r == 0xFFFF {
			dst = append(append(dst, s[done:i]...), "\uFFFD"...)
			done = i + size
		}
		i += size
	}
	return append(dst, s[done:]...)
}

// markOf is what stands for a sign that XML cannot hold as it is.
func markOf(c byte) string {
	switch c {
	case '\t':
		return "&#x9;"
	case '\n':
		return "&#xA;"
	case '\r':
		return "&#xD;"
	case '"':
		return "&#34;"
	case '\'':
		return "&#39;"
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	}
	return "\uFFFD"
}
