package views

import (
	"html"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzWeb: every link leads to the web, and is a valid address.
func FuzzWeb(f *testing.F) {
	for _, s := range []string{"https://example.org/a?b#c", "example.org:80/x", "javascript:alert(1)", "//example.org", "http://[::1]/",
		"https://a@b\u202e/", "HTTPS://x", "mailto:a@b", "https://ex ample.org", "\x00https://a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Web(s)
		if got == "" {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			t.Errorf("%q leads to %q", s, got)
		}
		if strings.ContainsAny(u.Host, "\"<> \n\r\t") {
			t.Errorf("%q is written %q", s, got)
		}
	})
}

// FuzzName: a name has no hidden characters, nor has a page that shows it.
func FuzzName(f *testing.F) {
	for _, s := range []string{"evil\u202efdp.exe", "a\u200db", "\U0001F3F4\U000E0067\U000E0062\U000E007F", "\xff\xfe", "x\u2066y\u2069",
		"<b>&amp;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Name(s)
		if !utf8.ValidString(got) {
			t.Errorf("%q is shown as %q", s, got)
		}
		page := string(Marked([]byte("<p>" + html.EscapeString(s) + "</p>")))
		for _, shown := range []string{got, page} {
			for _, r := range shown {
				if isLie(r) && !isTag(r) {
					t.Errorf("%q hides %U", shown, r)
				}
			}
		}
		if !strings.HasPrefix(page, "<p>") || !strings.HasSuffix(page, "</p>") {
			t.Errorf("the tags are gone: %q", page)
		}
	})
}
