package pyrogram

import (
	"cmp"
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/desktop"
	"telegramtrac/collector/archive/input"
)

// pyroRow makes the row of a message. Text, entities, forwards and replies are converted like
// Telegram's own objects.
func pyroRow(r *input.Reader, m *pyroMessage, raw json.RawMessage) collector.Message {
	id := m.Chat.channel()
	text, marks := m.Text, m.Marks
	if text == "" {
		text, marks = m.Caption, m.Captioned
	}
	msg := &tg.Message{ID: int(m.ID), PeerID: &tg.PeerChannel{ChannelID: id}, Date: int(m.Date.at.Unix()), Message: text,
		Entities:   pyroEntities(marks),
		PostAuthor: m.Author, ViaBotID: m.ViaBot.ID, GroupedID: int64(m.Album), Noforwards: m.Protected}
	if !m.Edited.at.IsZero() {
		msg.SetEditDate(int(m.Edited.at.Unix()))
	}
	if peer := m.speaker(id); peer != nil {
		msg.SetFromID(peer)
	}
	if fwd, ok := m.forward(); ok {
		msg.SetFwdFrom(fwd)
	}
	if m.ReplyTo > 0 {
		msg.SetReplyTo(&tg.MessageReplyHeader{ReplyToMsgID: int(m.ReplyTo), ReplyToTopID: int(m.ReplyTop)})
	}
	row, _ := r.Conv.Message(msg, nil)
	row.ID, row.ChannelUsername, row.ChannelTitle, row.Source = m.ID, m.Chat.Username, m.Chat.Title, collector.SourcePyrogram
	row.Views, row.Forwards, row.EditHidden = m.Views, m.Forwards, m.EditHidden
	m.setTopic(&row)
	if row.ForwardFromType == collector.PeerChannel {
		row.ForwardFromUsername, row.ForwardFromName = m.ForwardChat.Username, m.ForwardChat.Title
	}
	if m.Service != "" {
		row.Kind, row.Action, row.EditHidden = collector.KindService, pyroActions[lastWord(m.Service)], nil
		if row.Action == "" {
			r.Report.Dropped["the action "+input.Short(m.Service)]++
		}
	}
	input.SetReactions(&row, m.reactions())
	pyroMedia(r, m, &row)
	for _, b := range slices.Concat(m.Markup.Rows...) {
		for _, address := range []string{b.URL, string(b.SignIn), string(b.WebApp)} {
			r.AddButton(&row, address)
		}
	}
	row.Raw = string(Raw(r, raw))
	return row
}

// setTopic fills in a forum message's topic. A reply to a topic's first message is just a post
// in the topic, not a reply. https://core.telegram.org/api/forum
func (m *pyroMessage) setTopic(row *collector.Message) {
	switch {
	case m.InTopic, m.OfTopic, m.Topic.ID > 0:
		row.TopicID, row.TopicTitle = cmp.Or(m.Thread, m.Topic.ID, collector.General), m.Topic.Title
	case m.Chat.Forum:
		row.TopicID = collector.General
	}
	if row.TopicID != 0 && row.ReplyToMessageID == row.TopicID {
		row.ReplyToMessageID = 0
	}
}

// speaker returns the sender: nil where it is the channel itself.
func (m *pyroMessage) speaker(channelID int64) tg.PeerClass {
	switch sender := m.Sender.channel(); {
	case m.From.ID > 0:
		return &tg.PeerUser{UserID: m.From.ID}
	case sender != 0 && (sender != channelID || !strings.EqualFold(lastWord(m.Chat.Type), "channel")):
		return &tg.PeerChannel{ChannelID: sender}
	}
	return nil
}

func (m *pyroMessage) forward() (tg.MessageFwdHeader, bool) {
	fwd := tg.MessageFwdHeader{FromName: m.ForwardName, ChannelPost: int(m.ForwardID), PostAuthor: m.ForwardAuthor}
	if !m.ForwardDate.at.IsZero() {
		fwd.Date = int(m.ForwardDate.at.Unix())
	}
	switch {
	case m.ForwardChat.channel() != 0:
		fwd.FromID = &tg.PeerChannel{ChannelID: m.ForwardChat.channel()}
	case m.ForwardFrom.ID > 0:
		fwd.FromID = &tg.PeerUser{UserID: m.ForwardFrom.ID}
	}
	return fwd, fwd.FromID != nil || fwd.FromName != "" || fwd.Date != 0
}

func (m *pyroMessage) reactions() (out []collector.Reaction) {
	for _, re := range m.Reactions {
		out = append(out, collector.Reaction{Emoji: cmp.Or(re.Emoji, re.Kind.Emoji), CustomEmojiID: int64(cmp.Or(re.Custom, re.Kind.Custom)),
			Count: re.Count, Paid: re.Paid || strings.Contains(strings.ToLower(re.Kind.Class), "paid")})
	}
	return out
}

