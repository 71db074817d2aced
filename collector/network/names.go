package network

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"telegramtrac/collector"
)

// names maps usernames to the channels that had them over time, and channels to their names.
type names struct {
	held     *collector.Names // who had which username when
	people   map[string]bool  // lower-case usernames of users, bots and others that are not channels
	channels map[int64]naming
}

// naming is what a node shows of a channel.
type naming struct {
	username, title, kind string
	collected             bool
}

// newNames collects the names of the input. Without in.Names, it uses the present names of
// channels and peers.
func newNames(in Input) *names {
	n := &names{held: in.Names, people: map[string]bool{}, channels: map[int64]naming{}}
	for _, ch := range newestFirst(in.Channels, func(c collector.Channel) (int64, int64) { return c.LastSeenAt.UnixMicro(), c.ID }) {
		if _, known := n.channels[ch.ID]; !known {
			n.channels[ch.ID] = naming{firstOf(ch.Username, ch.Usernames), ch.Title, ch.Kind, true}
		}
	}
	for _, p := range newestFirst(in.Peers, func(p collector.Peer) (int64, int64) { return p.LastSeenAt.UnixMicro(), p.ID }) {
		n.addPeer(p)
	}
	if n.held == nil {
		n.held = heldNow(in)
	}
	return n
}

// heldNow returns the present usernames of channels and peers.
func heldNow(in Input) *collector.Names {
	held := &collector.Names{}
	for _, ch := range in.Channels {
		held.Saw(ch.ID, ch.LastSeenAt, len(ch.Usernames) > 0, append([]string{ch.Username}, ch.Usernames...)...)
	}
	for _, p := range in.Peers {
		switch {
		case p.Type == collector.PeerChannel:
			held.Saw(p.ID, p.LastSeenAt, false, p.Username)
		case p.Type == collector.PeerUser && !p.LastSeenAt.IsZero():
			held.Saw(collector.Person, p.LastSeenAt, false, p.Username)
		}
	}
	held.Settle()
	return held
}

func (n *names) addPeer(p collector.Peer) {
	switch p.Type {
	case collector.PeerChannel:
		// A channel's details are complete: an empty username was given up. Where details were
		// never read, as in an import, the kind is empty too.
		if known := n.channels[p.ID]; known.kind == "" {
			n.channels[p.ID] = naming{cmp.Or(known.username, p.Username), cmp.Or(known.title, p.Title), p.Kind, known.collected}
		}
	case collector.PeerUser:
		if name := strings.ToLower(p.Username); name != "" {
			n.people[name] = true
		}
	}
}

// target returns the channel that a pointer meant when its message was written: by its id, or
// by its username where the id, or the owner at that time, is not known. ok is false when it
// means a person or a name that is not a channel's.
func (n *names) target(p pointer, at time.Time) (t target, ok bool) {
	if p.id != 0 {
		return target{id: p.id}, true
	}
	if p.username == "" {
		return target{}, false
	}
	switch b := n.held.Bearer(p.username, at); {
	case b.Ambiguous:
		return target{username: p.username, ambiguous: true}, true
	case b.ID == collector.Person:
		return target{}, false
	case b.ID != 0:
		return target{id: b.ID}, true
	}
	return target{username: p.username}, !n.people[p.username]
}

// newestFirst returns the rows ordered by time descending, then by id.
func newestFirst[T any](rows []T, key func(T) (at, id int64)) []T {
	out := slices.Clone(rows)
	slices.SortStableFunc(out, func(a, b T) int {
		at, aid := key(a)
		bt, bid := key(b)
		return cmp.Or(cmp.Compare(bt, at), cmp.Compare(aid, bid))
	})
	return out
}

func firstOf(main string, more []string) string {
	if main == "" && len(more) > 0 {
		return more[0]
	}
	return main
}
