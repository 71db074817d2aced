package loop

import (
	"context"
	"slices"

	"telegramtrac/collector"
)

// Finder is the part of a Source that Find needs.
type Finder interface {
	Channel(ctx context.Context, ref collector.Reference) (collector.Channel, error)
}

// withItself returns the peers in the channel's details, and the channel itself.
func withItself(c collector.Channel) []collector.Peer {
	for _, p := range c.Peers {
		if p.Type == collector.PeerChannel && p.ID == c.ID {
			return c.Peers
		}
	}
	self := collector.Peer{Type: collector.PeerChannel, ID: c.ID, Username: c.Username, Title: c.Title, Kind: c.Kind, Verified: c.Verified,
		Scam: c.Scam, Fake: c.Fake,
		Participants: c.Participants, Raw: "{}"}
	return append(slices.Clone(c.Peers), self)
}

// Find resolves a reference from the view of a workspace. If a username belongs to no channel
// any more, the channel that had it is found by its number; it then Bears another username. If
// the username now belongs to another channel, Find returns that channel and an OtherChannel
// error whose Detail is a Moved: nothing of it may be collected until the person names it by
// its number. A number that the source does not know is tried by the channel's last username.
func Find(ctx context.Context, source Finder, known collector.Acquaintance, ref collector.Reference) (collector.Channel, error) {
	ch, err := source.Channel(ctx, ref)
	if ref.Username == "" {
		if collector.KindOf(err) == collector.NotFound {
			return byLastName(ctx, source, known, ref, err)
		}
		return ch, err
	}
	switch collector.KindOf(err) {
	case "":
		return ch, moved(ctx, known, ref, ch)
	case collector.NotFound, collector.NotAChannel:
		return byNumber(ctx, source, known, ref, err)
	}
	return ch, err
}

// byNumber looks for the channel that last had a username.
func byNumber(ctx context.Context, source Finder, known collector.Acquaintance, ref collector.Reference, lost error) (collector.Channel,
	error) {
	all, err := known.KnownAs(ctx, ref.Username)
	if err != nil {
		return collector.Channel{}, storeError{err}
	}
	if len(all) == 0 {
		return collector.Channel{}, lost
	}
	ch, err := source.Channel(ctx, collector.Reference{ID: all[0].ID})
	if err == nil || passing(ctx, err) {
		return ch, err
	}
	return collector.Channel{}, lost
}

// passing reports whether an error is temporary and says nothing about the channel.
func passing(ctx context.Context, err error) bool {
	switch collector.KindOf(err) {
	case collector.SignedOut, collector.Guarded, collector.Network, collector.Clock, collector.Flood, collector.LookUps, collector.Internal:
		return true
	}
	return ctx.Err() != nil
}

// byLastName looks for a channel by its last username, for a source that knows channels by
// username only. It rejects another channel with that username.
func byLastName(ctx context.Context, source Finder, known collector.Acquaintance, ref collector.Reference, lost error) (collector.Channel,
	error) {
	name, err := known.NameOf(ctx, ref.ID)
	if err != nil {
		return collector.Channel{}, storeError{err}
	}
	if name == "" {
		return collector.Channel{}, lost
	}
	ch, err := source.Channel(ctx, collector.Reference{Username: name})
	if err == nil && ch.ID == ref.ID || err != nil && passing(ctx, err) {
		return ch, err
	}
	return collector.Channel{}, lost
}

// moved returns an error if the username now belongs to another channel.
func moved(ctx context.Context, known collector.Acquaintance, ref collector.Reference, ch collector.Channel) error {
	if !ch.Bears(ref.Username) {
		return nil // found by what is remembered of the channel
	}
	all, err := known.KnownAs(ctx, ref.Username)
	if err != nil {
		return storeError{err}
	}
	if len(all) == 0 || all[0].ID == ch.ID {
		return nil
	}
	if before := all[0]; before.Collected || !bore(all, ch.ID) {
		return &collector.Error{Kind: collector.OtherChannel,
			Detail: collector.Moved{Before: before.ID, BeforeTitle: before.Title, Now: ch.ID, NowTitle: ch.Title}.String()}
	}
	return nil
}

// bore reports whether a channel is among those that had a username.
func bore(all []collector.Known, id int64) bool {
	for _, k := range all {
		if k.ID == id {
			return true
		}
	}
	return false
}
