package views_test

import (
	"testing"

	"telegramtrac/views"
)

func TestName(t *testing.T) {
	tests := map[string]string{
		"evil\u202efdp.967.exe":                     "evil[U+202E]fdp.967.exe",
		"\u200ffdp.\u200fexe":                       "[U+200F]fdp.[U+200F]exe",
		"inv\u200boice\u00ad.pdf":                   "inv[U+200B]oice[U+00AD].pdf",
		"a\u200db\u200cc":                           "a[U+200D]b[U+200C]c",
		"two\nlines\x00":                            "two[U+000A]lines[U+0000]",
		"\u2066x\u2069 \u3164":                      "[U+2066]x[U+2069] [U+3164]",
		"\U000e0041dmin":                            "[U+E0041]dmin",
		"می\u200cخواهم":                             "می\u200cخواهم", // Persian needs it
		"👩\u200d👩\u200d👧":                           "👩\u200d👩\u200d👧",
		"🏴\U000e0067\U000e0062\U000e0065\U000e007f": "🏴\U000e0067\U000e0062\U000e0065\U000e007f",
		"Новости, חדשות, أخبار":                     "Новости, חדשות, أخبار",
		"":                                          "",
	}
	for name, want := range tests {
		if got := views.Name(name); got != want {
			t.Errorf("%+q: got %q, want %q", name, got, want)
		}
	}
}

func TestMarked(t *testing.T) {
	tests := map[string]string{
		"<p>plain</p>": "<p>plain</p>",
		"<p>a\u202eb</p><a href=\"\u202e\">\u200b</a>": "<p>a[U+202E]b</p><a href=\"\u202e\">[U+200B]</a>",
		"<textarea x>a\u200b\n<</textarea>\u200b":      "<textarea x>a\u200b\n<</textarea>[U+200B]",
		"\u200fשלום":       "\u200fשלום", // a sentence may have it
		"a\u202e":          "a[U+202E]",
		"<p \u202e":        "<p \u202e",
		"<textarea>\u202e": "<textarea>\u202e",
	}
	for html, want := range tests {
		if got := string(views.Marked([]byte(html))); got != want {
			t.Errorf("%+q: got %+q, want %+q", html, got, want)
		}
	}
}
