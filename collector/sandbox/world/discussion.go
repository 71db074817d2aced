package world

import (
	"math/rand/v2"
	"slices"

	"telegramtrac/collector/sandbox/world/voices"
)

// thread is the comments of one channel message.
type thread struct {
	root     uint32 // id of the automatic forward in the group
	comments int
	last     uint32   // id of the newest comment, root when there is none
	recent   []uint32 // ids of the newest comments, newest last
}

// event is a message of a discussion group before it has an id.
type event struct {
	slot
	root, to int // indices of the events that ref and to refer to, -1 for none
}

// discuss plans the group that is linked to a channel: the channel's messages since the link,
// forwarded by Telegram, the comments on them, and other messages. It also returns the thread
// of each channel message.
func discuss(seed uint64, p profile, channel []slot) ([]slot, map[uint32]*thread) {
	r := stream(seed, "discussion", p.id)
	events := gather(r, p, channel)
	order := make([]int, len(events))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(events[a].date) - int(events[b].date) })
	slots := make([]slot, len(events))
	for i, e := range order {
		slots[i] = events[e].slot
	}
	number(r, slots, 0)
	ids := make([]uint32, len(events))
	for i, e := range order {
		ids[e] = slots[i].id
	}
	for i, e := range order {
		if slots[i].kind == comment {
			slots[i].ref, slots[i].to = ids[events[e].root], ids[events[e].to]
		}
	}
	return slots, threads(slots)
}

// gather collects the events, not sorted by date, but with roots before their comments.
func gather(r *rand.Rand, p profile, channel []slot) []event {
	begin := uint32(day(p.since)) + 7*3600
	end := uint32(epoch.Unix()) + 23*3600
	events := []event{{slot: slot{kind: migrated, date: begin}}}
	for range p.messages {
		s := slot{kind: chatter, date: begin + 1 + uint32(r.Int64N(int64(end-begin)))}
		switch {
		case voices.Chance(r, .04):
			s.kind = joined
		case voices.Chance(r, .02):
			s.kind = added
		}
		events = append(events, event{slot: s})
	}
	for _, c := range channel {
		if c.date <= begin || !c.content() {
			continue
		}
		events = append(events, event{slot: slot{kind: automatic, ref: c.id, date: c.date + 1}})
		if c.kind == post || c.ref == c.id {
			events = remark(r, events, end)
		}
	}
	return events
}

// remark adds comments to the last event; some answer an earlier comment.
func remark(r *rand.Rand, events []event, end uint32) []event {
	root := len(events) - 1
	at := float64(events[root].date)
	for n := int(r.ExpFloat64() * 2.6); n > 0; n-- {
		at += 20 + r.ExpFloat64()*5400
		if at >= float64(end) {
			break
		}
		to := root
		if first := root + 1; len(events) > first && voices.Chance(r, .35) {
			to = first + r.IntN(len(events)-first)
		}
		events = append(events, event{slot: slot{kind: comment, date: uint32(at)}, root: root, to: to})
	}
	return events
}

func threads(slots []slot) map[uint32]*thread {
	byMessage, byRoot := map[uint32]*thread{}, map[uint32]*thread{}
	for _, s := range slots {
		switch s.kind {
		case automatic:
			t := &thread{root: s.id, last: s.id}
			byMessage[s.ref], byRoot[s.id] = t, t
		case comment:
			t := byRoot[s.ref]
			t.comments++
			t.last = s.id
			t.recent = append(t.recent, s.id)
			if len(t.recent) > 3 {
				t.recent = t.recent[1:]
			}
		}
	}
	return byMessage
}
