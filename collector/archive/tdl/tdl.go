// Package tdl reads the chat exports of tdl, which contain gotd's objects as Go writes them.
package tdl

import (
	"cmp"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/tl/telethon"
)

// errOtherChat means that a file's chat is not a channel.
var errOtherChat = errors.New("no channel")

// Read reads a chat export of tdl: {"id": …, "messages": […]}. With --with-content, a message
// has its date and text; with --raw, it is Telegram's object as Go writes it: complete, except
// for the kinds of some parts. Without either, there is no date.
func Read(r *input.Reader, m *input.Member) error {
	seen := map[int64]time.Time{}
	topics := input.Forums{}
	err := tdlMessages(r, m, func(s *input.Stream, id int64, v json.RawMessage) error {
		msg, err := parseTDL(s, v)
		if err != nil {
			return err
		}
		if msg.Raw.PeerID.UserID != 0 || msg.Raw.PeerID.ChatID != 0 { // all messages are of one chat
			return errOtherChat
		}
		if msg.Raw.inTopic() {
			topics.Of(id)
		}
		for _, unix := range []int64{msg.date(), msg.Raw.EditDate} {
			input.Newer(seen, id, time.Unix(unix, 0).UTC())
		}
		return nil
	})
	if errors.Is(err, errOtherChat) {
		return r.NotOfChannels(m)
	}
	if err != nil {
		return err
	}
	b := r.Batch(seen)
	err = tdlMessages(r, m, func(s *input.Stream, id int64, v json.RawMessage) error {
		msg, err := parseTDL(s, v)
		if err != nil {
			return err
		}
		r.DropKeys(msg.dropped)
		row := tdlRow(r, id, msg, v)
		topics.Place(&row)
		return b.Put(row)
	})
	if err != nil {
		return err
	}
	return b.End(m, input.KindTDL)
}

func tdlMessages(r *input.Reader, m *input.Member, do func(s *input.Stream, channelID int64, v json.RawMessage) error) error {
	var id int64
	return r.Answer(m, func(s *input.Stream, key string) error {
		switch key {
		case "id":
			v, err := s.Value()
			if err != nil {
				return err
			}
			if err := json.Unmarshal(v, &id); err != nil {
				return s.Bad("id", "the id of a chat is a number", v)
			}
			if id, err = input.BareID(id); err != nil {
				return s.Bad("id", input.Plain(err), v)
			}
			return nil
		case "messages":
			if id == 0 {
				return s.WrongAt(s.Dec.InputOffset(), "id", "there is no id of the chat before its messages")
			}
			return s.Each(func(v json.RawMessage) error { return do(s, id, v) })
		}
		return s.Skip()
	})
}

// tdlRow makes the row of a message.
func tdlRow(r *input.Reader, channelID int64, m *tdlMessage, raw json.RawMessage) collector.Message {
	o := &m.Raw
	text := m.Text
	if o.Message != "" {
		text = o.Message
	}
	text, marks, rich := o.RichMessage.took(text, o.Entities)
	msg := &tg.Message{ID: int(m.ID), PeerID: &tg.PeerChannel{ChannelID: channelID}, Date: int(m.date()), Message: text,
		Entities: goEntities(marks, text), PostAuthor: o.PostAuthor, ViaBotID: o.ViaBotID, GroupedID: o.GroupedID,
		Pinned: o.Pinned, Noforwards: o.Noforwards, Post: o.Post, EditHide: o.EditHide}
	if o.EditDate > 0 {
		msg.SetEditDate(int(o.EditDate))
	}
	if peer := o.FromID.peer(); peer != nil {
		msg.SetFromID(peer)
	}
	if o.Flags&flagViews != 0 {
		msg.SetViews(o.Views)
		msg.SetForwards(o.Forwards)
	}
	if o.Flags&flagReplies != 0 {
		msg.SetReplies(tg.MessageReplies{Replies: o.Replies.Replies, ChannelID: o.Replies.ChannelID})
	}
	if o.Flags&flagForward != 0 {
		msg.SetFwdFrom(tg.MessageFwdHeader{FromID: o.FwdFrom.FromID.peer(), FromName: o.FwdFrom.FromName, Date: o.FwdFrom.Date,
			ChannelPost: o.FwdFrom.ChannelPost, PostAuthor: o.FwdFrom.PostAuthor})
	}
	if o.Flags&flagReply != 0 && o.ReplyTo.ReplyToMsgID != 0 {
		msg.SetReplyTo(&tg.MessageReplyHeader{ForumTopic: o.ReplyTo.ForumTopic, ReplyToMsgID: o.ReplyTo.ReplyToMsgID,
			ReplyToTopID: o.ReplyTo.ReplyToTopID, ReplyToPeerID: o.ReplyTo.ReplyToPeerID.peer()})
	}
	if o.Flags&flagReactions != 0 {
		msg.SetReactions(m.reactions())
	}
	msg.Media = o.Media.media()
	row, _ := r.Conv.Message(msg, nil)
	row.ID, row.Source = m.ID, collector.SourceTDL
	if o.ID == 0 { // exported without the whole object
		row.EditHidden = nil
	}
	row.Rich = rich
	for _, line := range o.ReplyMarkup.Rows {
		for _, b := range line.Buttons {
			r.AddButton(&row, cmp.Or(b.URL, b.Type.URL))
		}
	}
	if row.MediaType == "" && m.File != "" {
		row.MediaType = "MessageMediaDocument" // or a photo, which tdl also exports with a file name
		if strings.HasSuffix(m.File, ".jpg") {
			row.MediaType = "MessageMediaPhoto"
		} else {
			row.FileName = m.File
		}
	}
	row.Raw = string(Raw(r, raw))
	return row
}

