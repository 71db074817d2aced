package collector

import (
	"context"
	"fmt"
	"time"
)

// Known is a channel that a workspace knows by a username.
type Known struct {
	ID              int64
	Username, Title string    // as last seen; the username may have changed since
	At              time.Time // when it was last seen with the username asked for
	Collected       bool      // false: it was only mentioned
}

// Acquaintance finds the channels of a workspace by their current and earlier usernames.
type Acquaintance interface {
	// KnownAs returns the channels that ever had a username: collected ones first, then the
	// most recently seen.
	KnownAs(ctx context.Context, username string) ([]Known, error)

	// NameOf returns the last known username of a channel, "" if none.
	NameOf(ctx context.Context, channelID int64) (string, error)
}

// Moved describes a username that now belongs to another channel.
type Moved struct {
	Before      int64 // the channel that had it
	BeforeTitle string
	Now         int64 // the channel that has it now
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
