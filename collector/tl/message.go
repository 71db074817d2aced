package tl

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl/telethon"
)

// Messages converts the messages, chats and users of one answer to a page, in the same order,
// without empty ones.
func (c Converter) Messages(ms []tg.MessageClass, chats []tg.ChatClass, users []tg.UserClass) collector.Page {
	return c.MessagesInto(nil, ms, chats, users)
}

// MessagesInto is Messages whose rows are written over those of an earlier page, which nobody
// needs any more, as far as these suffice: a row has 1 KB.
func (c Converter) MessagesInto(rows []collector.Message, ms []tg.MessageClass, chats []tg.ChatClass, users []tg.UserClass) collector.Page {
	page := collector.Page{
		Messages: slices.Grow(rows[:0], len(ms)),
		Peers:    c.Peers(chats, users),
	}
	peers := NewLookup(chats)
	var buf []byte
	for _, m := range ms {
		n := len(page.Messages)
		page.Messages = page.Messages[:n+1]
		page.Messages[n] = collector.Message{}
		if !c.row(&page.Messages[n], m, peers) {
			page.Messages = page.Messages[:n]
			continue
		}
		buf = c.raw(buf[:0], m)
		page.Messages[n].Raw = string(buf)
	}
	return page
}

// Message converts one message to its row; peers has the channels that it may be forwarded
// from. For an empty message ok is false: that id is absent.
//
// ChannelUsername, ChannelTitle, Source, FirstSeenAt, LastSeenAt and GoneAt are not in the
// object and stay zero. ChannelID is zero outside channels.
func (c Converter) Message(m tg.MessageClass, peers Lookup) (collector.Message, bool) {
	var msg collector.Message
	if !c.row(&msg, m, peers) {
		return msg, false
	}
	msg.Raw = string(c.raw(make([]byte, 0, 4096), m))
	return msg, true
}

// DecodedMessage is Message for an object of DecodeTelethon with its report: a counter missing
// in the JSON is null, and so is whether an edit is hidden; an action or media of an unknown
// class keeps its name.
func (c Converter) DecodedMessage(m tg.MessageClass, report telethon.DecodeReport, peers Lookup) (collector.Message, bool) {
	msg, ok := c.Message(m, peers)
	if !ok {
		return msg, false // without Raw, there is nothing to amend
	}
	if !report.Hides {
		msg.EditHidden = nil
	}
	msg.Raw = string(report.Amend([]byte(msg.Raw)))
	if report.Missing("views") {
		msg.Views = nil
	}
	if report.Missing("forwards") {
		msg.Forwards = nil
	}
	msg.Action = cmp.Or(report.Unknown("action"), msg.Action)
	msg.MediaType = cmp.Or(report.Unknown("media"), msg.MediaType)
	return msg, true
}

// raw appends the column raw of a row.
func (c Converter) raw(dst []byte, obj any) []byte {
	return telethon.Encoder{Pseudonym: c.Pseudonym}.AppendJSON(dst, obj)
}

// row sets all of a message's row except Raw.
func (c Converter) row(msg *collector.Message, m tg.MessageClass, peers Lookup) bool {
	switch m := m.(type) {
	case *tg.Message:
		c.spoken(msg, m, peers)
		return true
	case *tg.MessageService:
		c.service(msg, m)
		return true
	}
	return false
}

func (c Converter) spoken(msg *collector.Message, m *tg.Message, peers Lookup) {
	msg.ChannelID = channelID(m.PeerID)
	msg.ID = int64(m.ID)
	msg.Kind = collector.KindMessage
	msg.Date = date(m.Date)
	msg.EditDate = optionalDate(m.GetEditDate())
	hidden := m.EditHide
	msg.EditHidden = &hidden
	msg.Text = clean(m.Message)
	msg.PostAuthor = c.personal(m.PostAuthor)
	msg.FromType, msg.FromID = c.peer(m.FromID)
	msg.Views = count(m.GetViews())
	msg.Forwards = count(m.GetForwards())
	msg.AlbumID = m.GroupedID
	msg.ViaBotID = c.userID(m.ViaBotID)
	msg.Pinned = m.Pinned
	msg.NoForwards = m.Noforwards
	msg.Restricted = len(m.RestrictionReason) > 0
	if r, ok := m.GetReplies(); ok {
		msg.Replies = count(r.Replies, true)
		msg.RepliesChannelID = r.ChannelID
	}
	if r, ok := m.GetReactions(); ok {
		setReactions(msg, r)
	}
	if fwd, ok := m.GetFwdFrom(); ok {
		c.setForward(msg, fwd, peers)
		setThread(msg, m, fwd)
	}
	setReply(msg, m.ReplyTo)
	c.setText(msg, m.Entities)
	c.setButtons(msg, m.ReplyMarkup)
	c.setMedia(msg, m.Media)
	if rich, ok := m.GetRichMessage(); ok {
		c.setRich(msg, &rich)
	}
}

func (c Converter) service(msg *collector.Message, m *tg.MessageService) {
	msg.ChannelID = channelID(m.PeerID)
	msg.ID = int64(m.ID)
	msg.Kind = collector.KindService
	msg.Action = telethon.ClassOf(m.Action)
	msg.Date = date(m.Date)
	msg.FromType, msg.FromID = c.peer(m.FromID)
	if r, ok := m.GetReactions(); ok {
		setReactions(msg, r)
	}
	setReply(msg, m.ReplyTo)
	setTopic(msg, m.Action)
}

