package collector

import (
	"context"
	"iter"
	"time"
)

// Names of sources, as in the column source.
const (
	SourceTelegram = "telegram" // can prove absence
	SourcePreview  = "preview"
	SourceSandbox  = "sandbox" // answers like Telegram, with invented channels
)

// ProvesAbsence reports whether an id does not exist if the source accounted for it without a
// message.
func ProvesAbsence(source string) bool {
	return source == SourceTelegram || source == SourceSandbox
}

// StaysBehind reports whether a row from source must not replace a row from other, however much
// newer it is: the web preview rounds counters and lacks fields that Telegram's own objects
// have.
func StaysBehind(source, other string) bool {
	whole := ProvesAbsence(other) || other == SourceTelethon || other == SourceTracker
	return source == SourcePreview && whole
}

// Source reads public channels. Its methods may be called from several goroutines at once.
// Every error that a person can act on is an *Error. A Source waits out flood waits and lost
// connections until its context ends. It does not wait for the limits of look-ups, so that
// other requests can continue.
type Source interface {
	// Name is the source's value in the column source.
	Name() string

	// Channel resolves a reference to the channel with its full details and the peers named in
	// the answer. Errors: NotFound, NotAChannel, Private, Restricted, Banned, Refused,
	// SignedOut, NoPreview; LookUps, at once, if the reference must be looked up and this is
	// not allowed yet.
	Channel(ctx context.Context, ref Reference) (Channel, error)

	// Bounds returns the lowest and highest id of the channel's messages. Since (inclusive) and
	// until (exclusive) narrow them to dates; zero times do not.
	Bounds(ctx context.Context, ch Channel, since, until time.Time) (Bounds, error)

	// Messages yields every existing message with r.Lo <= id <= r.Hi, in pages, newest first,
	// each with the peers it names. Page.Proven are the ids that a page accounts for: from r.Hi
	// down for the first page, and from right below the previous page for each next one; the
	// last reaches r.Lo or below, and its messages below r.Lo are valid too. If the source
	// proves absence, an id within Proven without a message does not exist; an empty answer is
	// no proof. A message that exists and cannot be read has KindUnreadable. Any range can be
	// read again, and ranges are independent. An error ends the sequence. The rows of a page
	// hold until the next page is asked for; copies of them, and its peers, hold for good.
	Messages(ctx context.Context, ch Channel, r Range) iter.Seq2[Page, error]

	// Usage is what the source has used since it was made.
	Usage() Usage
}

// Asker is a Source that can return single messages by id.
type Asker interface {
	// ByID asks for at most MostIDs ids. An id without a message in the page does not exist.
	// See https://core.telegram.org/method/channels.getMessages
	ByID(ctx context.Context, ch Channel, ids []int64) (Page, error)

	// Layer is the newest version of Telegram's objects that the source can read. Messages that
	// an older layer could not read are worth asking for again.
	Layer() int
}

// MostIDs is the most ids in one call of Asker.ByID.
const MostIDs = 100

// Commenter is a Source that can read the comments under one message.
type Commenter interface {
	// Replies yields every comment on a channel's message, in pages, newest first. The comments
	// are messages of the channel's linked group. Without an error they are complete.
	Replies(ctx context.Context, ch Channel, messageID int64) iter.Seq2[Page, error]
}

// Bounds are the lowest and highest id of a channel's messages. Without messages Hi < Lo.
type Bounds struct {
	Range
	Newest int64  // the channel's newest id, whatever the dates; 0 when empty
	Count  *int64 // messages, including service messages, within the bounds according to the server; nil: unknown
}

// Page is a run of messages, newest first, and the peers that they name.
type Page struct {
	Messages []Message
	Peers    []Peer
	Proven   Range // of Source.Messages: the ids that the page accounts for
}

// Usage is what a source has used.
type Usage struct {
	Requests int64         // requests sent, repeated ones included
	Retries  int64         // requests repeated after a lost connection
	Waits    int64         // flood waits met
	Waited   time.Duration // time spent in them
}

// Add returns the sum of both.
func (u Usage) Add(more Usage) Usage {
	return Usage{
		Requests: u.Requests + more.Requests,
		Retries:  u.Retries + more.Retries,
		Waits:    u.Waits + more.Waits,
		Waited:   u.Waited + more.Waited,
	}
}

// Sub returns what was used since earlier.
func (u Usage) Sub(earlier Usage) Usage {
	return Usage{
		Requests: u.Requests - earlier.Requests,
		Retries:  u.Retries - earlier.Retries,
		Waits:    u.Waits - earlier.Waits,
		Waited:   u.Waited - earlier.Waited,
	}
}

// Wait says why a source pauses, and until when.
type Wait struct {
	Kind   Kind      // Flood, Network or Pacing
	Method string    // Telegram's name of the request that was refused or is paced, "" for Network unless its Detail is known
	Until  time.Time // when it continues; zero if the wait is over
}

// Pseudonym replaces a user's id in all stored data. A nil Pseudonym means that the collection
// is personal: ids and names are stored unchanged.
type Pseudonym func(userID int64) int64
