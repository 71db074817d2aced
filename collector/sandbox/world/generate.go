package world

import (
	"fmt"

	"github.com/gotd/td/tg"
)

// Generate makes the default world: an invented coastal city with its newsrooms and some
// 60,000 messages. Equal seeds give equal worlds, byte for byte, dates included. A channel's
// messages are made when its log is first used.
func Generate(seed uint64) *World {
	c := plot(seed)
	w := New()
	for _, o := range c.outlets {
		w.AddChannel(c.channel(o))
	}
	for _, o := range outside {
		w.AddChannel(&Channel{TL: o, Private: true})
	}
	for _, u := range append(people[:len(people):len(people)], bots...) {
		w.AddUser(&u)
	}
	return w
}

// city is the plan of a generated world; it never changes after plot, so that messages can be
// made in any order by any goroutine.
type city struct {
	seed    uint64
	outlets []*outlet
	byName  map[string]*outlet
}

// outlet is one generated channel.
type outlet struct {
	profile
	slots   []slot
	pinned  map[uint32]bool
	threads map[uint32]*thread // of the channel's messages, by message id
	roots   map[uint32]*thread // in the group, by id of the automatic forward
	linked  *outlet            // the channel's group, or the group's channel
}

func plot(seed uint64) *city {
	c := &city{seed: seed, byName: map[string]*outlet{}}
	for _, p := range cast {
		o := &outlet{profile: p, pinned: map[uint32]bool{}}
		if !p.group {
			o.slots = plan(seed, p)
		}
		for _, s := range o.slots {
			if s.kind == pin {
				o.pinned[s.ref] = true
			}
		}
		c.outlets = append(c.outlets, o)
		c.byName[p.name] = o
	}
	for _, o := range c.outlets {
		if o.discussion != "" {
			c.open(o, c.byName[o.discussion])
		}
	}
	return c
}

// open links a channel and its group in both directions.
func (c *city) open(o, group *outlet) {
	group.slots, o.threads = discuss(c.seed, group.profile, o.slots)
	group.roots = map[uint32]*thread{}
	for _, t := range o.threads {
		group.roots[t.root] = t
	}
	o.linked, group.linked = group, o
}

// channel returns an outlet as a channel of the world.
func (c *city) channel(o *outlet) *Channel {
	tl := tg.Channel{
		ID: o.id, Title: o.title, Username: o.name, Date: int(day(o.since)), ParticipantsCount: o.subscribers, Left: true,
		Broadcast: !o.group, Megagroup: o.group, HasLink: o.linked != nil, Signatures: len(o.authors) > 0,
		Noforwards: o.noForwards, Verified: o.name == "marenna_port",
		Photo: &tg.ChatPhoto{PhotoID: hash64("channel photo", o.id), DCID: 2},
	}
	if o.second != "" {
		tl.Username = ""
		tl.Usernames = []tg.Username{{Editable: true, Active: true, Username: o.name}, {Active: true, Username: o.second}}
	}
	if o.restricted != "" {
		tl.Restricted = true
		tl.RestrictionReason = []tg.RestrictionReason{{Platform: "ios", Reason: o.restricted,
			Text: "This channel can't be displayed on this platform."}}
	}
	return &Channel{TL: tl, Full: c.full(o), Private: o.private, Banned: o.banned, Log: &Log{fill: func(l *Log) { c.Write(l, o) }}}
}

func (c *city) full(o *outlet) tg.ChannelFull {
	s := &scene{r: stream(c.seed, "photo", o.id), voice: o.voice, id: hash64("channel photo", o.id), date: int(day(o.since))}
	full := tg.ChannelFull{About: o.about, ChatPhoto: s.picture(), AvailableReactions: &tg.ChatReactionsAll{}, CanViewParticipants: o.group,
		PaidReactionsAvailable: !o.group}
	full.SetParticipantsCount(o.subscribers)
	if o.group {
		full.SetOnlineCount(o.subscribers / 30)
	}
	if o.linked != nil {
		full.SetLinkedChatID(o.linked.id)
	}
	full.Pts = len(o.slots) + 1
	for _, s := range o.slots {
		full.ReadInboxMaxID = int(s.id)
		if s.kind == pin {
			full.SetPinnedMsgID(int(s.ref))
		}
	}
	return full
}

// Write makes all messages of an outlet.
func (c *city) Write(l *Log, o *outlet) {
	l.slab = make([]byte, 0, len(o.slots)*300)
	for i := range o.slots {
		if err := l.append(c.message(o, i)); err != nil {
			panic(fmt.Sprintf("world: generated message %d of @%s: %v", o.slots[i].id, o.name, err)) // a bug in this package
		}
	}
}

// message returns the message at position i, with its counters.
func (c *city) message(o *outlet, i int) tg.MessageClass {
	switch s := o.slots[i]; s.kind {
	case post, part:
		m := c.post(o, i)
		c.count(o, s, m)
		return m
	case automatic:
		return c.automatic(o, s)
	case comment, chatter:
		return c.remark(o, i)
	}
	return c.service(o, i)
}
