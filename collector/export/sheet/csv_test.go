package sheet

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"testing"
)

// FuzzAppendCSV: fields are quoted as encoding/csv quotes them, and texts are the JSON that
// encoding/json makes of them.
func FuzzAppendCSV(f *testing.F) {
	for _, s := range []string{"", "a", `\.`, `\.x`, " a", "\u00a0a", "\u2003", "a\tb", "\ta", `say "so"`, `"`, `""`, "a,b", "a;b", "a\nb", "a\rb",
		"\x00", "\xff", "é", "a\u2028b", "<&>", "a\x7fb", `a\b`} {
		f.Add(s, "x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, comma := range ",;\t" {
			var want bytes.Buffer
			w := csv.NewWriter(&want)
			w.Comma = comma
			if err := w.Write([]string{a, b}); err != nil {
				t.Fatal(err)
			}
			w.Flush()
			got := AppendCSV(nil, []byte(a), comma)
			got = append(got, byte(comma))
			got = append(AppendCSV(got, []byte(b), comma), '\n')
			if !bytes.Equal(got, want.Bytes()) {
				t.Errorf("%q and %q: %q, want %q", a, b, got, want.Bytes())
			}
		}
		if got, want := AppendJSON(nil, a), JSON(a); !bytes.Equal(got, want) {
			t.Errorf("%q: %q, want %q", a, got, want)
		}
	})
}

// FuzzXML: texts are escaped as encoding/xml escapes them.
func FuzzXML(f *testing.F) {
	for _, s := range []string{"", "a", "<&>'\"", "\t\n\r", "\x00\x1f", "\xff", "\ufffe\uffff\ufffd", "é👋", "a\u2028", "\xed\xa0\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want bytes.Buffer
		if err := xml.EscapeText(&want, []byte(s)); err != nil {
			t.Fatal(err)
		}
		if got := XML(s); got != want.String() {
			t.Errorf("%q: %q, want %q", s, got, want.String())
		}
	})
}
