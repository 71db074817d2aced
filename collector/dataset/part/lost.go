package part

import (
	"time"

	"telegramtrac/collector"
)

// Lost is what a part had before it was mended.
type Lost struct {
	Ranges collector.Ranges `json:"ranges"` // ids among which the lost messages are
	Rows   int64            `json:"rows"`   // how many were lost
	At     time.Time        `json:"at"`     // when it was found
}

func (l Lost) Join(o Lost) Lost {
	return Lost{l.Ranges.Union(o.Ranges), l.Rows + o.Rows, Latest(l.At, o.At)}
}

// Left are the ids of a loss that nobody has looked at since.
func (l Lost) Left(parts []*Part) collector.Ranges {
	left := l.Ranges
	for _, p := range parts {
		for _, c := range p.Covered {
			if c.ObservedAt.After(l.At) {
				left = left.Without(c.Ranges)
			}
		}
	}
	return left
}
