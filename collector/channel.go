package collector

import (
	"slices"
	"strings"
	"time"
)

// Kinds of a Channel.
const (
	Broadcast  = "broadcast"
	Supergroup = "supergroup"
	Gigagroup  = "gigagroup"
)

// Channel is a broadcast channel or supergroup with its full details: one row
// of channels.parquet. See https://core.telegram.org/constructor/channelFull
type Channel struct {
	ID        int64    `parquet:"channel_id"` // bare MTProto id
	Username  string   `parquet:"username,optional"`
	Usernames []string `parquet:"usernames,optional,list"` // all active usernames, the main one first
	Title     string   `parquet:"title"`
	About     string   `parquet:"about,optional"`
	Kind      string   `parquet:"kind,dict"`

	CreatedAt           *time.Time `parquet:"created_at,optional,timestamp(microsecond)"` // Telegram's date: of creation, or of joining
	Participants        *int64     `parquet:"participants,optional"`
	ParticipantsRounded bool       `parquet:"participants_rounded"` // rounded by the web preview, as 82.9K
	LinkedChannelID     int64      `parquet:"linked_channel_id,optional"`
	Forum               bool       `parquet:"forum"`                // its messages are in topics
	Topics              []Topic    `parquet:"topics,optional,list"` // of a forum: the known ones, including General
	PhotoID             int64      `parquet:"photo_id,optional"`
	AvailableMinID      int64      `parquet:"available_min_id,optional"` // ids up to this one are hidden from the account; null: none

	Verified          bool   `parquet:"verified"`
	Scam              bool   `parquet:"scam"`
	Fake              bool   `parquet:"fake"`
	Restricted        bool   `parquet:"restricted"`
	RestrictionReason string `parquet:"restriction_reason,optional"`
	NoForwards        bool   `parquet:"noforwards"`
	Signatures        bool   `parquet:"signatures"`
	JoinRequest       bool   `parquet:"join_request"`

	Source      string    `parquet:"source,dict"`                          // filled by Collect
	FirstSeenAt time.Time `parquet:"first_seen_at,timestamp(microsecond)"` // filled by the Store
	LastSeenAt  time.Time `parquet:"last_seen_at,timestamp(microsecond)"`  // filled by Collect
	Reference   string    `parquet:"requested_as,optional"`                // as the person wrote it, filled by Collect
	Raw         string    `parquet:"raw"`                                  // messages.ChatFull as JSON in Telethon's shape

	Peers []Peer `parquet:"-"` // all peers in the answer
}

// General is the topic that every forum has: its messages carry no topic id.
// See https://core.telegram.org/api/forum
const General = 1

// Topic is a part of a forum.
type Topic struct {
	ID    int64  `parquet:"topic_id"` // the number of its first message; General has 1
	Title string `parquet:"title"`
}

// TitleOf returns the title of one of a forum's topics, "" if unknown.
func (c Channel) TitleOf(topicID int64) string {
	for _, t := range c.Topics {
		if t.ID == topicID {
			return t.Title
		}
	}
	return ""
}

// Peer is a user, basic group or channel that an answer names: one row of peers.parquet. In a
// private collection a user's ID is a pseudonym and its names are empty.
type Peer struct {
	Type     string `parquet:"peer_type,dict"` // user, chat, channel
	ID       int64  `parquet:"peer_id"`
	Username string `parquet:"username,optional"`
	Title    string `parquet:"title,optional"`     // a user's name, a group's or channel's title
	Kind     string `parquet:"kind,optional,dict"` // of a channel: broadcast, supergroup, gigagroup; of a user: bot or empty
	Verified bool   `parquet:"verified"`
	Scam     bool   `parquet:"scam"`
	Fake     bool   `parquet:"fake"`

	Participants *int64    `parquet:"participants,optional"`
	FirstSeenAt  time.Time `parquet:"first_seen_at,timestamp(microsecond)"` // filled by the Store
	LastSeenAt   time.Time `parquet:"last_seen_at,timestamp(microsecond)"`  // filled by Collect
	Raw          string    `parquet:"raw"`                                  // in Telethon's shape, without access_hash
}

// Bears reports whether the channel has this username now.
func (c Channel) Bears(username string) bool {
	same := func(name string) bool { return strings.EqualFold(name, username) }
	return same(c.Username) || slices.ContainsFunc(c.Usernames, same)
}
