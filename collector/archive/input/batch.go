package input

import (
	"maps"
	"slices"
	"time"

	"telegramtrac/collector"
)

// Batch collects a channel's rows and hands them over in large pieces.
type Batch struct {
	r    *Reader
	seen time.Time
	held map[int64][]collector.Message
	n    int
	All  int64
}

const BatchRows = 500

func (r *Reader) Batch(seen time.Time) *Batch {
	return &Batch{r: r, seen: seen, held: map[int64][]collector.Message{}}
}

func (b *Batch) Put(m collector.Message) error {
	if err := b.r.bound(&m); err != nil {
		return err
	}
	b.held[m.ChannelID] = append(b.held[m.ChannelID], m)
	b.All++
	if b.n++; b.n < BatchRows {
		return nil
	}
	return b.Flush()
}

func (b *Batch) Flush() error {
	for _, id := range slices.Sorted(maps.Keys(b.held)) {
		if err := b.r.Add(collector.Observations{ChannelID: id, SeenAt: b.seen, Messages: b.held[id]}); err != nil {
			return err
		}
	}
	clear(b.held)
	b.n = 0
	return b.r.Ctx.Err()
}
