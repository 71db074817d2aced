package page

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
)

// TestMarks: Telegram's warnings are read from labels, never from a title.
func TestMarks(t *testing.T) {
	label := func(text string) string {
		return `<mark class="label"><span class="hidden"> [</span>` + text + `<span class="hidden">]</span></mark>`
	}
	for html, want := range map[string]marks{
		label("SCAM"):                   {scam: true},
		label("FAKE"):                   {fake: true},
		label("Scam") + label("fake"):   {scam: true, fake: true},
		`<i class="verified-icon"></i>`: {},
		`<span dir="auto">SCAM</span>`:  {},
		label("BOT"):                    {},
	} {
		for _, class := range []string{"tgme_channel_info_header_labels", "tgme_page_title"} {
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(`<div class="` + class + `">` + html + `</div>`))
			if err != nil {
				t.Fatal(err)
			}
			if got := parseMarks(doc.Find("." + class)); got != want {
				t.Errorf("%s: %+v, want %+v", html, got, want)
			}
		}
	}
}

func TestScamPage(t *testing.T) {
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(read(t, "found/preview/13-preview-scam.html")))
	if err != nil {
		t.Fatal(err)
	}
	ch, err := parseHeader(doc.Find(".tgme_channel_info").First()).Channel(7, Info{}, time.Unix(0, 0))
	if err != nil || !ch.Scam || ch.Fake || ch.Title != "Easy Pearls" || !strings.Contains(ch.Raw, `"scam":true`) {
		t.Errorf("%+v, %v", ch, err)
	}
	i, err := ReadInfo([]byte(`<div class="tgme_page"><div class="tgme_page_title"><span dir="auto">Pearls</span><mark class="label">FAKE</mark></div><div class="tgme_page_extra">5 subscribers</div></div>`))
	if err != nil || !i.fake || i.scam || i.title != "Pearls" {
		t.Errorf("%+v, %v", i, err)
	}
}

// TestDamagedPosts: a post without a date or a number is lost alone, and reported.
func TestDamagedPosts(t *testing.T) {
	post := func(id int) string { return samplePost(id, `<div class="tgme_widget_message_text">said</div>`) }
	undated := func(id int) string { return strings.ReplaceAll(post(id), `datetime="2024-01-01T00:00:00+00:00"`, "") }
	nameless := func(id int) string {
		return strings.ReplaceAll(post(id), fmt.Sprintf(`data-post="harbour/%d"`, id), "")
	}
	linked := func(id int) string {
		return strings.ReplaceAll(nameless(id), `href="#"`, fmt.Sprintf(`href="https://t.me/harbour/%d"`, id))
	}
	whole := func(ids ...string) []string { return ids }
	for name, tt := range map[string]struct {
		posts []string
		want  string // id and kind of each row; or a word of the error
	}{
		"no date":                       {whole(post(1), undated(2), post(3)), "1 message, 2 unreadable, 3 message"},
		"no date at first":              {whole(undated(1), post(2)), "1 unreadable, 2 message"},
		"no date at last":               {whole(post(1), undated(2)), "1 message, 2 unreadable"},
		"no number, its link has it":    {whole(post(1), linked(2), post(7)), "1 message, 2 message, 7 message"},
		"no number, one id between":     {whole(post(1), nameless(2), post(3)), "1 message, 2 unreadable, 3 message"},
		"no numbers, two ids between":   {whole(post(1), nameless(2), nameless(3), post(4)), "1 message, 2 unreadable, 3 unreadable, 4 message"},
		"no number, several it may be":  {whole(post(1), nameless(2), post(9)), "1 message, 9 message"},
		"no number at last":             {whole(post(1), post(2), nameless(3)), "1 message, 2 message"},
		"of all no date":                {whole(undated(1), undated(2)), "error: 2 messages, 2 with a number, 0 with a date"},
		"of all no number":              {whole(nameless(1), nameless(2), nameless(3)), "error: 3 messages, 0 with a number"},
		"out of order":                  {whole(post(3), undated(2)), "error: message 2 comes after 3"},
		"several in a row without date": {whole(post(1), undated(2), undated(3), post(4)), "1 message, 2 unreadable, 3 unreadable, 4 message"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Read([]byte(samplePage(tt.posts...)))
			if want, ok := strings.CutPrefix(tt.want, "error: "); ok {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, x := range p.Posts {
				rows, err := Reader{}.Rows(x)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range rows {
					got = append(got, fmt.Sprint(m.ID, " ", m.Kind))
					if m.ChannelID != 42 || m.Date.Format("2006-01-02") != "2024-01-01" {
						t.Errorf("message %d is of channel %d, %s", m.ID, m.ChannelID, m.Date)
					}
				}
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestCutPage: a page that ends within its last post is not one without a date.
func TestCutPage(t *testing.T) {
	whole := samplePage(samplePost(1, ""), samplePost(2, ""))
	at := strings.LastIndex(whole, "<time")
	if _, err := Read([]byte(whole[:at])); err == nil || !strings.Contains(err.Error(), "ends within message 2") {
		t.Errorf("got %v", err)
	}
	if _, err := parseEmbed([]byte(whole[:at])); err == nil {
		t.Error("an embedded message without a date was read")
	}
}
