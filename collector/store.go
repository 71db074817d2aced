package collector

import (
	"context"
	"iter"
	"time"
)

// Part is everything that a source returned for one range of a channel's ids. It is stored
// completely or not at all.
type Part struct {
	ChannelID  int64
	Range      Range
	Source     string
	ObservedAt time.Time // when the first request was sent
	Messages   []Message // newest first
	Peers      []Peer

	// ProvedAt is when the last answer came: ids of the range without a message did not exist
	// at that time. Zero means ObservedAt.
	ProvedAt time.Time

	// Covered are the ids that are accounted for, if they are not all of Range.
	Covered Ranges

	// Loose means that the messages were found one by one: the ids in between are not accounted
	// for, so that the part covers nothing.
	Loose bool
}

// Store stores what is collected. Its methods may be called from several goroutines at once.
type Store interface {
	// Covered returns the ids of a channel that the source has accounted for.
	Covered(ctx context.Context, channelID int64, source string) (Ranges, error)

	// CoveredBetween is Covered for observations between two times, including both.
	CoveredBetween(ctx context.Context, channelID int64, source string, from, to time.Time) (Ranges, error)

	// Absent returns the covered ids within the range that have no message.
	Absent(ctx context.Context, channelID int64, r Range) (Ranges, error)

	// Vanished returns the ids within the range whose stored message was found to be gone.
	Vanished(ctx context.Context, channelID int64, r Range) (Ranges, error)

	// Unreadable returns the messages within the range that could not be read, ascending by id.
	// Only ID and Raw are set.
	Unreadable(ctx context.Context, channelID int64, r Range) ([]Message, error)

	// Count counts the channel's stored ids within the range.
	Count(ctx context.Context, channelID int64, r Range) (Count, error)

	// Threads yields the messages of a channel within the range that have comments, ascending
	// by id, with the number of their comments stored for the linked group. An error ends the
	// sequence.
	Threads(ctx context.Context, channelID, groupID int64, r Range) iter.Seq2[Thread, error]

	// PutPart stores a part. When it returns nil, the part survives a power cut, and Covered and
	// Count include it. It may change the part's messages, as their order, and keeps none of them.
	PutPart(ctx context.Context, p Part) error

	// PutChannel stores a channel's details and the peers named with it.
	PutChannel(ctx context.Context, ch Channel) error

	// PutPeers stores only peers that were seen at a time.
	PutPeers(ctx context.Context, peers []Peer, at time.Time) error

	Acquaintance

	// PutReceipt stores a receipt. It replaces an earlier one of the same collection and
	// reference.
	PutReceipt(ctx context.Context, r Receipt) error
}

// Thread is a channel's message and the comments on it.
type Thread struct {
	MessageID int64
	Date      time.Time // of the message
	Says      int64     // number of comments according to the message when last seen
	Have      int64     // stored comments
	Elsewhere bool      // they are in a group that the channel was linked with before: Have is 0
}

// Count counts the ids of a range by result.
type Count struct {
	Messages   int64 // without service messages
	Service    int64
	Unreadable int64 // messages that exist and could not be read
	Absent     int64 // covered ids without a row
	// absent ids, and stored messages marked as gone, for which an earlier version took an
	// empty answer as proof
	Unproven int64
}

// Rows counts the ids that have a row.
func (c Count) Rows() int64 { return c.Messages + c.Service + c.Unreadable }
