package collector

import (
	"time"
)

// Kinds of a Message.
const (
	KindMessage = "message" // something a channel said
	KindService = "service" // something that happened to a channel: created, renamed, pinned, …

	// KindUnreadable is a message that exists but that this version of the program could not
	// read: it has an id, a date (its own, or that of a message next to it) and no text. Raw
	// says which layer could not read it, and why. A newer version asks for it again.
	KindUnreadable = "unreadable"
)

// How much of a rich message a Message contains. Telegram may send only part of a long one.
const (
	RichWhole = "whole"
	RichPart  = "part" // text, entities, media and Raw cover its beginning only
)

// Types of a peer, as in the columns from_type and forward_from_type.
const (
	PeerUser    = "user"
	PeerChat    = "chat" // a basic group
	PeerChannel = "channel"
)

// Message is one message of a channel: one row of messages.parquet, in the order of its
// columns. A nullable column is a pointer if Telegram may send zero; otherwise (ids, strings)
// the zero value means null. Times are UTC. A MessageEmpty is not a Message: its id is absent.
//
// The fields follow Telegram's message constructor:
// https://core.telegram.org/constructor/message
type Message struct {
	ChannelID       int64  `parquet:"channel_id"`                // bare MTProto id
	ChannelUsername string `parquet:"channel_username,optional"` // filled by Collect
	ChannelTitle    string `parquet:"channel_title,optional"`    // filled by Collect

	ID       int64      `parquet:"message_id"`
	Kind     string     `parquet:"kind,dict"`
	Action   string     `parquet:"action,optional,dict"` // a service message's action in Telethon's spelling, as MessageActionPinMessage
	Date     time.Time  `parquet:"date,timestamp(microsecond)"`
	EditDate *time.Time `parquet:"edit_date,optional,timestamp(microsecond)"`
	Text     string     `parquet:"text"` // valid UTF-8, never null
	Entities []Entity   `parquet:"entities,optional,list"`

	EditHidden *bool  `parquet:"edit_hidden,optional"` // Telegram's apps show no edit: only a reaction or button changed; nil: unknown
	Rich       string `parquet:"rich,optional,dict"`   // of a message of page blocks: RichWhole or RichPart

	PostAuthor string `parquet:"post_author,optional"` // personal
	FromType   string `parquet:"from_type,optional,dict"`
	FromID     int64  `parquet:"from_id,optional"` // of a user in a private collection: a pseudonym

	Views            *int64     `parquet:"views,optional"`
	Forwards         *int64     `parquet:"forwards,optional"`
	Replies          *int64     `parquet:"replies,optional"`
	RepliesChannelID int64      `parquet:"replies_channel_id,optional"` // the group with the comments on a channel's message
	Reactions        []Reaction `parquet:"reactions,optional,list"`     // without paid reactions
	ReactionsTotal   *int64     `parquet:"reactions_total,optional"`    // without the stars
	Stars            *int64     `parquet:"stars,optional"`              // paid reactions; nil: none
	// The public web preview shortens large numbers, as 82.9K for 82,931.
	ViewsRounded     bool `parquet:"views_rounded"`
	ReactionsRounded bool `parquet:"reactions_rounded"` // at least one count, and so the total

	ForwardFromType     string `parquet:"forward_from_type,optional,dict"`
	ForwardFromID       int64  `parquet:"forward_from_id,optional"`
	ForwardFromUsername string `parquet:"forward_from_username,optional"` // a channel's, if the page names it
	// personal if it is a hidden user's name; else a channel's title
	ForwardFromName   string     `parquet:"forward_from_name,optional"`
	ForwardMessageID  int64      `parquet:"forward_message_id,optional"`
	ForwardDate       *time.Time `parquet:"forward_date,optional,timestamp(microsecond)"`
	ForwardPostAuthor string     `parquet:"forward_post_author,optional"` // personal

	ReplyToMessageID int64 `parquet:"reply_to_message_id,optional"`
	ReplyToChannelID int64 `parquet:"reply_to_channel_id,optional"` // null: the same channel
	ReplyToTopID     int64 `parquet:"reply_to_top_id,optional"`
	// Of a message in a forum: https://core.telegram.org/api/forum
	TopicID         int64  `parquet:"topic_id,optional"`          // the topic's first message; 1 is General
	TopicTitle      string `parquet:"topic_title,optional"`       // when the message was read, if known; filled by Collect
	ThreadChannelID int64  `parquet:"thread_channel_id,optional"` // a comment's channel …
	ThreadMessageID int64  `parquet:"thread_message_id,optional"` // … and the message it comments on
	AlbumID         int64  `parquet:"album_id,optional"`          // Telegram's grouped_id

	MediaType       string   `parquet:"media_type,optional,dict"` // Telethon's class name, as MessageMediaPhoto
	MIMEType        string   `parquet:"mime_type,optional,dict"`
	FileName        string   `parquet:"file_name,optional"`
	FileSize        *int64   `parquet:"file_size,optional"` // bytes
	FileSizeRounded bool     `parquet:"file_size_rounded"`  // rounded by the web preview, as 52.6 KB
	Duration        *float64 `parquet:"duration,optional"`  // seconds
	Width           *int32   `parquet:"width,optional"`     // pixels
	Height          *int32   `parquet:"height,optional"`    // pixels
	DocumentID      int64    `parquet:"document_id,optional"`
	PhotoID         int64    `parquet:"photo_id,optional"`

	URL               string       `parquet:"url,optional"` // of the link preview
	Domain            string       `parquet:"domain,optional"`
	URLTitle          string       `parquet:"url_title,optional"`
	URLDescription    string       `parquet:"url_description,optional"`
	Links             []string     `parquet:"links,optional,list"` // all addresses in the text, including t.me
	TMeLinks          []TMeLink    `parquet:"tme_links,optional,list"`
	Mentions          []string     `parquet:"mentions,optional,list"` // usernames without @, as written
	Hashtags          []string     `parquet:"hashtags,optional,list"` // without #, as written
	PollID            int64        `parquet:"poll_id,optional"`
	PollQuestion      string       `parquet:"poll_question,optional"`
	PollVoters        *int64       `parquet:"poll_total_voters,optional"`
	PollResults       []PollResult `parquet:"poll_results,optional,list"`
	PollVotersRounded bool         `parquet:"poll_total_voters_rounded"`

	GeoType       string   `parquet:"geo_type,optional,dict"` // Telethon's class name of the media with the point
	Latitude      *float64 `parquet:"latitude,optional"`      // degrees
	Longitude     *float64 `parquet:"longitude,optional"`     // degrees
	VenueID       string   `parquet:"venue_id,optional"`
	VenueType     string   `parquet:"venue_type,optional"`
	VenueTitle    string   `parquet:"venue_title,optional"`
	VenueAddress  string   `parquet:"venue_address,optional"`
	VenueProvider string   `parquet:"venue_provider,optional"`
	ContactPhone  string   `parquet:"contact_phone_number,optional"` // personal
	ContactName   string   `parquet:"contact_name,optional"`         // personal
	ContactUserID int64    `parquet:"contact_user_id,optional"`      // a pseudonym when private

	ViaBotID   int64 `parquet:"via_bot_id,optional"` // a pseudonym when private
	Pinned     bool  `parquet:"pinned"`
	NoForwards bool  `parquet:"noforwards"`
	Restricted bool  `parquet:"restricted"`

	Source      string     `parquet:"source,dict"` // filled by Collect
	FirstSeenAt time.Time  `parquet:"first_seen_at,timestamp(microsecond)"`
	LastSeenAt  time.Time  `parquet:"last_seen_at,timestamp(microsecond)"`
	GoneAt      *time.Time `parquet:"gone_at,optional,timestamp(microsecond)"`

	Raw string `parquet:"raw"` // the whole object as JSON in Telethon's to_dict shape
}

