package network

import (
	"slices"
	"time"
)

// Days is how many messages were sent on which days, ascending.
type Days []DayCount

// DayCount is how many messages were sent on one UTC day.
type DayCount struct {
	Day      int32 // since 1970-01-01
	Messages int32
}

const daySeconds = 24 * 60 * 60

// DayOf is the UTC day of a time, counted from 1970-01-01.
func DayOf(at time.Time) int32 {
	s := at.Unix()
	if s < 0 {
		s -= daySeconds - 1
	}
	return int32(s / daySeconds)
}

// DayTime returns the beginning of a day, in UTC.
func DayTime(day int32) time.Time { return time.Unix(int64(day)*daySeconds, 0).UTC() }

func (d *Days) Add(day, messages int32) {
	at, found := slices.BinarySearchFunc(*d, day, func(c DayCount, day int32) int { return int(c.Day) - int(day) })
	if !found {
		*d = slices.Insert(*d, at, DayCount{Day: day})
	}
	(*d)[at].Messages += messages
}

// Within counts the messages from since until before until; first and last are days with some.
func (d Days) Within(since, until int32) (messages int64, first, last int32) {
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
