package handlers_test

import (
	"html"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/search"
)

const realAccount = "/help/real-account"

// TestHelpRealAccount: the page is linked where it is needed, and all its links work, signed
// in or not.
func TestHelpRealAccount(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	stranger, b := s.visit(t), s.signedInAt(t, collector.SourceTelegram)
	page := stranger.get(realAccount)
	page.shows(t, http.StatusOK, "Ten minutes with a real account", "What stays unproven")
	stranger.get("/?source=telegram").shows(t, http.StatusOK, `href="`+realAccount+`"`)
	b.get("/tabs/options").shows(t, http.StatusOK, `href="`+realAccount+`"`)
	s.signedIn(t).get("/tabs/options").lacks(t, realAccount) // the sandbox proves nothing about real accounts

	links := regexp.MustCompile(` href="([^"]*)"`).FindAllStringSubmatch(page.body, -1)
	if len(links) < 20 {
		t.Errorf("%d links", len(links))
	}
	for _, m := range links {
		link := html.UnescapeString(m[1])
		if id, ok := strings.CutPrefix(link, "#"); ok {
			page.shows(t, http.StatusOK, ` id="`+id+`"`)
			continue
		}
		for _, who := range []*browser{stranger, b} {
			if r := who.get(link); r.status != http.StatusOK && r.status != http.StatusSeeOther {
				t.Errorf("%s: status %d", link, r.status)
			}
		}
		if r := b.get(link); r.status != http.StatusOK {
			t.Errorf("%s: status %d for somebody who is signed in", link, r.status)
		}
	}
}

// joint is where a string goes on in the next line.
var joint = regexp.MustCompile(`"\s*\+\s*"`)

// gap is a changing part of a sentence: on the page, in Go, in a template.
var gap = regexp.MustCompile(`<var>[^<]*</var>|%[sdq]|\{\{[^{}]*\}\}`)

// TestHelpQuotesTheApp: each sentence that the page quotes is a sentence or a label of the
// app.
func TestHelpQuotesTheApp(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../views/help_real_account.html")
	if err != nil {
		t.Fatal(err)
	}
	var app strings.Builder
	for _, pattern := range []string{"*.go", "*/*.go", "../views/*.go", "../views/*/*.go", "../views/*.html", "../app/program.go"} {
		paths, _ := filepath.Glob(pattern)
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "help_real_account.html") {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			app.WriteString(gap.ReplaceAllString(joint.ReplaceAllString(string(text), ""), "\x00") + "\n")
		}
	}
	quotes := regexp.MustCompile(`<q>(.*?)</q>`).FindAllStringSubmatch(string(page), -1)
	if len(quotes) < 30 {
		t.Errorf("%d quotes", len(quotes))
	}
	for _, m := range quotes {
		if want := gap.ReplaceAllString(html.UnescapeString(m[1]), "\x00"); !strings.Contains(app.String(), want) {
			t.Errorf("nothing in the app says %q", m[1])
		}
	}
}

// TestHelpIsPlain: sentences are short, because the page is for people who do not program.
func TestHelpIsPlain(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../views/help_real_account.html")
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`<q>.*?</q>`).ReplaceAllString(string(page), "quote")
	text = regexp.MustCompile(`</(?:p|li|h\d|dt)>|<(?:ul|ol)>`).ReplaceAllString(text, ". ")
	text = regexp.MustCompile(`<[^>]*>|\{\{[^{}]*\}\}`).ReplaceAllString(text, "")
	for _, sentence := range regexp.MustCompile(`[.:?]\s`).Split(text, -1) {
		if words := len(strings.Fields(sentence)); words > 20 {
			t.Errorf("%d words: %s", words, strings.TrimSpace(sentence))
		}
	}
}

// TestHelpNamesEveryField: what may stand before a colon in a search is explained.
func TestHelpNamesEveryField(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../views/help_search.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range search.Fields() {
		if !regexp.MustCompile(`\b` + field + `\b`).Match(page) {
			t.Errorf("nothing is said of %s:", field)
		}
	}
}
