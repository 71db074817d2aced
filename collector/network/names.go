package network

import (
	"cmp"
	"slices"
	"strings"

	"telegramtrac/collector"
)

// names knows which channel a username belongs to and what each channel is
// called.
type names struct {
	ids      map[string]int64 // lower-case username → channel id
	people   map[string]bool  // lower-case usernames of users, bots and whatever else is no channel
	channels map[int64]naming
}

// naming is what a node shows of a channel.
type naming struct {
	username, title, kind string
	collected             bool
}

// newNames reads who is called what. A username that several channels had
// belongs to a collected one before others, then to the one seen last.
func newNames(channels []collector.Channel, peers []collector.Peer) *names {
	n := &names{ids: map[string]int64{}, people: map[string]bool{}, channels: map[int64]naming{}}
	for _, ch := range newestFirst(channels, func(c collector.Channel) (int64, int64) { return c.LastSeenAt.UnixMicro(), c.ID }) {
		n.claim(ch.Username, ch.ID)
		for _, u := range ch.Usernames {
			n.claim(u, ch.ID)
		}
		if _, known := n.channels[ch.ID]; !known {
			n.channels[ch.ID] = naming{firstOf(ch.Username, ch.Usernames), ch.Title, ch.Kind, true}
		}
	}
	for _, p := range newestFirst(peers, func(p collector.Peer) (int64, int64) { return p.LastSeenAt.UnixMicro(), p.ID }) {
		n.addPeer(p)
	}
	return n
}

func (n *names) addPeer(p collector.Peer) {
	switch p.Type {
	case collector.PeerChannel:
		n.claim(p.Username, p.ID)
		// Details tell all that there is, also that a name was given up. Where they
		// were never read, as of an import, the kind is missing too.
		if known := n.channels[p.ID]; known.kind == "" {
			n.channels[p.ID] = naming{cmp.Or(known.username, p.Username), cmp.Or(known.title, p.Title), p.Kind, known.collected}
		}
	case collector.PeerUser:
		n.person(p.Username)
	}
}

// person takes a username for that of nobody who makes a node, unless a channel
// has it.
func (n *names) person(username string) {
	name := strings.ToLower(username)
	if _, channel := n.ids[name]; name != "" && !channel {
		n.people[name] = true
	}
}

func (n *names) claim(username string, id int64) {
	name := strings.ToLower(username)
	if name == "" || n.people[name] {
		return
	}
	if _, taken := n.ids[name]; !taken {
		n.ids[name] = id
	}
}

// target is the channel that a pointer means: its id, or its username while
// nobody knows the id. ok is false when it means a person or nobody.
func (n *names) target(p pointer) (t target, ok bool) {
	if p.id != 0 {
		return target{id: p.id}, true
	}
	if p.username == "" || n.people[p.username] {
		return target{}, false
	}
	if id, known := n.ids[p.username]; known {
		return target{id: id}, true
	}
	return target{username: p.username}, true
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
