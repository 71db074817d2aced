package world

import (
	"math/rand/v2"
	"slices"
	"time"

	"telegramtrac/collector/sandbox/world/voices"
)

// epoch is the end of the generated history, which does not depend on the clock.
var epoch = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// kind is the kind of a planned message.
type kind uint8

const (
	post      kind = iota
	part           // of an album; ref is the id of its first message
	created        // the channel was created
	photoSet       // its photo changed
	titleSet       // its title changed
	called         // a live stream was held
	pin            // the message ref was pinned
	migrated       // the group was a basic group before
	joined         // somebody joined by link
	added          // somebody was added
	automatic      // the channel's message ref, forwarded into its group by Telegram
	comment        // a comment in the thread ref, a reply to the message to
	chatter        // a message of the group outside any thread
)

// slot is a planned message. The rest of it is derived from the seed, the channel and its id,
// so any message can be made without the others.
type slot struct {
	id, date uint32
	ref, to  uint32
	kind     kind
}

// content reports whether somebody wrote the message, so that it can be forwarded, answered or
// linked.
func (s slot) content() bool { return s.kind == post || s.kind == part }

// stream returns the random numbers for one purpose: equal for equal arguments.
func stream(seed uint64, purpose string, numbers ...int64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(hash64(purpose, numbers...))))
}

// plan plans a channel's messages: kinds, ids with gaps, dates.
func plan(seed uint64, p profile) []slot {
	r := stream(seed, "plan", p.id)
	slots := kinds(r, p)
	number(r, slots, p.stretches)
	spread(r, slots, p)
	tie(r, slots)
	return slots
}

// kinds chooses the kind of each message; there are exactly p.messages.
func kinds(r *rand.Rand, p profile) []slot {
	slots := make([]slot, 0, p.messages)
	service := []kind{titleSet, photoSet, called, pin}
	if p.messages > 1 {
		slots = append(slots, slot{kind: created}, slot{kind: photoSet})
	}
	for len(slots) < p.messages {
		switch left := p.messages - len(slots); {
		case p.onlyService:
			slots = append(slots, slot{kind: service[len(slots)%3]})
		case len(slots) > 20 && (voices.Chance(r, .003) || len(slots) == 40):
			slots = append(slots, slot{kind: voices.Pick(r, service), to: uint32(1 + r.IntN(8))})
		case left > 1 && voices.Chance(r, p.media*.12):
			for range min(left, 2+r.IntN(r.IntN(9)+1)) {
				slots = append(slots, slot{kind: part})
			}
			slots = append(slots[:len(slots)-1], slot{kind: part, to: 1}) // marks the album's end
		default:
			slots = append(slots, slot{kind: post})
		}
	}
	return slots
}

// number assigns ids: occasionally a single one is missing, and in a few places hundreds or
// thousands.
func number(r *rand.Rand, slots []slot, stretches int) {
	holes := map[int]uint32{}
	for range stretches {
		holes[len(slots)/4+r.IntN(max(len(slots)/2, 1))] = uint32(300 + r.IntN(3000))
	}
	id := uint32(0)
	for i := range slots {
		id += 1 + holes[i]
		if i > 0 && voices.Chance(r, .045) {
			id += uint32(1 + r.IntN(2))
		}
		slots[i].id = id
	}
}

// spread dates the messages over the channel's life, at uneven intervals, between 6 and 23
// o'clock unless it also posts at night. An album has one date.
func spread(r *rand.Rand, slots []slot, p profile) {
	marks, total := make([]float64, len(slots)), 0.0
	for i := range slots {
		if i == 0 || slots[i].kind != part || slots[i-1].kind != part || slots[i-1].to == 1 {
			total += r.ExpFloat64()
		}
		marks[i] = total
	}
	begin, opens, awake := day(p.since), 6*3600.0, 17*3600.0
	if p.always {
		opens, awake = 0, 24*3600
	}
	days := float64(epoch.Unix()-begin)/86400 + 1
	for i := range slots {
		at := marks[i] / (total + .01) * days
		within := at - float64(int(at))
		slots[i].date = uint32(begin + int64(at)*86400 + int64(opens+within*awake))
	}
}

// tie sets ref: of album parts to the album, of pins to a message shortly before.
func tie(r *rand.Rand, slots []slot) {
	head := uint32(0)
	for i := range slots {
		switch s := &slots[i]; s.kind {
		case part:
			if head == 0 {
				head = s.id
			}
			s.ref = head
			if s.to == 1 {
				head = 0
			}
			s.to = 0
		case pin:
			j := before(slots, i-int(s.to))
			if j < 0 {
				s.kind = called
			} else {
				s.ref = slots[j].id
			}
			s.to = 0
		default:
			s.to = 0
		}
	}
}

// before returns the position of the last message with content below i, -1 if none.
func before(slots []slot, i int) int {
	for i = min(i, len(slots)) - 1; i >= 0; i-- {
		if slots[i].content() {
			return i
		}
	}
	return -1
}

func position(slots []slot, id uint32) (int, bool) {
	return slices.BinarySearchFunc(slots, id, func(s slot, id uint32) int { return int(s.id) - int(id) })
}

// datedBefore returns the number of messages dated before unix.
func datedBefore(slots []slot, unix uint32) int {
	i, _ := slices.BinarySearchFunc(slots, unix, func(s slot, unix uint32) int {
		if s.date < unix {
			return -1
		}
		return 1
	})
	return i
}

func day(date string) int64 {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic("world: the table of channels has a bad date: " + date)
	}
	return t.Unix()
}
