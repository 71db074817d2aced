package dataset

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
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

// Damage is what a dataset has lost.
type Damage struct {
	ChannelID int64            // 0: it is of no channel
	Ranges    collector.Ranges // ids among which the lost messages are; none: it is not known
	Rows      int64            // how many messages; 0: it is not known
	File      string           // within the dataset
}

// Tell makes the dataset tell of each damaged file when it meets it. It is to be called
// before anything else.
func (d *Dataset) Tell(told func(Damage)) { d.told = told }

// tell tells of a part that has lost something.
func (d *Dataset) tell(path string, l lost) {
	if d.told != nil {
		d.told(Damage{channelOf(path), l.Ranges, l.Rows, d.within(path)})
	}
}

func (d *Dataset) within(path string) string {
	if rel, err := filepath.Rel(d.dir, path); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(path)
}

// channelOf is the channel whose folder a file lies in, 0 for none.
func channelOf(path string) (id int64) {
	digits, ok := strings.CutPrefix(filepath.Base(filepath.Dir(path)), partitionPrefix)
	if ok {
		fmt.Sscanf(digits, "%d", &id)
	}
	return id
}

// Damage lists what is lost and was not looked at again since, by channels.
func (d *Dataset) Damage(ctx context.Context) ([]Damage, error) {
	var out []Damage
	err := d.messages.each(func(id int64, f *folder[*part]) error {
		parts, _, err := f.snapshot(ctx)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if left := p.lost.left(parts); p.lost.Rows > 0 && len(left) > 0 {
				out = append(out, Damage{id, left, p.lost.Rows, d.within(p.path)})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for what is lost: %w", err)
	}
	paths, err := d.Damaged(ctx)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		out = append(out, Damage{ChannelID: channelOf(path), File: d.within(path)})
	}
	return out, nil
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
