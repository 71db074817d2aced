package handlers_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestFilterMessages: filters combine, matches are marked, links include the filter, and
// mistakes are explained.
func TestFilterMessages(t *testing.T) {
	t.Parallel()
	_, b := lookedAt(t)
	r := b.get("/tabs/messages?q=MESSAGE+number+1*&channel=alpha&sort=fewest-views")
	r.shows(t, 200, `value="MESSAGE number 1*"`, `<option value="fewest-views" selected>`, `<option value="1001" selected>`, "1–23 of 23",
		`<span class="found">Message</span> <span class="found">number</span> <span class="found">1</span>22`, "Show everything")
	if i, j := strings.Index(r.body, ">#100<"), strings.Index(r.body, ">#122<"); i < 0 || j < i {
		t.Errorf("sorted by views, #100 lies at %d and #122 at %d", i, j)
	}
	b.get("/tabs/messages?q=number&sort=oldest").shows(t, 200, "1–50 of 62", `page=2&amp;q=number&amp;sort=oldest`, ">Next<")
	b.get("/tabs/messages?q=ИСХОДНОЕ").shows(t, 200, "1–1 of 1", `<span class="found">Исходное</span> сообщение`)
	b.get("/tabs/messages?forwarded=yes").shows(t, 200, "1–2 of 2", "What others say", "Сегодня")
	b.get("/tabs/messages?kind=service").shows(t, 200, "1–1 of 1", "A message was pinned")
	b.get("/tabs/messages?media=MessageMediaPoll").shows(t, 200, "1–1 of 1", "Which one?")
	b.get("/tabs/messages?since=2024-02-03").shows(t, 200, "There are no messages here.")
	b.get("/tabs/messages?q=nowhere").shows(t, 200, "There are no messages here.")
	wrong := b.get("/tabs/messages?since=yesterday")
	wrong.shows(t, 422, "&#34;yesterday&#34; is not a day. Write it like 2024-02-29.", `href="#since"`, "Correct the filter")
	wrong.lacks(t, "Message number")
	b.swapping("look").get("/tabs/messages?since=yesterday").shows(t, 422, "is not a day.")
	hurt := b.get("/tabs/messages?q=%3Cscript%3Ealert&sort=%22%3E%3Cscript%3E&kind=%22%3E%3Cscript%3E")
	hurt.lacks(t, "<script>alert", `"><script>`)
}

// TestSearchMistakes: what is no query is marked at the character, beside the field with what was typed.
func TestSearchMistakes(t *testing.T) {
	t.Parallel()
	_, b := lookedAt(t)
	for _, tab := range []string{"messages", "dataset"} {
		r := b.get("/tabs/" + tab + "?q=number+views%3A%3Emany&kind=message")
		r.shows(t, 422, `value="number views:&gt;many"`, `number views:&gt;<mark>m</mark>any`, "Here comes a number, like 1000", `href="#q"`,
			`<option value="message" selected>`)
		r.lacks(t, `class="found"`)
		b.get("/tabs/"+tab+"?q=number+OR").shows(t, 422, `number OR<mark>&nbsp;</mark>`, "After OR comes")
		b.get("/tabs/"+tab+"?q=lang%3Axx").shows(t, 422, "No text is told to be of the language xx")
	}
}

// TestBuildASearch: the form writes a search into the field, with a GET, and keeps the rest of the filter.
func TestBuildASearch(t *testing.T) {
	t.Parallel()
	_, b := lookedAt(t)
	r := b.get("/tabs/messages?kind=message&q=old&b-all=number&b-none=12&b-views=0&b-has=&b-phrase=")
	r.shows(t, 200, `value="number -12 views:&gt;=0"`, `<input type="hidden" name="kind" value="message">`, `<option value="message" selected>`)
	r.lacks(t, `<input type="hidden" name="q"`, `value="old"`)
	b.get("/help/search").shows(t, 200, "How to search", "What a word is")
}

// TestReadingView: albums are shown together, and replies and forwards link to collected
// messages in any channel.
func TestReadingView(t *testing.T) {
	t.Parallel()
	_, b := lookedAt(t)
	r := b.get("/tabs/messages")
	r.shows(t, 200, `aria-label="An album of 2"`, `id="m-1001-128"`, `href="/tabs/messages?channel=1002&amp;at=7#m-1002-7"`,
		`href="/tabs/messages?channel=1001&amp;at=120#m-1001-120"`)
	if i, j := strings.Index(r.body, `class="album"`), strings.Index(r.body, "march.mp4"); i < 0 || j < i ||
		strings.Count(r.body, `class="album"`) != 1 {
		t.Error("the album's messages do not stand together")
	}
	deep := b.get("/tabs/messages?channel=1001&at=61")
	deep.shows(t, 200, "51–70 of 70", `class="message looked" id="m-1001-61"`)
}

// TestDatasetRows: columns can be chosen, headings sort, and every page is a link away.
func TestDatasetRows(t *testing.T) {
	t.Parallel()
	_, b := lookedAt(t)
	r := b.get("/tabs/dataset")
	r.shows(t, 200, "1–25 of 73", `href="/tabs/dataset?sort=most-views"`, `aria-sort="descending"><a href="/tabs/dataset?sort=oldest"`,
		fmt.Sprintf("What the %d columns mean", columns), `id="column-reply_to_message_id"`)
	r.lacks(t, "<script>alert", "<img src=x")
	some := b.get("/tabs/dataset?columns=views&columns=message_id&columns=nonsense&sort=most-views")
	some.shows(t, 200, `<input type="checkbox" name="columns" value="views" checked>`,
		`aria-sort="descending"><a href="/tabs/dataset?columns=message_id&amp;columns=views&amp;sort=fewest-views"`, `page=2&amp;sort=most-views`)
	some.lacks(t, "nonsense")
	if i, j := strings.Index(some.body, ">12480<"), strings.Index(some.body, ">9100<"); i < 0 || j < i {
		t.Errorf("sorted by views, 12480 lies at %d and 9100 at %d", i, j)
	}
	b.get("/tabs/dataset?q=number&page=3&sort=oldest").shows(t, 200, "51–62 of 62", `<span class="found">number</span>`)
	b.get("/tabs/dataset?page=9").shows(t, 404)
	all := b.get("/tabs/dataset?q=wrapping&columns=raw&columns=reactions&columns=forward_date&columns=duration&columns=mentions&columns=text")
	all.shows(t, 200, "1–1 of 1", `<span class="found">wrapping</span>`, "2024-02-02 11:04:00")
}
