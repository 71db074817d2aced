package page

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"

	"telegramtrac/collector"
)

// post is one block of a page: a message, or all messages of an album.
type post struct {
	Channel   string  // the username in its address
	channelID int64   // 0: not in the block
	ids       []int64 // ascending
	date      time.Time
	unread    string // why the block cannot be read; "" when it can
	Service   bool
	richText
	author  string // signature
	edited  bool
	views   *count
	viaBot  string
	forward *origin
	reply   string // address of the message it answers

	media       []media // by ids for an album, else at most one
	unsupported string  // the page's text in place of what it cannot show
	preview     *linkPreview
	poll        *poll
	reactions   []reaction
	buttons     []string // addresses under the message
}

func (p post) last() int64 { return p.ids[len(p.ids)-1] }

// origin is where a message was forwarded from.
type origin struct {
	name, author string
	link         string // "": none on the page
}

type linkPreview struct{ url, site, title, description string }

type poll struct {
	question, kind string
	options        []pollOption
	voters         *count
}

type pollOption struct {
	text    string
	percent *int32
}

type reaction struct {
	emoji   string
	emojiID int64
	paid    bool
	count   count
}

// AlbumSize is the most messages an album has.
const AlbumSize = 10

// parsePost reads a block. Without an id or a date it is unread; other unreadable details are
// omitted. A part of an album that cannot be placed is an error.
func parsePost(s *goquery.Selection) (post, error) {
	var p post
	var id int64
	p.channelID = channelID(s)
	if p.Channel, id = numberOf(s); id == 0 {
		p.unread = "no number"
		return p, nil
	}
	var err error
	if p.ids, err = albumIDs(s, p.Channel, id); err != nil {
		return p, err
	}
	if p.date, err = time.Parse(time.RFC3339, s.Find(".tgme_widget_message_date time").First().AttrOr("datetime", "")); err != nil {
		p.date, p.unread = time.Time{}, "no date"
		return p, nil
	}
	p.date = p.date.UTC()
	p.Service = s.HasClass("service_message")
	p.parseMeta(s)
	p.parseText(s)
	p.parseOrigin(s)
	p.media = parseMedia(s, p.ids)
	p.parseUnsupported(s)
	p.preview, p.poll, p.reactions = parseLinkPreview(s), parsePoll(s), parseReactions(s)
	s.Find("a.tgme_widget_message_inline_button").Each(func(_ int, b *goquery.Selection) {
		p.buttons = append(p.buttons, b.AttrOr("href", ""))
	})
	return p, nil
}

// numberOf reads the channel's username and the id of a block, or, if missing, from the link on
// its date. 0: neither has it.
func numberOf(s *goquery.Selection) (name string, id int64) {
	name, number, _ := strings.Cut(s.AttrOr("data-post", ""), "/")
	if id, err := strconv.ParseInt(number, 10, 32); err == nil && id > 0 && name != "" {
		return name, id
	}
	link, ok := collector.ParseTMe(s.Find("a.tgme_widget_message_date").First().AttrOr("href", ""))
	if !ok || link.Username == "" || link.MessageID > math.MaxInt32 {
		return "", 0
	}
	return link.Username, link.MessageID
}

// channelID reads the numeric id from the page's view counter (base64 of JSON in which c is
// minus the id), or from the address for embedding.
func channelID(s *goquery.Selection) int64 {
	raw := strings.TrimRight(s.AttrOr("data-view", ""), "=")
	if b, err := base64.RawURLEncoding.DecodeString(raw); err == nil {
		var view struct {
			C int64 `json:"c"`
		}
		if json.Unmarshal(b, &view) == nil && view.C < 0 {
			return -view.C
		}
	}
	if rest, ok := strings.CutPrefix(s.AttrOr("data-peer", ""), "c"); ok {
		number, _, _ := strings.Cut(rest, "_")
		if id, err := strconv.ParseInt(number, 10, 64); err == nil && id > 0 {
			return id
		}
	}
	return 0
}

// albumIDs returns the ids of a block. The parts of an album have addresses that end in
// ?single, as links in a text may. A part that cannot be placed is an error, because it would
// be lost.
func albumIDs(s *goquery.Selection, name string, first int64) ([]int64, error) {
	ids := []int64{first}
	var failed error
	s.Find(mediaElements).Each(func(_ int, a *goquery.Selection) {
		href := a.AttrOr("href", "")
		if !single(href) || a.Closest(".tgme_widget_message_reply").Length() > 0 {
			return
		}
		id, ok := singleID(href, name)
		if !ok {
			failed = fmt.Errorf("%q is no part of an album of @%s", href, name)
		}
		if !ok || slices.Contains(ids, id) {
			return
		}
		if id < first || id >= first+100 || len(ids) >= AlbumSize {
			failed = fmt.Errorf("message %d is no part of the album at %d", id, first)
			return
		}
		ids = append(ids, id)
	})
	slices.Sort(ids)
	return ids, failed
}

