package collector

import (
	"context"
	"iter"
	"time"
)

// Part is everything a source said about one range of a channel's ids. It is
// put whole or not at all.
type Part struct {
	ChannelID  int64
	Range      Range
	Source     string
	ObservedAt time.Time // when it was begun to ask
	Messages   []Message // newest first
	Peers      []Peer

	// ProvedAt is when the last answer came: ids of the range that have no message
	// did not exist by then. Zero means ObservedAt.
	ProvedAt time.Time

	// Covered are the ids that are accounted for, where they are not all of Range.
	Covered Ranges

	// Loose says that the messages were met one by one: the ids between them are
	// not accounted for, so that the part covers nothing.
	Loose bool
}

// Store keeps what is collected. Its methods may be called from several
// goroutines at once.
type Store interface {
	// Covered returns the ids of a channel that the source has accounted for.
	Covered(ctx context.Context, channelID int64, source string) (Ranges, error)

	// CoveredBetween is Covered by what was observed between two times, both
	// included.
	CoveredBetween(ctx context.Context, channelID int64, source string, from, to time.Time) (Ranges, error)

	// Absent returns the covered ids within the range that have no message.
	Absent(ctx context.Context, channelID int64, r Range) (Ranges, error)

	// Vanished returns the ids within the range whose message was there once, and was
	// found to be gone.
	Vanished(ctx context.Context, channelID int64, r Range) (Ranges, error)

	// Unreadable returns the messages within the range that could not be read,
	// ascending by id: ID and Raw alone are filled.
	Unreadable(ctx context.Context, channelID int64, r Range) ([]Message, error)

	// Count tells what the store holds of a channel within the range.
	Count(ctx context.Context, channelID int64, r Range) (Count, error)

	// Threads yields the messages of a channel within the range that say they have
	// comments, ascending by id, with what the store holds of them in the linked
	// group. Comments in a group that the channel was linked to before do not
	// count. An error ends it.
	Threads(ctx context.Context, channelID, groupID int64, r Range) iter.Seq2[Thread, error]

	// PutPart keeps a part for good: when it returns nil, the part survives a
	// power cut, and Covered and Count know it.
	PutPart(ctx context.Context, p Part) error

	// PutChannel keeps a channel's details and the peers named with it.
	PutChannel(ctx context.Context, ch Channel) error

	// PutPeers keeps peers that were met at a time, and nothing else.
	PutPeers(ctx context.Context, peers []Peer, at time.Time) error

	Acquaintance

	// PutReceipt keeps a receipt, in the place of an earlier one of the same
	// collection and reference.
	PutReceipt(ctx context.Context, r Receipt) error
}

// Thread is a channel's message and the comments under it.
type Thread struct {
	MessageID int64
	Date      time.Time // of the message
	Says      int64     // comments that the message said it had when it was last seen
	Have      int64     // comments that are kept
}

// Count counts the ids of a range by what became of them.
type Count struct {
	Messages   int64 // without service messages
	Service    int64
	Unreadable int64 // messages that exist and could not be read
	Absent     int64 // in covered ranges, but without a row
	// absent ids, and ids of messages that are kept and are said to be gone, of which only an empty
	// answer spoke: collected by a version that took it for proof
	Unproven int64
}

// Rows counts the ids that have a row.
func (c Count) Rows() int64 { return c.Messages + c.Service + c.Unreadable }
