package handlers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
)

// large fills a workspace with a page of the largest messages that files can contain.
func large(t testing.TB, s *site, workspace string) {
	t.Helper()
	d, err := s.dataset("", workspace)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat(`"<&>" `, 11_000) + "its end" // 64 KB, and more when it is escaped
	part := collector.Part{ChannelID: 1009, Source: "telegram", ObservedAt: noon, Range: collector.Range{Lo: 1, Hi: 50}}
	for id := int64(1); id <= 50; id++ {
		m := collector.Message{
			ChannelID: 1009, ChannelUsername: "large", ChannelTitle: long, ID: id, Date: noon, Kind: collector.KindMessage, Text: long,
			PostAuthor: long, FileName: long,
			MediaType: "MessageMediaDocument", ForwardFromType: collector.PeerUser, ForwardFromName: long, URL: "https://example.org/" + long,
			URLTitle: long, URLDescription: long, PollQuestion: long,
		}
		for i := range int32(300) {
			m.Entities = append(m.Entities,
				collector.Entity{Type: "MessageEntityTextUrl", Offset: i, Length: 60_000,
					URL: fmt.Sprintf("https://example.org/%d/%s", i, strings.Repeat("x", 1900))})
			m.Reactions = append(m.Reactions, collector.Reaction{Emoji: long[:100], Count: 1})
			m.PollResults = append(m.PollResults, collector.PollResult{Text: "an answer"})
		}
		part.Messages = append(part.Messages, m)
	}
	w := d.Writer(2)
	if err := w.PutChannel(t.Context(), collector.Channel{ID: 1009, Username: "large", Title: "Large", Kind: "broadcast"}); err != nil {
		t.Fatal(err)
	}
	if err := w.PutPart(t.Context(), part); err != nil {
		t.Fatal(err)
	}
}

// TestPageSize: no page of data is larger than 2 MB, whatever was imported, and every text can
// be read in full.
func TestPageSize(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	b.submit("@alpha")
	w, _ := onlyCollection(s)
	large(t, s, w)
	const most = 2_000_000
	for _, path := range []string{
		"/tabs/messages", "/tabs/messages?channel=1009", "/tabs/messages?channel=1009&q=end", "/tabs/messages?channel=1009&q=*e*",
		"/tabs/messages?channel=1009&at=7&whole=1",
		"/tabs/metadata?channel=1009", "/tabs/dataset",
		"/tabs/dataset?columns=text&columns=entities&columns=reactions&columns=raw&columns=poll_results",
	} {
		began := time.Now()
		r := b.get(path)
		took := time.Since(began)
		r.shows(t, 200)
		t.Logf("%s: %d bytes in %v", path, len(r.body), took)
		if len(r.body) > most {
			t.Errorf("%s has %d bytes", path, len(r.body))
		}
	}
	page := b.get("/tabs/messages?channel=1009")
	page.shows(t, 200, `<a href="/tabs/messages?channel=1009&amp;at=7&amp;whole=1#m-1009-7">Show all</a>`)
	page.lacks(t, "its end")
	b.get("/tabs/messages?channel=1009&at=7&whole=1").shows(t, 200, "its end</")
}
