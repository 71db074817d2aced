package dataset

import (
	"time"

	"telegramtrac/collector"
)

// lost is what a part had before it was mended.
type lost struct {
	Ranges collector.Ranges `json:"ranges"` // ids among which the lost messages are
	Rows   int64            `json:"rows"`   // how many were lost
	At     time.Time        `json:"at"`     // when it was found
}

func (l lost) join(o lost) lost {
	return lost{l.Ranges.Union(o.Ranges), l.Rows + o.Rows, latest(l.At, o.At)}
}

// left are the ids of a loss that nobody has looked at since.
func (l lost) left(parts []*part) collector.Ranges {
	left := l.Ranges
	for _, p := range parts {
		for _, c := range p.covered {
			if c.ObservedAt.After(l.At) {
				left = left.Without(c.Ranges)
			}
		}
	}
	return left
}
