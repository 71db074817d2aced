package collector

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"
)

// Sources of rows that were read from files of other tools, as in the column source. None
// proves absence: whoever made the file may have omitted anything. Rows from this product's own
// files keep their source.
const (
	SourceTelethon = "telethon"         // Telethon's to_dict, one object a line
	SourceTracker  = "telegram-tracker" // <channel>_messages.json
	SourceDesktop  = "telegram-desktop" // result.json
	SourceTDL      = "tdl"              // tdl chat export
	SourcePyrogram = "pyrogram"         // messages as Pyrogram writes them
	SourceSnscrape = "snscrape"         // posts as snscrape's Telegram module writes them
)

// madeIDs is where ids for channels known by username only begin: far above Telegram's ids, and
// below pseudonyms.
const madeIDs = 1 << 61

// MadeID returns an id for a channel that a file names by username only, until its real id is
// known. It depends on the username only, ignoring case.
func MadeID(username string) int64 {
	h := fnv.New64a()
	h.Write([]byte(strings.ToLower(username)))
	return madeIDs | int64(h.Sum64()&(1<<40-1))
}

// IsMadeID reports whether a channel's id comes from MadeID.
func IsMadeID(id int64) bool { return id >= madeIDs && id < madeIDs+1<<40 }

// Observations are some of a file's rows about one channel.
type Observations struct {
	ChannelID int64

	// SeenAt is when the rows whose LastSeenAt is zero were seen. Files of other tools do not
	// say when they were made; then it is the latest time that the file contains.
	SeenAt time.Time

	Messages []Message // in any order; the same id may occur several times, as several observations
	Peers    []Peer
	Channel  *Channel  // details; nil: the file has none
	Receipts []Receipt // of this product's own collections
}

// Imported counts what happened to a file's rows of one channel.
type Imported struct {
	ChannelID int64  `json:"channel_id"`
	Username  string `json:"channel_username"`
	Title     string `json:"channel_title"`
	New       int64  `json:"new"`   // messages that the dataset did not have
	Newer     int64  `json:"newer"` // replaced an older observation
	Older     int64  `json:"older"` // older than the dataset's row, and stored as history
	Known     int64  `json:"known"` // already in the dataset
}

// Rows counts the observations.
func (i Imported) Rows() int64 { return i.New + i.Newer + i.Older + i.Known }

// Reasons why the messages of a channel that a file names by username only stay separate.
const (
	ApartUnknown   = "unknown"   // no channel of that username was collected
	ApartStrangers = "strangers" // the collected channel shares no message with the file
	ApartDiffers   = "differs"   // the collected channel has another message under an id of the file
)

// TakenOver is the result for a channel that a file names by username only.
type TakenOver struct {
	MadeID    int64  `json:"made_id"`
	Username  string `json:"channel_username"`
	Title     string `json:"channel_title"`
	ChannelID int64  `json:"channel_id,omitempty"` // the channel that got the messages; 0: they stay separate
	Why       string `json:"why,omitempty"`        // why they stay separate: one of the Apart constants
	MessageID int64  `json:"message_id,omitempty"` // of ApartDiffers: the first message with another date
}

// FileError says what is wrong with an imported file, and where.
type FileError struct {
	File    string `json:"file"`           // its name
	Line    int64  `json:"line,omitempty"` // from 1; in Parquet the row; 0: the whole file
	Field   string `json:"field,omitempty"`
	Problem string `json:"problem"` // a sentence for people, without a full stop
}

// Error is for logs; people see a sentence made of the fields.
func (e *FileError) Error() string {
	s := e.File
	if e.Line > 0 {
		s += fmt.Sprintf(":%d", e.Line)
	}
	if e.Field != "" {
		s += ": " + e.Field
	}
	return s + ": " + e.Problem
}
