package views_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/views"
)

func TestSpans(t *testing.T) {
	tests := map[string]struct {
		text     string
		entities []collector.Entity
		want     []views.Span
	}{
		"empty": {},
		"plain": {text: "a <b>", want: []views.Span{{Text: "a <b>"}}},
		"beside emoji": {
			text:     "👩‍👩‍👧🏽 bold",
			entities: []collector.Entity{{Type: "MessageEntityBold", Offset: 11, Length: 4}},
			want:     []views.Span{{Text: "👩‍👩‍👧🏽 "}, {Text: "bold", Class: "bold"}},
		},
		"overlapping": {
			text:     "abcdef",
			entities: []collector.Entity{{Type: "MessageEntityBold", Offset: 0, Length: 4}, {Type: "MessageEntityItalic", Offset: 2, Length: 4}},
			want:     []views.Span{{Text: "ab", Class: "bold"}, {Text: "cd", Class: "bold italic"}, {Text: "ef", Class: "italic"}},
		},
		"links": {
			text: "site example.org @name x",
			entities: []collector.Entity{
				{Type: "MessageEntityTextUrl", Offset: 0, Length: 4, URL: "http://a.b/?q=1&r=2"}, {Type: "MessageEntityUrl", Offset: 5, Length: 11},
				{Type: "MessageEntityMention", Offset: 17, Length: 5},
			},
			want: []views.Span{
				{Text: "site", Href: "http://a.b/?q=1&r=2"}, {Text: " "}, {Text: "example.org", Href: "https://example.org"}, {Text: " "},
				{Text: "@name", Href: "https://t.me/name"}, {Text: " x"},
			},
		},
		"not the web": {
			text:     "click",
			entities: []collector.Entity{{Type: "MessageEntityTextUrl", Offset: 0, Length: 5, URL: "javascript:alert(1)"}},
			want:     []views.Span{{Text: "click"}},
		},
		"outside the text": {
			text: "abc",
			entities: []collector.Entity{
				{Type: "MessageEntityBold", Offset: -5, Length: 2}, {Type: "MessageEntityItalic", Offset: 2, Length: 99},
				{Type: "MessageEntityCode", Offset: 50, Length: 1},
			},
			want: []views.Span{{Text: "ab"}, {Text: "c", Class: "italic"}},
		},
		"a link within bold": {
			text: "see this",
			entities: []collector.Entity{{Type: "MessageEntityBold", Offset: 0, Length: 8},
				{Type: "MessageEntityTextUrl", Offset: 4, Length: 4, URL: "https://x.y"}},
			want: []views.Span{{Text: "see ", Class: "bold"}, {Text: "this", Class: "bold", Href: "https://x.y"}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, views.Spans(tt.text, tt.entities)); diff != "" {
				t.Errorf("spans (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzSpans: whatever the entities, no character is lost and only web addresses are linked.
func FuzzSpans(f *testing.F) {
	f.Add("👍 hello", int32(0), int32(2), int32(1), int32(6), "javascript:alert(1)")
	f.Add("ab", int32(-1), int32(1), int32(1<<30), int32(1<<30), "//x")
	f.Fuzz(func(t *testing.T, text string, o1, l1, o2, l2 int32, link string) {
		if strings.ToValidUTF8(text, "") != text {
			t.Skip()
		}
		spans := views.Spans(text, []collector.Entity{
			{Type: "MessageEntityBold", Offset: o1, Length: l1}, {Type: "MessageEntityTextUrl", Offset: o2, Length: l2, URL: link},
		})
		var joined strings.Builder
		for _, s := range spans {
			joined.WriteString(s.Text)
			if s.Href != "" && !strings.HasPrefix(s.Href, "https://") && !strings.HasPrefix(s.Href, "http://") {
				t.Errorf("links to %q", s.Href)
			}
		}
		// An entity may end within a surrogate pair, whose halves are no characters.
		if !strings.Contains(joined.String(), "\ufffd") && joined.String() != text {
			t.Errorf("got %q, want %q", joined.String(), text)
		}
	})
}

// BenchmarkSpans marks every occurrence of a letter in a text of full length.
func BenchmarkSpans(b *testing.B) {
	text := strings.Repeat("e", 4096)
	var found []collector.Entity
	for i := range int32(4096) {
		found = append(found, collector.Entity{Type: views.Found, Offset: i, Length: 1})
	}
	for b.Loop() {
		views.Spans(text, found)
	}
}

func TestWeb(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.b/c": "https://a.b/c", "HTTP://A.b": "http://A.b", "t.me/x": "https://t.me/x",
		"example.org:8080/x":  "https://example.org:8080/x",
		"javascript:alert(1)": "", "data:text/html,x": "", "tg://resolve?domain=x": "", "ftp://a.b": "", "": "", "//evil.example": "",
		"mailto:a@b.c": "",
	} {
		if got := views.Web(in); got != want {
			t.Errorf("Web(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestSpansWithoutEntities: a text without entities is what it is with one that marks nothing.
func TestSpansWithoutEntities(t *testing.T) {
	for _, text := range []string{"", "a", "Паром \U0001F600", "\xff", "a\xed\xa0\x80b", "\x00", "\ufffd\u202e"} {
		want := views.Spans(text, []collector.Entity{{Type: "MessageEntityBold"}})
		if diff := cmp.Diff(want, views.Spans(text, nil)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}
