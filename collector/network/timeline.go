package network

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"time"
)

// Days says how many messages were sent on which days, ascending.
type Days []DayCount

// DayCount is how many messages were sent on a UTC day.
type DayCount struct {
	Day      int32 // since 1970-01-01
	Messages int32
}

const daySeconds = 24 * 60 * 60

func dayOf(at time.Time) int32 {
	s := at.Unix()
	if s < 0 {
		s -= daySeconds - 1
	}
	return int32(s / daySeconds)
}

func dayTime(day int32) time.Time { return time.Unix(int64(day)*daySeconds, 0).UTC() }

func (d *Days) Add(day, messages int32) {
	at, found := slices.BinarySearchFunc(*d, day, func(c DayCount, day int32) int { return int(c.Day) - int(day) })
	if !found {
		*d = slices.Insert(*d, at, DayCount{Day: day})
	}
	(*d)[at].Messages += messages
}

// within counts the messages from a day on and before another.
func (d Days) within(since, until int32) (messages int64, first, last int32) {
	for _, c := range d {
		if c.Day < since || c.Day >= until {
			continue
		}
		if messages == 0 {
			first = c.Day
		}
		messages, last = messages+int64(c.Messages), c.Day
	}
	return messages, first, last
}

// print tells graphs apart by their edges: equal where each edge stands in the
// same place with the same messages on the same days. What is listed by the
// places of edges, as the timeline is, belongs to a graph of the same print.
func (g *Graph) print() string {
	sum := sha256.New()
	var line []byte
	for i, e := range g.Edges {
		line = fmt.Appendf(line[:0], "%s %s %s %d", e.Source, e.Target, e.Kind, e.Weight)
		for _, d := range g.timeline(i) {
			line = fmt.Appendf(line, " %d:%d", d.Day, d.Messages)
		}
		sum.Write(append(line, '\n')) // never fails
	}
	return hex.EncodeToString(sum.Sum(nil)[:printBytes])
}

// printBytes is how much of the hash tells enough.
const printBytes = 12

// WriteTimeline writes when the messages of each edge were sent, as JSON:
// "ties" has a list for each edge, in the order of graph.json's links, of days
// since "first_day" and numbers of messages in turn. It belongs to the
// graph.json that has the same "print".
func (g *Graph) WriteTimeline(w io.Writer) error {
	first := dayOf(g.Summary.Oldest)
	out := &lines{w: bufio.NewWriter(w)}
	out.text(`{"first_day":`)
	out.value(dayTime(first).Format(time.DateOnly))
	out.text(`,"days":`)
	out.value(max(0, dayOf(g.Summary.Newest)-first+1))
	out.text(`,"messages":`)
	out.value(g.Summary.Messages)
	out.text(`,"print":`)
	out.value(g.print())
	out.text(`,"ties":[`)
	flat := []int32{}
	for i, days := range g.Timeline {
		flat = flat[:0]
		for _, d := range days {
			flat = append(flat, d.Day-first, d.Messages)
		}
		out.element(i, flat)
	}
	out.text("]}\n")
	if err := out.flush(); err != nil {
		return fmt.Errorf("write timeline: %w", err)
	}
	return nil
}
