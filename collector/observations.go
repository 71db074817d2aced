package collector

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"
)

// Names of sources whose rows were read from files of other tools, as in the
// column source. None of them proves absence: who made a file may have left out
// anything. Rows of this product's own files keep the source they have.
const (
	SourceTelethon = "telethon"         // Telethon's to_dict, one object a line
	SourceTracker  = "telegram-tracker" // <channel>_messages.json
	SourceDesktop  = "telegram-desktop" // result.json
	SourceTDL      = "tdl"              // tdl chat export
	SourcePyrogram = "pyrogram"         // messages as Pyrogram writes them
	SourceSnscrape = "snscrape"         // posts as snscrape's Telegram module writes them
)

// madeIDs is where the numbers begin that stand for channels which a file names by
// username alone: far above Telegram's, and below those of pseudonyms.
const madeIDs = 1 << 61

// MadeID is the number of a channel that a file names by username alone, until it is
// known by which number Telegram has it: always the same for a username in any case.
func MadeID(username string) int64 {
	h := fnv.New64a()
	h.Write([]byte(strings.ToLower(username)))
	return madeIDs | int64(h.Sum64()&(1<<40-1))
}

// IsMadeID reports whether a channel's number is one of MadeID's.
func IsMadeID(id int64) bool { return id >= madeIDs && id < madeIDs+1<<40 }

// Observations are some of what a file says of one channel.
type Observations struct {
	ChannelID int64

	// SeenAt is when the rows were seen that do not say so themselves, which
	// their LastSeenAt of zero tells. Files of other tools do not say when they
	// were made; then it is the newest moment that the file tells of.
	SeenAt time.Time

	Messages []Message // in any order; several of one id are several observations of it
	Peers    []Peer
	Channel  *Channel  // details; nil: the file has none
	Receipts []Receipt // of this product's own collections
}

// Imported is what became of the rows that a file had of one channel.
type Imported struct {
	ChannelID int64  `json:"channel_id"`
	Username  string `json:"channel_username"`
	Title     string `json:"channel_title"`
	New       int64  `json:"new"`   // messages that were not there before
	Newer     int64  `json:"newer"` // took the place of an older observation
	Older     int64  `json:"older"` // are older than what is there, and were kept beside it
	Known     int64  `json:"known"` // were there already
}

// Rows counts the observations.
func (i Imported) Rows() int64 { return i.New + i.Newer + i.Older + i.Known }

// Why the messages of a channel that a file names by username alone stay by themselves.
const (
	ApartUnknown   = "unknown"   // no channel of that username was collected
	ApartStrangers = "strangers" // one was, and has no message that the file has too
	ApartDiffers   = "differs"   // one was, and has another message in the place of one of the file's
)

// TakenOver is what became of a channel that a file names by username alone.
type TakenOver struct {
	MadeID    int64  `json:"made_id"`
	Username  string `json:"channel_username"`
	Title     string `json:"channel_title"`
	ChannelID int64  `json:"channel_id,omitempty"` // whose the messages are; 0: they stay by themselves
	Why       string `json:"why,omitempty"`        // they do: one of the Apart constants
	MessageID int64  `json:"message_id,omitempty"` // of ApartDiffers: the first that has another date
}

// FileError says what is wrong with a file that was to be imported, and where.
type FileError struct {
	File    string `json:"file"`           // as it was named
	Line    int64  `json:"line,omitempty"` // from 1; of Parquet the row; 0: the file as a whole
	Field   string `json:"field,omitempty"`
	Problem string `json:"problem"` // a sentence for people, without a full stop
}

// Error is for logs; people see the parts in a sentence.
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