// pyroMedia fills in a message's media.
func pyroMedia(r *input.Reader, m *pyroMessage, row *collector.Message) {
	if row.Kind == collector.KindService {
		return
	}
	switch {
	case m.Photo != nil:
		row.MediaType = "MessageMediaPhoto"
		row.Width, row.Height, row.FileSize = m.Photo.Width, m.Photo.Height, m.Photo.Size
	case m.file() != nil:
		f := m.file()
		row.MediaType = "MessageMediaDocument"
		row.FileName, row.MIMEType, row.FileSize, row.Duration, row.Width, row.Height = path.Base("/"+f.Name), f.MIME, f.Size, f.Duration,
			f.Width, f.Height
		if f.Name == "" {
			row.FileName = ""
		}
		if f.Length != nil && f.Width == nil {
			row.Width, row.Height = f.Length, f.Length
		}
	case m.Poll != nil:
		row.MediaType = "MessageMediaPoll"
		row.PollID, row.PollQuestion, row.PollVoters = int64(m.Poll.ID), string(m.Poll.Question), m.Poll.Voters
		for _, o := range m.Poll.Options {
			row.PollResults = append(row.PollResults, collector.PollResult{Text: string(o.Text), Voters: o.Voters})
		}
	case m.Venue != nil:
		row.MediaType = "MessageMediaVenue"
		row.VenueTitle, row.VenueAddress, row.VenueID, row.VenueType = m.Venue.Title, m.Venue.Address, m.Venue.ID, m.Venue.Type
		input.SetPoint(row, m.Venue.Location.Latitude, m.Venue.Location.Longitude)
	case m.Location != nil:
		row.MediaType = "MessageMediaGeo"
		input.SetPoint(row, m.Location.Latitude, m.Location.Longitude)
	case m.Contact != nil:
		row.MediaType = "MessageMediaContact"
		r.SetContact(row, m.Contact.Phone, m.Contact.First, m.Contact.Last)
	case m.WebPage != nil:
		input.SetWebPage(row, m.WebPage.URL, m.WebPage.Title, m.WebPage.Description)
	}
}

func (m *pyroMessage) file() *pyroFile {
	for _, f := range []*pyroFile{m.Video, m.Document, m.Audio, m.Voice, m.Animation, m.Sticker, m.VideoNote} {
		if f != nil {
			return f
		}
	}
	return nil
}

// lastWord returns the last part of an enumeration's value: CHANNEL of ChatType.CHANNEL.
func lastWord(s string) string { return s[strings.LastIndexByte(s, '.')+1:] }

// pyroEntities returns the entities of a text, without those of unknown kinds.
func pyroEntities(marks []pyroMark) []tg.MessageEntityClass {
	var out []tg.MessageEntityClass
	for _, e := range marks {
		kind := strings.ToLower(lastWord(e.Type))
		switch kind { // Telegram Desktop names these differently
		case "url":
			kind = "link"
		case "text_mention":
			kind = "mention_name"
		case "phone_number":
			kind = "phone"
		}
		if entity := desktop.Entity(kind, e.Offset, e.Length, e.URL); entity != nil && e.Length > 0 {
			out = append(out, entity)
		}
	}
	return out
}

// pyroActions are Telethon's names for the actions of service messages.
var pyroActions = map[string]string{
	"NEW_CHAT_MEMBERS": "MessageActionChatAddUser", "LEFT_CHAT_MEMBERS": "MessageActionChatDeleteUser",
	"LEFT_CHAT_MEMBER": "MessageActionChatDeleteUser", "NEW_CHAT_TITLE": "MessageActionChatEditTitle",
	"NEW_CHAT_PHOTO": "MessageActionChatEditPhoto", "DELETE_CHAT_PHOTO": "MessageActionChatDeletePhoto",
	"GROUP_CHAT_CREATED":   "MessageActionChatCreate",
	"CHANNEL_CHAT_CREATED": "MessageActionChannelCreate", "SUPERGROUP_CHAT_CREATED": "MessageActionChannelCreate",
	"MIGRATE_TO_CHAT_ID":   "MessageActionChatMigrateTo",
	"MIGRATE_FROM_CHAT_ID": "MessageActionChannelMigrateFrom", "PINNED_MESSAGE": "MessageActionPinMessage",
	"GAME_HIGH_SCORE":    "MessageActionGameScore",
	"VIDEO_CHAT_STARTED": "MessageActionGroupCall", "VIDEO_CHAT_ENDED": "MessageActionGroupCall",
	"VIDEO_CHAT_SCHEDULED":       "MessageActionGroupCallScheduled",
	"VIDEO_CHAT_MEMBERS_INVITED": "MessageActionInviteToGroupCall", "WEB_APP_DATA": "MessageActionWebViewDataSent",
}