// setTopic sets the topic from a service message: its first message, and its title from then
// on.
func setTopic(msg *collector.Message, action tg.MessageActionClass) {
	switch a := action.(type) {
	case *tg.MessageActionTopicCreate:
		msg.TopicID, msg.TopicTitle = msg.ID, clean(a.Title)
	case *tg.MessageActionTopicEdit:
		msg.TopicTitle = clean(a.Title)
	}
}

// setForward sets where a message came from. Of a hidden user only the name is known; a
// channel's name is its title, if the answer has it.
func (c Converter) setForward(msg *collector.Message, fwd tg.MessageFwdHeader, peers Lookup) {
	msg.ForwardDate = optionalDate(fwd.Date, fwd.Date != 0)
	msg.ForwardMessageID = int64(fwd.ChannelPost)
	msg.ForwardPostAuthor = c.personal(fwd.PostAuthor)
	msg.ForwardFromName = c.personal(fwd.FromName)
	msg.ForwardFromType, msg.ForwardFromID = c.peer(fwd.FromID)
	if from, ok := peers[channelID(fwd.FromID)]; ok {
		msg.ForwardFromUsername, msg.ForwardFromName = from.Username, from.Title
	}
}

// setThread marks the automatic forward of a channel's message into its linked
// group: there the channel itself speaks, and the header says which of its
// messages it is. The comments are the replies to it.
// See https://core.telegram.org/api/discussion
func setThread(msg *collector.Message, m *tg.Message, fwd tg.MessageFwdHeader) {
	origin := channelID(fwd.SavedFromPeer)
	if origin == 0 || origin == msg.ChannelID || m.Post {
		return
	}
	if m.FromID != nil && channelID(m.FromID) != origin {
		return
	}
	msg.ThreadChannelID = origin
	msg.ThreadMessageID = int64(fwd.SavedFromMsgID)
}

// setReply sets which message this one replies to, if that is a channel's, and its forum topic.
// In a topic, a message that is not a reply has the topic's first message where others have the
// message they reply to. See https://core.telegram.org/api/forum
func setReply(msg *collector.Message, reply tg.MessageReplyHeaderClass) {
	r, ok := reply.(*tg.MessageReplyHeader)
	if !ok {
		return // none, or to a story
	}
	msg.ReplyToTopID = int64(r.ReplyToTopID)
	if r.ForumTopic {
		msg.TopicID = int64(r.ReplyToTopID)
		if r.ReplyToTopID == 0 && (r.ReplyToPeerID == nil || channelID(r.ReplyToPeerID) == msg.ChannelID) {
			msg.TopicID = int64(r.ReplyToMsgID)
			return
		}
	}
	if r.ReplyToPeerID == nil {
		msg.ReplyToMessageID = int64(r.ReplyToMsgID)
		return
	}
	id := channelID(r.ReplyToPeerID)
	if id == 0 {
		return // in a private chat or basic group
	}
	msg.ReplyToMessageID = int64(r.ReplyToMsgID)
	if id != msg.ChannelID {
		msg.ReplyToChannelID = id
	}
}

// setReactions sets the count of each reaction. A paid one counts stars, of which one person
// may give many: these are not counted as reactions.
// See https://core.telegram.org/api/reactions#paid-reactions
func setReactions(msg *collector.Message, r tg.MessageReactions) {
	var total int64
	msg.Reactions = slices.Grow(msg.Reactions, len(r.Results))
	for _, rc := range r.Results {
		out := collector.Reaction{Count: int64(rc.Count)}
		switch kind := rc.Reaction.(type) {
		case *tg.ReactionEmoji:
			out.Emoji = clean(kind.Emoticon)
		case *tg.ReactionCustomEmoji:
			out.CustomEmojiID = kind.DocumentID
		case *tg.ReactionPaid:
			msg.Stars = count(rc.Count, true)
			continue
		}
		total += out.Count
		msg.Reactions = append(msg.Reactions, out)
	}
	msg.ReactionsTotal = &total
}

// userID returns a user's id for a row, as a pseudonym if private. 0 remains 0.
func (c Converter) userID(id int64) int64 {
	if id == 0 || c.Pseudonym == nil {
		return id
	}
	return c.Pseudonym(id)
}

// personal returns a user's name, address or the like for a row, "" if private.
func (c Converter) personal(s string) string {
	if c.Pseudonym != nil {
		return ""
	}
	return clean(s)
}

// peer returns a peer's type and id for a row.
func (c Converter) peer(p tg.PeerClass) (string, int64) {
	switch p := p.(type) {
	case *tg.PeerUser:
		return collector.PeerUser, c.userID(p.UserID)
	case *tg.PeerChat:
		return collector.PeerChat, p.ChatID
	case *tg.PeerChannel:
		return collector.PeerChannel, p.ChannelID
	}
	return "", 0
}

// channelID returns the id of a channel peer, otherwise 0.
func channelID(p tg.PeerClass) int64 {
	if p, ok := p.(*tg.PeerChannel); ok {
		return p.ChannelID
	}
	return 0
}

// clean returns valid UTF-8: Telegram promises it, but does not guarantee it.
func clean(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func date(unix int) time.Time { return time.Unix(int64(unix), 0).UTC() }

func optionalDate(unix int, ok bool) *time.Time {
	if !ok {
		return nil
	}
	t := date(unix)
	return &t
}

func count(n int, ok bool) *int64 {
	if !ok {
		return nil
	}
	c := int64(n)
	return &c
}