func (m *tdlMessage) reactions() tg.MessageReactions {
	var out tg.MessageReactions
	for _, re := range m.Raw.Reactions.Results {
		count := tg.ReactionCount{Count: re.Count}
		switch {
		case re.Reaction.Emoticon != "":
			count.Reaction = &tg.ReactionEmoji{Emoticon: re.Reaction.Emoticon}
		case re.Reaction.DocumentID != 0:
			count.Reaction = &tg.ReactionCustomEmoji{DocumentID: re.Reaction.DocumentID}
		default:
			count.Reaction = &tg.ReactionPaid{}
		}
		out.Results = append(out.Results, count)
	}
	return out
}

// goEntities infers the kinds of entities from their fields and the marked text. Where neither
// helps, the entity is of Telegram's unknown kind.
func goEntities(list []goEntity, text string) []tg.MessageEntityClass {
	units := utf16.Encode([]rune(text))
	var out []tg.MessageEntityClass
	for _, e := range list {
		if e.Offset < 0 || e.Offset > len(units) || e.Length <= 0 || e.Length > len(units)-e.Offset {
			continue
		}
		span := "" // longer spans are not links
		if e.Length <= 2048 {
			span = string(utf16.Decode(units[e.Offset : e.Offset+e.Length]))
		}
		class := "MessageEntityUnknown"
		switch {
		case e.URL != "":
			class = "MessageEntityTextUrl"
		case e.UserID != 0:
			class = "MessageEntityMentionName"
		case e.DocumentID != 0:
			class = "MessageEntityCustomEmoji"
		case strings.HasPrefix(span, "@") && collector.IsUsername(span[1:]):
			class = "MessageEntityMention"
		case strings.HasPrefix(span, "#") && !strings.ContainsAny(span, " \n"):
			class = "MessageEntityHashtag"
		case strings.HasPrefix(span, "http://"), strings.HasPrefix(span, "https://"), strings.HasPrefix(span, "t.me/"):
			class = "MessageEntityUrl"
		}
		out = append(out, telethon.Entity(class, e.Offset, e.Length, e.URL))
	}
	return out
}

func (m goMedia) media() tg.MessageMediaClass {
	switch {
	case m.Photo != nil && m.Photo.ID != 0:
		photo := &tg.Photo{ID: m.Photo.ID}
		for _, s := range m.Photo.Sizes {
			if len(s.Sizes) > 0 {
				photo.Sizes = append(photo.Sizes, &tg.PhotoSizeProgressive{W: s.W, H: s.H, Sizes: s.Sizes})
			} else if s.W > 0 {
				photo.Sizes = append(photo.Sizes, &tg.PhotoSize{W: s.W, H: s.H, Size: s.Size})
			}
		}
		out := &tg.MessageMediaPhoto{}
		out.SetPhoto(photo)
		return out
	case m.Document != nil && m.Document.ID != 0:
		doc := &tg.Document{ID: m.Document.ID, MimeType: m.Document.MimeType, Size: m.Document.Size}
		for _, a := range m.Document.Attributes {
			switch {
			case a.FileName != "":
				doc.Attributes = append(doc.Attributes, &tg.DocumentAttributeFilename{FileName: a.FileName})
			case a.Duration > 0 && a.W > 0:
				doc.Attributes = append(doc.Attributes, &tg.DocumentAttributeVideo{Duration: a.Duration, W: a.W, H: a.H})
			case a.Duration > 0:
				doc.Attributes = append(doc.Attributes, &tg.DocumentAttributeAudio{Duration: int(a.Duration)})
			case a.W > 0:
				doc.Attributes = append(doc.Attributes, &tg.DocumentAttributeImageSize{W: a.W, H: a.H})
			}
		}
		out := &tg.MessageMediaDocument{}
		out.SetDocument(doc)
		return out
	case m.Webpage != nil:
		return &tg.MessageMediaWebPage{Webpage: &tg.WebPage{URL: m.Webpage.URL, Title: m.Webpage.Title, Description: m.Webpage.Description}}
	}
	return nil
}
