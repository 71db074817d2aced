package content

import (
	"fmt"
	"html"
	"unicode/utf8"

	"telegramtrac/collector"
	"telegramtrac/views"
)

// Limits for what a page shows of one message, and for all its messages. Telegram's own texts
// end at 4,096 characters and 100 marks; imported files may have more.
const (
	textShown  = 4096    // characters of a text, unless all of it was asked for
	textWhole  = 150_000 // characters of a text if all of it was asked for
	marksShown = 200     // links and the like in a text, and as many search matches
	nameShown  = 300     // characters of a name or a title
	partsShown = 30      // answers of a poll, reactions
	hrefShown  = 2048    // bytes of an address that is a link

	itemsRoom = 1 << 20 // bytes of a page's messages, after which the rest are short
	textShort = 280     // characters of a short message's text
)

// sized cuts a message to what a page shows, with at most most characters of text, and reports
// whether some text was cut. A short message has only text.
func sized(m collector.Message, most int) (_ collector.Message, cut bool) {
	m.Text, cut = cutText(m.Text, most)
	if most == textShort {
		cut = cut || len(m.Entities) > 0
		m.Entities, m.Reactions, m.URL = nil, nil, ""
	}
	m.Entities = fewer(m.Entities)
	for _, s := range []*string{&m.ChannelTitle, &m.PostAuthor, &m.ForwardFromName, &m.FileName, &m.VenueTitle, &m.Domain, &m.URLTitle,
		&m.MediaType, &m.Action, &m.MIMEType} {
		*s = views.Shorten(*s, nameShown)
	}
	if len(m.URL) > hrefShown {
		m.URL = ""
	}
	m.PollQuestion = views.Shorten(m.PollQuestion, nameShown)
	m.PollResults = append(m.PollResults[:0:0], m.PollResults[:min(len(m.PollResults), partsShown)]...)
	for i := range m.PollResults {
		m.PollResults[i].Text = views.Shorten(m.PollResults[i].Text, nameShown)
	}
	m.Reactions = append(m.Reactions[:0:0], m.Reactions[:min(len(m.Reactions), partsShown)]...)
	for i := range m.Reactions {
		m.Reactions[i].Emoji = views.Shorten(m.Reactions[i].Emoji, partsShown)
	}
	return m, cut
}

// fewer returns the first entities of a text, counting search matches separately. It drops
// links whose addresses are too long.
func fewer(entities []collector.Entity) []collector.Entity {
	var out []collector.Entity
	var marks, found int
	for _, e := range entities {
		n := &marks
		if e.Type == views.Found {
			n = &found
		}
		if *n++; *n > marksShown || len(e.URL) > hrefShown || e.Type == "MessageEntityUrl" && e.Length > hrefShown {
			continue
		}
		out = append(out, e)
	}
	return out
}

// cutText cuts a text to at most n characters.
func cutText(s string, n int) (_ string, cut bool) {
	if len(s) <= n {
		return s, false
	}
	for i := range s {
		if n == 0 {
			return s[:i], true
		}
		n--
	}
	return s, false
}

// sizeOf estimates how many bytes an item takes on the page.
func sizeOf(item *views.MessageItem) int {
	n := 0
	for _, s := range item.Text {
		n += len(html.EscapeString(s.Text)) + 2*len(s.Href) + len(s.Class) + 20
		if s.Href != "" {
			n += 70
		}
	}
	if p := item.Preview; p != nil {
		n += 2*len(p.Href) + len(html.EscapeString(p.Title+p.Description+p.Domain))
	}
	return n
}

// allOf is the address that shows all of a message's text.
func allOf(m *collector.Message) string {
	return fmt.Sprintf("/tabs/messages?channel=%d&at=%d&whole=1#m-%d-%d", m.ChannelID, m.ID, m.ChannelID, m.ID)
}

// left is how many characters of a text even that address does not show.
func left(text string) int64 { return int64(max(0, utf8.RuneCountInString(text)-textWhole)) }
