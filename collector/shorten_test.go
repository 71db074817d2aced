package collector_test

import (
	"testing"

	"telegramtrac/collector"
)

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"жжж", 3, "жжж"}, {"жжжж", 3, "жж…"}, {"ab", 1, "…"}, {"a", 1, "a"},
		{"a\xffbcd", 3, "a\xff…"},
	} {
		if got := collector.Shorten(c.text, c.most); got != c.want {
			t.Errorf("Shorten(%q, %d) = %q, want %q", c.text, c.most, got, c.want)
		}
	}
}
