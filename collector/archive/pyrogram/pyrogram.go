// Package pyrogram reads the JSON of two Python libraries that define their own objects for
// Telegram's: Pyrogram's messages and snscrape's posts.
package pyrogram

import (
	"encoding/json"
	"time"

	"telegramtrac/collector/archive/desktop"
	"telegramtrac/collector/archive/input"
)

// pyroMessage is a message as Pyrogram and its forks print it with str(message): classes under
// _, and the Bot API's names where Telegram has others.
// https://docs.pyrogram.org/api/types/Message
type pyroMessage struct {
	ID        int64         `json:"id"`
	OldID     int64         `json:"message_id"` // until version 1
	Date      pyroTime      `json:"date"`
	Edited    pyroTime      `json:"edit_date"`
	Chat      pyroChat      `json:"chat"`
	From      pyroUser      `json:"from_user"`
	Sender    pyroChat      `json:"sender_chat"`
	Text      string        `json:"text"`
	Caption   string        `json:"caption"`
	Marks     []pyroMark    `json:"entities"`
	Captioned []pyroMark    `json:"caption_entities"`
	Views     *int64        `json:"views"`
	Forwards  *int64        `json:"forwards"`
	Author    string        `json:"author_signature"`
	Album     looseID       `json:"media_group_id"`
	ViaBot    pyroUser      `json:"via_bot"`
	Protected bool          `json:"has_protected_content"`
	ReplyTo   int64         `json:"reply_to_message_id"`
	ReplyTop  int64         `json:"reply_to_top_message_id"`
	Service   string        `json:"service"`
	Reactions pyroReactions `json:"reactions"`

	// Written by forks only.
	EditHidden *bool     `json:"edit_hidden"`
	Thread     int64     `json:"message_thread_id"`
	InTopic    bool      `json:"is_topic_message"`
	OfTopic    bool      `json:"topic_message"`
	Topic      pyroTopic `json:"topic"`

	Markup struct {
		Rows [][]pyroButton `json:"inline_keyboard"`
	} `json:"reply_markup"`

	ForwardFrom   pyroUser `json:"forward_from"`
	ForwardName   string   `json:"forward_sender_name"`
	ForwardChat   pyroChat `json:"forward_from_chat"`
	ForwardID     int64    `json:"forward_from_message_id"`
	ForwardAuthor string   `json:"forward_signature"`
	ForwardDate   pyroTime `json:"forward_date"`

	Photo     *pyroFile `json:"photo"`
	Video     *pyroFile `json:"video"`
	Document  *pyroFile `json:"document"`
	Audio     *pyroFile `json:"audio"`
	Voice     *pyroFile `json:"voice"`
	Animation *pyroFile `json:"animation"`
	Sticker   *pyroFile `json:"sticker"`
	VideoNote *pyroFile `json:"video_note"`
	WebPage   *struct {
		URL         string `json:"url"`
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"web_page"`
	Poll *struct {
		ID       looseID   `json:"id"`
		Question loosePart `json:"question"`
		Voters   *int64    `json:"total_voter_count"`
		Options  []struct {
			Text   loosePart `json:"text"`
			Voters *int64    `json:"voter_count"`
		} `json:"options"`
	} `json:"poll"`
	Location *desktop.Location `json:"location"`
	Venue    *struct {
		Location desktop.Location `json:"location"`
		Title    string           `json:"title"`
		Address  string           `json:"address"`
		ID       string           `json:"foursquare_id"`
		Type     string           `json:"foursquare_type"`
	} `json:"venue"`
	Contact *desktop.Contact `json:"contact"`

	dropped []string // the keys of unreadable values
}

// pyroRequired are the keys whose values must be readable.
var pyroRequired = input.Words("id message_id date edit_date chat text caption")

type pyroChat struct {
	ID       int64  `json:"id"`
	Type     string `json:"type"`
	Title    string `json:"title"`
	Username string `json:"username"`
	Forum    bool   `json:"is_forum"` // written by forks only
}

// channel returns the bare id of a channel or supergroup, 0 for other chats.
func (c pyroChat) channel() int64 {
	id, err := input.BareID(c.ID)
	if err != nil || c.ID > 0 {
		return 0
	}
	return id
}

type pyroUser struct {
	ID int64 `json:"id"`
}

type pyroFile struct {
	Name     string   `json:"file_name"`
	MIME     string   `json:"mime_type"`
	Size     *int64   `json:"file_size"`
	Duration *float64 `json:"duration"`
	Width    *int32   `json:"width"`
	Height   *int32   `json:"height"`
	Length   *int32   `json:"length"` // of a round video: width and height
}

type pyroMark struct {
	Type   string `json:"type"` // MessageEntityType.TEXT_LINK, before version 2 text_link
	Offset int    `json:"offset"`
	Length int    `json:"length"`
	URL    string `json:"url"`
}

type pyroReaction struct {
	Emoji  string   `json:"emoji"`
	Custom looseID  `json:"custom_emoji_id"`
	Count  int64    `json:"count"`
	Paid   bool     `json:"is_paid"`
	Kind   pyroKind `json:"type"` // written by forks only
}

// Read reads messages of Pyrogram, in a list or one after the other.
func Read(r *input.Reader, m *input.Member) error {
	seen, local := map[int64]time.Time{}, false
	others := 0
	err := r.Values(m, func(s *input.Stream, v json.RawMessage) error {
		msg, err := parsePyrogram(s, v)
		if err != nil || msg == nil {
			return err
		}
		if msg.Chat.channel() == 0 {
			others++
			return nil
		}
		for _, at := range []pyroTime{msg.Date, msg.Edited} {
			when := at.at
			if at.local { // a local time in an unknown zone: the earliest possible
				when, local = when.Add(-14*time.Hour), true
			}
			input.Newer(seen, msg.Chat.channel(), when)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if others > 0 && len(seen) == 0 {
		return r.NotOfChannels(m)
	}
	if others > 0 {
		r.Report.Dropped[input.OfOtherChats] += others
	}
	b := r.Batch(seen)
	err = r.Values(m, func(s *input.Stream, v json.RawMessage) error {
		msg, err := parsePyrogram(s, v)
		if err != nil || msg == nil || msg.Chat.channel() == 0 {
			return err
		}
		r.DropKeys(msg.dropped)
		return b.Put(pyroRow(r, msg, v))
	})
	if err != nil {
		return err
	}
	r.Report.LocalDay = r.Report.LocalDay || local
	return b.End(m, input.KindPyrogram)
}

// parsePyrogram reads a message and checks the values that a row requires. It returns nil for
// an empty message.
func parsePyrogram(s *input.Stream, v json.RawMessage) (*pyroMessage, error) {
	var m pyroMessage
	var empty struct {
		Empty bool `json:"empty"`
	}
	if json.Unmarshal(v, &empty) == nil && empty.Empty {
		return nil, nil
	}
	var err error
	if m.dropped, err = input.Loosely(v, &m, pyroRequired); err != nil {
		return nil, s.BadValue(err, v)
	}
	m.ID = max(m.ID, m.OldID)
	switch {
	case m.Chat.channel() == 0:
		return &m, nil // the caller leaves it out
	case m.ID <= 0:
		return nil, s.Bad("id", "a message of a channel has an id above 0", v)
	case m.Date.at.Unix() <= 0:
		return nil, s.Bad("date", "this message has no date", v)
	}
	return &m, nil
}