// single reports whether an address is that of a part of an album.
func single(href string) bool {
	u, err := url.Parse(href)
	return err == nil && u.Query().Has("single")
}

func singleID(href, name string) (int64, bool) {
	u, err := url.Parse(href)
	if err != nil || !single(href) {
		return 0, false
	}
	link, ok := collector.ParseTMe("https://t.me" + u.Path)
	return link.MessageID, ok && link.MessageID > 0 && strings.EqualFold(link.Username, name)
}

func (p *post) parseMeta(s *goquery.Selection) {
	if n, ok := parseCount(s.Find(".tgme_widget_message_views").First().Text()); ok {
		p.views = &n
	}
	meta := s.Find(".tgme_widget_message_meta").First()
	p.author = trimmed(meta.Find(".tgme_widget_message_from_author"))
	own := meta.Clone()
	own.Children().Remove()
	p.edited = strings.Contains(own.Text(), "edited")
	p.viaBot = strings.TrimPrefix(trimmed(s.Find(".tgme_widget_message_via_bot")), "@")
}

// parseText reads the message's text, without the text of the message it replies to.
func (p *post) parseText(s *goquery.Selection) {
	text := s.Find(".tgme_widget_message_text").FilterFunction(func(_ int, t *goquery.Selection) bool {
		return t.Closest(".tgme_widget_message_reply").Length() == 0
	}).First()
	if text.Length() > 0 {
		p.richText = render(text)
	}
}

func (p *post) parseOrigin(s *goquery.Selection) {
	from := s.Find(".tgme_widget_message_forwarded_from").First()
	if from.Length() > 0 {
		name := from.Find(".tgme_widget_message_forwarded_from_name").First()
		p.forward = &origin{
			name: trimmed(name), link: name.AttrOr("href", ""),
			author: strings.Trim(trimmed(from.Find(".tgme_widget_message_forwarded_from_author")), "()"),
		}
	}
	p.reply = s.Find("a.tgme_widget_message_reply").First().AttrOr("href", "")
}

// parseUnsupported reads the page's text in place of a message that it cannot show. If the page
// shows most of the message, the same text is hidden on it as a fallback.
func (p *post) parseUnsupported(s *goquery.Selection) {
	label := trimmed(s.Find(".message_media_not_supported_label"))
	if label == "Service message" {
		p.Service = true
	}
	if len(p.media) == 0 && p.text == "" && s.Find(".media_supported_cont").Length() == 0 {
		p.unsupported = label
	}
}

func parseLinkPreview(s *goquery.Selection) *linkPreview {
	a := s.Find("a.tgme_widget_message_link_preview").First()
	if a.Length() == 0 {
		return nil
	}
	l := &linkPreview{
		url: a.AttrOr("href", ""), site: trimmed(a.Find(".link_preview_site_name")), title: trimmed(a.Find(".link_preview_title")),
	}
	if d := a.Find(".link_preview_description").First(); d.Length() > 0 {
		l.description = render(d).text
	}
	return l
}

func parsePoll(s *goquery.Selection) *poll {
	in := s.Find(".tgme_widget_message_poll").First()
	if in.Length() == 0 {
		return nil
	}
	p := &poll{question: trimmed(in.Find(".tgme_widget_message_poll_question")), kind: trimmed(in.Find(".tgme_widget_message_poll_type"))}
	in.Find(".tgme_widget_message_poll_option").Each(func(_ int, o *goquery.Selection) {
		option := pollOption{text: trimmed(o.Find(".tgme_widget_message_poll_option_text"))}
		percent := strings.TrimSuffix(trimmed(o.Find(".tgme_widget_message_poll_option_percent")), "%")
		if n, err := strconv.ParseInt(percent, 10, 32); err == nil && n >= 0 && n <= 100 {
			option.percent = new(int32)
			*option.percent = int32(n)
		}
		p.options = append(p.options, option)
	})
	if n, ok := parseCount(trimmed(s.Find(".tgme_widget_message_voters"))); ok {
		p.voters = &n
	}
	return p
}

func parseReactions(s *goquery.Selection) []reaction {
	var out []reaction
	s.Find(".tgme_widget_message_reactions .tgme_reaction").Each(func(_ int, in *goquery.Selection) {
		r := reaction{paid: in.HasClass("tgme_reaction_paid")}
		custom := in.Find("tg-emoji").First()
		if id, err := strconv.ParseInt(custom.AttrOr("emoji-id", ""), 10, 64); err == nil && id > 0 {
			r.emojiID = id
		} else {
			r.emoji = trimmed(in.Find(".emoji"))
		}
		own := in.Clone()
		own.Children().Remove()
		n, ok := parseCount(own.Text())
		if r.count = n; ok && (r.paid || r.emojiID != 0 || r.emoji != "") {
			out = append(out, r)
		}
	})
	return out
}

// trimmed is the text of the first element of a selection.
func trimmed(s *goquery.Selection) string {
	return strings.Join(strings.Fields(s.First().Text()), " ")
}
