package collector

import (
	"context"
	"fmt"
	"time"
)

// Known is a channel that a workspace knows by a username.
type Known struct {
	ID              int64
	Username, Title string    // as it was seen last; a username may be another by now
	At              time.Time // when it was last seen to bear the username that was asked for
	Collected       bool      // it was collected, and not only met
}

// Acquaintance knows the channels of a workspace by the usernames that they have, and
// those that they had.
type Acquaintance interface {
	// KnownAs returns the channels that bore a username at some time, those that
	// were collected first, then those that bore it last.
	KnownAs(ctx context.Context, username string) ([]Known, error)

	// NameOf returns the username that a channel bore when it was seen last, "" for
	// none.
	NameOf(ctx context.Context, channelID int64) (string, error)
}

// Moved says that a username leads to another channel than it did.
type Moved struct {
	Before      int64 // the channel that it led to
	BeforeTitle string
	Now         int64 // the one that it leads to
	NowTitle    string
}

// String is the Detail of an error of the kind OtherChannel.
func (m Moved) String() string {
	return fmt.Sprintf("%d %q, now %d %q", m.Before, m.BeforeTitle, m.Now, m.NowTitle)
}

// ParseMoved reads what String writes.
func ParseMoved(detail string) (Moved, error) {
	var m Moved
	_, err := fmt.Sscanf(detail, "%d %q, now %d %q", &m.Before, &m.BeforeTitle, &m.Now, &m.NowTitle)
	return m, err
}