// Entity is a span of a message's text. Offset and Length count UTF-16 units:
// https://core.telegram.org/api/entities
type Entity struct {
	// Telethon's class name, as MessageEntityTextUrl; of a rich message also its blocks' and texts', as PageBlockHeader
	Type   string `parquet:"type,dict"`
	Offset int32  `parquet:"offset"`
	Length int32  `parquet:"length"`
	URL    string `parquet:"url,optional"`
}

// Reaction is one kind of reaction and its count.
type Reaction struct {
	Emoji         string `parquet:"emoji,optional"`
	CustomEmojiID int64  `parquet:"custom_emoji_id,optional"`
	Paid          bool   `parquet:"paid"` // only in rows older than the column Stars, where Count counts stars
	Count         int64  `parquet:"count"`
}

// TMeLink is a link to a channel or one of its messages, not an invite link.
type TMeLink struct {
	Username  string `parquet:"username,optional"`
	ChannelID int64  `parquet:"channel_id,optional"` // of a t.me/c/… link
	MessageID int64  `parquet:"message_id,optional"`
}

// PollResult is one answer of a poll. Voters is nil if Telegram hides it, and in the web
// preview, which shows percentages instead.
type PollResult struct {
	Text    string `parquet:"text"`
	Voters  *int64 `parquet:"voters,optional"`
	Correct bool   `parquet:"correct"`
	Percent *int32 `parquet:"percent,optional"` // of the voters, from the web preview
}

// Edited returns when a message was last visibly edited, nil if never. In rows older than
// EditHidden, Raw says whether the edit was visible.
func (m *Message) Edited() *time.Time {
	hidden := m.EditHidden != nil && *m.EditHidden || m.EditHidden == nil && ReadRaw(m.Raw, `"edit_hide":true`).EditHide
	if hidden {
		return nil
	}
	return m.EditDate
}
