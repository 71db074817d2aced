// Package page reads what Telegram's web preview answers with: the pages t.me/s/<channel> with
// messages, and t.me/<name>, which says who has a name. It makes them rows.
//
// A page has about twenty messages, with an album as one block. One way leads through it: the
// page (page.go), its blocks (block.go, text.go, media.go, number.go), blocks that cannot be read
// (unread.go), rows (row.go).
package page

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// ErrForeign is of an answer that this package cannot read.
var ErrForeign = errors.New("not a web page")

// Page is one page of a channel's history.
type Page struct {
	header
	Posts []post // ascending by first id
	Older bool   // the page says that there are older ones
}

// header is the channel's data on every page.
type header struct {
	Username string
	title    string
	about    string
	Photo    string // address
	verified bool
	marks
	participants *count            // nil: missing, or not a number
	counters     map[string]string // all counters as on the page: photos → 1.2K
}

// Read reads a page t.me/s/<name>. Damage is an error: an unreadable message must not
// count as absent.
func Read(body []byte) (Page, error) {
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		return Page{}, fmt.Errorf("read page: %w", err)
	}
	info := doc.Find(".tgme_channel_info").First()
	if info.Length() == 0 || doc.Find(".tgme_channel_history").Length() == 0 {
		return Page{}, fmt.Errorf("read page: %w: it has no channel", ErrForeign)
	}
	p := Page{header: parseHeader(info)}
	p.Older = doc.Find(`link[rel="prev"], .tme_messages_more[data-before]`).Length() > 0
	p.Posts, err = parsePosts(doc.Find(".tgme_channel_history"))
	if err != nil {
		return Page{}, fmt.Errorf("read page of @%s: %w", p.Username, err)
	}
	if n := len(p.Posts); n > 0 && p.Posts[n-1].unread != "" && !bytes.Contains(body, []byte("</html>")) {
		return Page{}, fmt.Errorf("read page of @%s: it ends within message %d", p.Username, p.Posts[n-1].ids[0])
	}
	return p, nil
}

func parseHeader(info *goquery.Selection) header {
	h := header{
		counters: map[string]string{},
		title:    strings.TrimSpace(info.Find(".tgme_channel_info_header_title").First().Text()),
		Photo:    info.Find(".tgme_page_photo_image img").First().AttrOr("src", ""),
		verified: info.Find(".tgme_channel_info_header_labels .verified-icon").Length() > 0,
		marks:    parseMarks(info.Find(".tgme_channel_info_header_labels, .tgme_channel_info_header_title_wrap")),
	}
	h.Username = strings.TrimPrefix(strings.TrimSpace(info.Find(".tgme_channel_info_header_username").First().Text()), "@")
	if about := info.Find(".tgme_channel_info_description").First(); about.Length() > 0 {
		h.about = render(about).text
	}
	info.Find(".tgme_channel_info_counter").Each(func(_ int, c *goquery.Selection) {
		kind := trimmed(c.Find(".counter_type"))
		if value := trimmed(c.Find(".counter_value")); kind != "" && value != "" {
			h.counters[kind] = value
		}
		if n, ok := parseCount(c.Find(".counter_value").Text()); ok &&
			(strings.HasPrefix(kind, "subscriber") || strings.HasPrefix(kind, "member")) {
			h.participants = &n
		}
	})
	return h
}

// marks are the warnings in labels beside a channel's title.
type marks struct{ scam, fake bool }

// parseMarks reads the labels in a heading, without the title itself, which the channel's owner
// wrote.
func parseMarks(in *goquery.Selection) marks {
	var m marks
	in.Find(".label").Each(func(_ int, label *goquery.Selection) {
		own := label.Clone()
		own.Find(".hidden").Remove() // brackets for screen readers
		switch strings.ToUpper(trimmed(own)) {
		case "SCAM":
			m.scam = true
		case "FAKE":
			m.fake = true
		}
	})
	return m
}

// parsePosts reads the blocks of a page or of the embedded form of one message. A block without
// a date or a number loses only that block; if no block of a page has one, the format is
// unknown, which is an error.
func parsePosts(in *goquery.Selection) ([]post, error) {
	var blocks []post
	var failed error
	in.Find(".tgme_widget_message:not(.err_message)").EachWithBreak(func(_ int, s *goquery.Selection) bool {
		p, err := parsePost(s)
		blocks, failed = append(blocks, p), err
		return err == nil
	})
	if failed != nil {
		return nil, failed
	}
	posts, err := numbered(blocks)
	if err != nil {
		return nil, err
	}
	for i, p := range posts {
		switch {
		case i > 0 && p.ids[0] <= posts[i-1].ids[0]:
			return nil, fmt.Errorf("message %d comes after %d", p.ids[0], posts[i-1].ids[0])
		case p.channelID != posts[0].channelID:
			return nil, fmt.Errorf("message %d is of channel %d, others of %d", p.ids[0], p.channelID, posts[0].channelID)
		}
	}
	return posts, nil
}

// ChannelID is the numeric id that the page's messages carry, 0 when it has none.
func (p Page) ChannelID() int64 {
	if len(p.Posts) == 0 {
		return 0
	}
	return p.Posts[0].channelID
}

// Lowest and highest are ids of messages of the page; 0 when it has none.
func (p Page) Lowest() int64 {
	if len(p.Posts) == 0 {
		return 0
	}
	return p.Posts[0].ids[0]
}

func (p Page) Highest() int64 {
	var top int64
	for _, x := range p.Posts { // an album may end above the message that follows it
		top = max(top, x.last())
	}
	return top
}

// Next returns the id above which the next page begins: that of the last post, because other
// posts may be between the parts of an album. If that is not higher, it is the highest id.
func (p Page) Next(above int64) int64 {
	if n := len(p.Posts); n > 0 && p.Posts[n-1].ids[0] > above {
		return p.Posts[n-1].ids[0]
	}
	return p.Highest()
}

// Split returns the page's newest message older than a time, and its oldest that is not; 0 for
// none. If messages are out of order, the newest older one counts.
func (p Page) Split(t time.Time) (older, newer int64) {
	for _, x := range p.Posts {
		switch {
		case x.date.Before(t):
			older, newer = x.last(), 0
		case newer == 0:
			newer = x.ids[0]
		}
	}
	return older, newer
}
