package collector

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// Person stands for all users and bots that have a username.
const Person = -1

// Names records which channels had which usernames, and when: usernames are given up and taken
// by others. The zero Names is empty. Saw adds looks; after Settle several goroutines may query
// it at once.
type Names struct {
	looks   map[int64][]nameLook // by channel
	borne   map[string][]bearing // by username, ascending by time
	settled bool
}

// nameLook is the usernames of a channel at one time.
type nameLook struct {
	at    int64 // microseconds since 1970
	names string
	whole bool // it had no other usernames
}

// bearing is one sighting of a username.
type bearing struct {
	at, id int64
}

// Bearer is who had a username at a time, as far as it is known.
type Bearer struct {
	ID        int64   // of the channel; Person: a user or bot; 0: unknown, or ambiguous
	Ambiguous bool    // the username changed hands, and it is unknown whether before or after this time
	Among     []int64 // the possible bearers, ascending; may include Person
}

// Saw adds that a channel, or Person, had usernames at a time. Whole means that it had no
// others.
func (n *Names) Saw(id int64, at time.Time, whole bool, usernames ...string) {
	var named []string
	for _, u := range usernames {
		if u = strings.ToLower(u); u != "" && !slices.Contains(named, u) {
			named = append(named, u)
		}
	}
	if len(named) == 0 && !whole {
		return
	}
	slices.Sort(named)
	look := nameLook{at.UnixMicro(), strings.Join(named, " "), whole}
	if n.looks == nil {
		n.looks = map[int64][]nameLook{}
	}
	n.settled = false
	kept := n.looks[id]
	if id == Person {
		n.looks[id] = append(kept, look)
		return
	}
	// For a channel whose usernames did not change, the first and last look suffice.
	if len(kept) == 2 && kept[0].same(look) && kept[1].same(look) {
		kept[0].at, kept[1].at = min(kept[0].at, look.at), max(kept[1].at, look.at)
		return
	}
	n.looks[id] = append(kept, look)
	if len(kept) == 1 && kept[0].same(look) && look.at < kept[0].at {
		slices.Reverse(n.looks[id])
	}
}

func (l nameLook) same(m nameLook) bool { return l.names == m.names && l.whole == m.whole }

func (l nameLook) has(username string) bool {
	for name := range strings.FieldsSeq(l.names) {
		if name == username {
			return true
		}
	}
	return false
}

// Settle sorts the looks for queries.
func (n *Names) Settle() {
	if n.settled {
		return
	}
	n.borne, n.settled = map[string][]bearing{}, true
	for id, looks := range n.looks {
		slices.SortFunc(looks, func(a, b nameLook) int { return cmp.Compare(a.at, b.at) })
		for _, l := range looks {
			for name := range strings.FieldsSeq(l.names) {
				n.borne[name] = append(n.borne[name], bearing{l.at, id})
			}
		}
	}
	for name, all := range n.borne {
		// A MadeID counts only if no real channel is known to have had the username.
		if slices.ContainsFunc(all, func(b bearing) bool { return b.id != Person && !IsMadeID(b.id) }) {
			all = slices.DeleteFunc(all, func(b bearing) bool { return IsMadeID(b.id) })
			n.borne[name] = all
		}
		slices.SortFunc(all, func(a, b bearing) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) })
	}
}

// Bearer returns who had a username at a time. A channel is assumed to have it between two
// looks that found it there, and before the first and after the last look, unless a look in
// between found the channel without it. Names must be settled.
func (n *Names) Bearer(username string, at time.Time) Bearer {
	username = strings.ToLower(username)
	all := n.borne[username]
	if len(all) == 0 {
		return Bearer{}
	}
	moment := at.UnixMicro()
	next, _ := slices.BinarySearchFunc(all, moment, func(b bearing, moment int64) int { return cmp.Compare(b.at, moment) })
	near := all[max(0, next-1):min(next+1, len(all))] // the last look before the time, and the first after
	from, to := int64(math.MinInt64), int64(math.MaxInt64)
	if next > 0 {
		from = all[next-1].at
	}
	if next < len(all) {
		to = all[next].at
	}
	if to == moment { // there are looks at this very time
		last := next
		for last < len(all) && all[last].at == moment {
			last++
		}
		near, from = all[next:last], moment
	}
	id := near[0].id
	other := func(b bearing) bool { return b.id != id }
	if !slices.ContainsFunc(near, other) && !n.without(id, username, from, to) {
		return Bearer{ID: id}
	}
	out := Bearer{Ambiguous: true}
	for _, b := range near {
		out.Among = append(out.Among, b.id)
	}
	slices.Sort(out.Among)
	out.Among = slices.Compact(out.Among)
	return out
}

// without reports whether a channel was seen without a username between two times. A partial
// look at another username proves that only if no look found the channel with both.
func (n *Names) without(id int64, username string, from, to int64) bool {
	if id == Person {
		return false
	}
	looks := n.looks[id]
	for _, l := range looks {
		if l.at < from || l.at > to || l.has(username) {
			continue
		}
		both := func(m nameLook) bool { return m.whole && m.has(username) && m.has(l.names) }
		if l.whole || !slices.ContainsFunc(looks, both) {
			return true
		}
	}
	return false
}

// Last returns the last bearer's id by username in lower case, without Person.
func (n *Names) Last() map[string]int64 {
	out := make(map[string]int64, len(n.borne))
	for name, all := range n.borne {
		if id := all[len(all)-1].id; id != Person {
			out[name] = id
		}
	}
	return out
}
