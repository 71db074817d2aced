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
	SourceSandbox  = "sandbox" // speaks as Telegram does, of channels that are invented
)

// ProvesAbsence reports whether an id that a source accounted for, and gave no
// message for, does not exist.
func ProvesAbsence(source string) bool {
	return source == SourceTelegram || source == SourceSandbox
}

// StaysBehind reports whether what one source says of a message or channel leaves
// in place what another said of it, however much newer it is: the web preview
// rounds counters and leaves out what whole objects of Telegram tell.
func StaysBehind(source, other string) bool {
	whole := ProvesAbsence(other) || other == SourceTelethon || other == SourceTracker
	return source == SourcePreview && whole
}

// Source reads public channels. Its methods may be called from several
// goroutines at once. Every error that a person can act on is an *Error.
// A Source waits out flood waits and lost connections by itself, until its
// context ends; but not what holds look-ups alone: all else may go on meanwhile.
type Source interface {
	// Name is the value of the column source.
	Name() string

	// Channel resolves a reference to the channel with its full details and
	// the peers named in the answer. Errors: NotFound, NotAChannel, Private,
	// Restricted, Banned, Refused, SignedOut, NoPreview; LookUps, at once, where
	// the reference must be looked up and that may not be done yet.
	Channel(ctx context.Context, ref Reference) (Channel, error)

	// Bounds reports the ids that the channel's messages lie between. Since
	// (inclusive) and until (exclusive) narrow them to dates; zero times do not.
	Bounds(ctx context.Context, ch Channel, since, until time.Time) (Bounds, error)

	// Messages yields every message with r.Lo <= id <= r.Hi that exists, in
	// pages, newest first, each with the peers it names. Each page says which ids
	// it accounts for, Page.Proven: the first from r.Hi down, the next from right
	// below the one before, and so on; the last reaches r.Lo or below, and what it
	// shows below r.Lo is true as well. Of a source that proves absence, an id
	// within Proven without a message does not exist: an empty answer is no proof.
	// A message that exists and cannot be read is one of KindUnreadable.
	// Any range can be asked again, and ranges are independent. An error ends it.
	Messages(ctx context.Context, ch Channel, r Range) iter.Seq2[Page, error]

	// Usage is what the source has spent since it was made.
	Usage() Usage
}

// Asker is a Source that can be asked for messages one by one.
type Asker interface {
	// ByID asks for at most MostIDs ids. Each that has no message in the page does not
	// exist. See https://core.telegram.org/method/channels.getMessages
	ByID(ctx context.Context, ch Channel, ids []int64) (Page, error)

	// Layer is the newest form of Telegram's objects that the source can read. What an
	// older one could not read is worth asking for again.
	Layer() int
}

// MostIDs is how many ids an Asker takes at once.
const MostIDs = 100

// Commenter is a Source that can read the comments under one message.
type Commenter interface {
	// Replies yields every comment under a channel's message, in pages, newest
	// first. The comments are messages of the channel's linked group. Ended
	// without an error, they are complete.
	Replies(ctx context.Context, ch Channel, messageID int64) iter.Seq2[Page, error]
}

// Bounds are the ids between which a channel's messages lie. Hi < Lo: there are none.
type Bounds struct {
	Range
	Newest int64  // the channel's newest id, whatever the dates; 0 when empty
	Count  *int64 // messages, service messages included, that the server says exist within the bounds; nil when it does not say
}

// Page is a run of messages, newest first, and the peers that they name.
type Page struct {
	Messages []Message
	Peers    []Peer
	Proven   Range // of Source.Messages: the ids that the page accounts for
}

// Usage is what a source has spent.
type Usage struct {
	Requests int64         // requests sent, repeated ones included
	Retries  int64         // requests repeated after a lost connection
	Waits    int64         // flood waits met
	Waited   time.Duration // time spent in them
}

// Add returns what was spent together with more.
func (u Usage) Add(more Usage) Usage {
	return Usage{
		Requests: u.Requests + more.Requests,
		Retries:  u.Retries + more.Retries,
		Waits:    u.Waits + more.Waits,
		Waited:   u.Waited + more.Waited,
	}
}

// Sub returns what was spent since earlier.
func (u Usage) Sub(earlier Usage) Usage {
	return Usage{
		Requests: u.Requests - earlier.Requests,
		Retries:  u.Retries - earlier.Retries,
		Waits:    u.Waits - earlier.Waits,
		Waited:   u.Waited - earlier.Waited,
	}
}

// Wait says that a source pauses until a time, and why.
type Wait struct {
	Kind   Kind      // Flood, Network or Pacing
	Method string    // Telegram's name of the request that was refused or is paced, "" for Network unless its Detail is known
	Until  time.Time // when it goes on; zero when the wait is over
}

// Pseudonym replaces a user's id in everything that is stored. A nil Pseudonym
// means that the collection is personal: ids and names are kept as they are.
type Pseudonym func(userID int64) int64
