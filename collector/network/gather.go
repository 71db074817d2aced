package network

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
)

// target is the channel that an edge points at: by id, or by username while the id is not
// known.
type target struct {
	id        int64
	username  string // lower case
	ambiguous bool   // the username changed hands, and its owner at the time is not known
}

func (t target) key() string {
	if t.id != 0 {
		return strconv.FormatInt(t.id, 10)
	}
	return "@" + t.username
}

// tie identifies an edge while it is counted.
type tie struct {
	source int64
	target target
	kind   uint8
}

type tally struct {
	target      target // its own copy: a message's texts share memory with those of many others
	weight      int64
	first, last time.Time
	days        Days
}

// counter counts messages into edges. Its memory grows with edges, not with
// messages.
type counter struct {
	finder   finder
	ties     map[tie]*tally
	messages map[int64]int64  // by channel, without service messages
	seen     map[target]int64 // highest id of a message that others forward or reply to
	summary  Summary
}

// gather counts the input into nodes and edges; it does not measure them.
func gather(ctx context.Context, in Input) (*Graph, error) {
	c := &counter{
		finder:   finder{names: newNames(in)},
		ties:     map[tie]*tally{},
		messages: map[int64]int64{},
		seen:     map[target]int64{},
	}
	for e, err := range in.Messages {
		if err != nil {
			return nil, fmt.Errorf("read messages of the network: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("read messages of the network: %w", err)
		}
		c.Add(e)
	}
	return c.graph(), nil
}

func (c *counter) Add(e *Evidence) {
	if n := c.messages[e.ChannelID]; e.Kind == collector.KindMessage {
		c.messages[e.ChannelID] = n + 1
		c.summary.Messages++
	} else {
		c.messages[e.ChannelID] = n
	}
	c.summary.Oldest, c.summary.Newest = widen(c.summary.Oldest, c.summary.Newest, e.Date)
	for _, f := range c.finder.find(e) {
		c.count(f, e.Date)
	}
}

func (c *counter) count(f found, at time.Time) {
	t := c.ties[f.tie]
	if t == nil {
		f.target.username = strings.Clone(f.target.username)
		t = &tally{target: f.target}
		c.ties[f.tie] = t
	}
	t.weight++
	t.first, t.last = widen(t.first, t.last, at)
	t.days.Add(DayOf(at), 1)
	// Ids in links are typed by people and may be wrong, so links do not count here.
	if f.tie.kind == forwardKind || f.tie.kind == replyKind {
		c.seen[t.target] = max(c.seen[t.target], f.message)
	}
}

// widen extends a span of time, which is zero when empty, to include at.
func widen(first, last, at time.Time) (time.Time, time.Time) {
	if first.IsZero() || at.Before(first) {
		first = at
	}
	if last.IsZero() || at.After(last) {
		last = at
	}
	return first, last
}

// graph turns what was counted into nodes and edges in their final order.
func (c *counter) graph() *Graph {
	nodes := c.nodes()
	for id, t := range c.ties {
		if from, to := nodes[target{id: id.source}], nodes[id.target]; from != to {
			from.OutWeight += t.weight
			to.InWeight += t.weight
		}
	}
	g := &Graph{Summary: c.summary, Usernames: c.finder.names.held.Last()}
	order := slices.Collect(maps.Keys(nodes))
	slices.SortFunc(order, func(a, b target) int {
		x, y := nodes[a], nodes[b]
		return cmp.Or(cmp.Compare(y.Weight(), x.Weight()), cmp.Compare(y.Messages, x.Messages),
			cmp.Compare(x.ChannelID, y.ChannelID), cmp.Compare(x.Key, y.Key))
	})
	rank := make(map[target]int, len(order))
	for i, t := range order {
		rank[t] = i
		g.Nodes = append(g.Nodes, *nodes[t])
		if nodes[t].Collected {
			g.Summary.Collected++
		}
	}
	g.Edges, g.Timeline = c.edges(rank)
	return g
}

// nodes makes a node of every collected channel and of every channel that a message points at.
func (c *counter) nodes() map[target]*Node {
	out := map[target]*Node{}
	add := func(t target) {
		if out[t] == nil {
			out[t] = c.node(t)
		}
	}
	for id, n := range c.finder.names.channels {
		if n.collected {
			add(target{id: id})
		}
	}
	for id := range c.messages {
		add(target{id: id})
	}
	for id := range c.ties {
		add(id.target)
	}
	return out
}

func (c *counter) node(t target) *Node {
	n := c.finder.names.channels[t.id]
	if t.id == 0 {
		n = naming{username: t.username}
	}
	messages, read := c.messages[t.id]
	return &Node{
		Key:       t.key(),
		ChannelID: t.id,
		Username:  n.username,
		Title:     n.title,
		Kind:      n.kind,
		Collected: n.collected || read,
		Messages:  messages,
		SeenID:    c.seen[t],
		Ambiguous: t.ambiguous,
	}
}

func (c *counter) edges(rank map[target]int) ([]Edge, []Days) {
	type ranked struct {
		source, target int
		tie            tie
	}
	order := make([]ranked, 0, len(c.ties))
	for id := range c.ties {
		order = append(order, ranked{rank[target{id: id.source}], rank[id.target], id})
	}
	slices.SortFunc(order, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.target, b.target), cmp.Compare(a.tie.kind, b.tie.kind))
	})
	out, timeline := make([]Edge, 0, len(order)), make([]Days, 0, len(order))
	for _, r := range order {
		t := c.ties[r.tie]
		timeline = append(timeline, t.days)
		out = append(out, Edge{
			Source: strconv.FormatInt(r.tie.source, 10),
			Target: r.tie.target.key(),
			Kind:   Kinds[r.tie.kind],
			Weight: t.weight,
			First:  t.first.UTC(),
			Last:   t.last.UTC(),

			Ambiguous: r.tie.target.ambiguous,
		})
	}
	return out, timeline
}
