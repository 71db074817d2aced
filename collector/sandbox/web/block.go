package web

import (
	"encoding/base64"
	"fmt"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world"
)

// block is what the template shows of a message, or of the messages of an album.
type block struct {
	Name, Title string // of the channel
	ID          int
	Date        time.Time
	View        string // what the page's view counter sends
	Service     string // what a service message says; "": it is none

	ViaBot         string
	Forward, Reply *link
	Tiles          []tile
	Rich           bool
	Text           string // HTML
	Link           *tg.WebPage
	Reacted        bool
	Reactions      []reaction
	Views, Author  string
	Edited         bool
}

// link leads to where a message came from, or to the one that it answers.
type link struct{ Name, Href, Author string }

type reaction struct {
	Emoji  string
	Custom int64 // id of a custom emoji; neither: paid
	Count  int64
}

func (h *Handler) blockOf(c *world.Channel, parts []tg.MessageClass) block {
	first := parts[0]
	b := block{
		Name: c.Name(), Title: c.TL.Title, ID: first.GetID(),
		View: base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"c":-%d,"p":%d,"t":1,"h":"0"}`, c.TL.ID, first.GetID())),
	}
	switch m := first.(type) {
	case *tg.MessageService:
		b.Date, b.Service = at(m.Date), service(m)
	case *tg.Message:
		b.Date = at(m.Date)
		h.fill(&b, c, m, parts)
	}
	return b
}

func at(unix int) time.Time { return time.Unix(int64(unix), 0).UTC() }

func service(m *tg.MessageService) string {
	switch a := m.Action.(type) {
	case *tg.MessageActionChannelCreate:
		return "Channel created"
	case *tg.MessageActionChatEditPhoto:
		return "Channel photo updated"
	case *tg.MessageActionChatEditTitle:
		return "Channel name was changed to «" + a.Title + "»"
	case *tg.MessageActionPinMessage:
		return "Somebody pinned a message"
	}
	return "Service message"
}

func (h *Handler) fill(b *block, c *world.Channel, m *tg.Message, parts []tg.MessageClass) {
	if bot, found := h.world.User(m.ViaBotID); found {
		b.ViaBot = bot.Username
	}
	b.Forward, b.Reply = h.forward(m), h.reply(c, m)
	caption := m
	for _, part := range parts {
		p, ok := part.(*tg.Message)
		if !ok {
			continue
		}
		if p.Message != "" && caption.Message == "" {
			caption = p
		}
		t := tile{Href: fmt.Sprintf("https://t.me/%s/%d", b.Name, p.ID)}
		if len(parts) > 1 {
			t.Href, t.Class = t.Href+"?single", " grouped_media_wrap"
		}
		t.show(p.Media)
		b.Tiles = append(b.Tiles, t)
	}
	b.Rich = !m.RichMessage.Zero() // how t.me shows these is not known
	b.Text = rich(caption.Message, caption.Entities)
	if media, ok := m.Media.(*tg.MessageMediaWebPage); ok {
		b.Link, _ = media.Webpage.(*tg.WebPage)
	}
	b.react(m)
	if n, ok := m.GetViews(); ok {
		b.Views = short(int64(n))
	}
	_, edited := m.GetEditDate()
	b.Author, b.Edited = m.PostAuthor, edited && !m.EditHide
}

func (b *block) react(m *tg.Message) {
	var r tg.MessageReactions
	r, b.Reacted = m.GetReactions()
	for _, x := range r.Results {
		shown := reaction{Count: int64(x.Count)}
		switch kind := x.Reaction.(type) {
		case *tg.ReactionEmoji:
			shown.Emoji = kind.Emoticon
		case *tg.ReactionCustomEmoji:
			shown.Custom = kind.DocumentID
		case *tg.ReactionPaid:
		default:
			continue
		}
		b.Reactions = append(b.Reactions, shown)
	}
}

// forward returns the origin of a message: channels with a link to the message, people with a
// link where they have a username, others without.
func (h *Handler) forward(m *tg.Message) *link {
	from, ok := m.GetFwdFrom()
	if !ok {
		return nil
	}
	l := &link{Name: from.FromName, Author: from.PostAuthor}
	switch p := from.FromID.(type) {
	case *tg.PeerChannel:
		if c, ok := h.world.Channel(p.ChannelID); ok {
			l.Name = c.TL.Title
			if c.Name() != "" {
				l.Href = fmt.Sprintf("https://t.me/%s/%d", c.Name(), from.ChannelPost)
			}
		}
	case *tg.PeerUser:
		if u, ok := h.world.User(p.UserID); ok {
			l.Name = u.FirstName
			if u.Username != "" {
				l.Href = "https://t.me/" + u.Username
			}
		}
	}
	return l
}

// reply returns the message that a message answers; nil: none, or it was deleted.
func (h *Handler) reply(c *world.Channel, m *tg.Message) *link {
	header, ok := m.ReplyTo.(*tg.MessageReplyHeader)
	if !ok {
		return nil
	}
	if p, ok := header.ReplyToPeerID.(*tg.PeerChannel); ok && p.ChannelID != c.TL.ID {
		if c, ok = h.world.Channel(p.ChannelID); !ok || c.Name() == "" {
			return nil
		}
	}
	if i := c.Log.Search(header.ReplyToMsgID); i >= c.Log.Len() || c.Log.ID(i) != header.ReplyToMsgID {
		return nil
	}
	return &link{Name: c.TL.Title, Href: fmt.Sprintf("https://t.me/%s/%d", c.Name(), header.ReplyToMsgID)}
}
