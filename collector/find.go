package collector

import (
	"context"
	"fmt"
	"slices"
	"strings"
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

// Finder is what Find takes of a Source.
type Finder interface {
	Channel(ctx context.Context, ref Reference) (Channel, error)
}

// Bears reports whether the channel goes by a username.
func (c Channel) Bears(username string) bool {
	if strings.EqualFold(c.Username, username) {
		return true
	}
	for _, u := range c.Usernames {
		if strings.EqualFold(u, username) {
			return true
		}
	}
	return false
}

// withItself are the peers that the channel's details name, and the channel.
func (c Channel) withItself() []Peer {
	for _, p := range c.Peers {
		if p.Type == PeerChannel && p.ID == c.ID {
			return c.Peers
		}
	}
	self := Peer{Type: PeerChannel, ID: c.ID, Username: c.Username, Title: c.Title, Kind: c.Kind, Verified: c.Verified, Scam: c.Scam, Fake: c.Fake,
		Participants: c.Participants, Raw: "{}"}
	return append(slices.Clone(c.Peers), self)
}

// Find resolves a reference as a workspace means it. A channel that is known by a
// username which leads to no channel any more is found by its number: it Bears
// another name then. Where the username leads to another channel than the one that is
// known by it, Find returns that channel and an error of the kind OtherChannel, whose
// Detail is a Moved: nothing is to be collected of it before the person says so, by
// naming it by its number. A number that the source does not know is tried by the
// name that the channel had last.
func Find(ctx context.Context, source Finder, known Acquaintance, ref Reference) (Channel, error) {
	ch, err := source.Channel(ctx, ref)
	if ref.Username == "" {
		if KindOf(err) == NotFound {
			return byLastName(ctx, source, known, ref, err)
		}
		return ch, err
	}
	switch KindOf(err) {
	case "":
		return ch, moved(ctx, known, ref, ch)
	case NotFound, NotAChannel:
		return byNumber(ctx, source, known, ref, err)
	}
	return ch, err
}

// byNumber looks for the channel that bore a username last.
func byNumber(ctx context.Context, source Finder, known Acquaintance, ref Reference, lost error) (Channel, error) {
	all, err := known.KnownAs(ctx, ref.Username)
	if err != nil {
		return Channel{}, storeError{err}
	}
	if len(all) == 0 {
		return Channel{}, lost
	}
	ch, err := source.Channel(ctx, Reference{ID: all[0].ID})
	if err == nil || passing(ctx, err) {
		return ch, err
	}
	return Channel{}, lost
}

// passing reports whether an error says nothing of the channel that was asked for:
// another time the answer may be another one.
func passing(ctx context.Context, err error) bool {
	switch KindOf(err) {
	case SignedOut, Guarded, Network, Clock, Flood, LookUps, Internal:
		return true
	}
	return ctx.Err() != nil
}

// byLastName looks for a channel by the name that it had last, for a source that
// knows channels by name only. Another channel with that name is not it.
func byLastName(ctx context.Context, source Finder, known Acquaintance, ref Reference, lost error) (Channel, error) {
	name, err := known.NameOf(ctx, ref.ID)
	if err != nil {
		return Channel{}, storeError{err}
	}
	if name == "" {
		return Channel{}, lost
	}
	ch, err := source.Channel(ctx, Reference{Username: name})
	if err == nil && ch.ID == ref.ID || err != nil && passing(ctx, err) {
		return ch, err
	}
	return Channel{}, lost
}

// moved is an error where a username leads to another channel than it did.
func moved(ctx context.Context, known Acquaintance, ref Reference, ch Channel) error {
	if !ch.Bears(ref.Username) {
		return nil // it was found by what is remembered of it
	}
	all, err := known.KnownAs(ctx, ref.Username)
	if err != nil {
		return storeError{err}
	}
	if len(all) == 0 || all[0].ID == ch.ID {
		return nil
	}
	if before := all[0]; before.Collected || !bore(all, ch.ID) {
		return &Error{Kind: OtherChannel, Detail: Moved{before.ID, before.Title, ch.ID, ch.Title}.String()}
	}
	return nil
}

// bore reports whether a channel is among those that bore a name.
func bore(all []Known, id int64) bool {
	for _, k := range all {
		if k.ID == id {
			return true
		}
	}
	return false
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
