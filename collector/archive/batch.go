package archive

import (
	"maps"
	"slices"
	"time"

	"telegramtrac/collector"
)

// batch gathers a channel's rows until they are worth handing over.
type batch struct {
	r    *reader
	seen time.Time
	held map[int64][]collector.Message
	n    int
	all  int64
}

const batchRows = 500

func (r *reader) batch(seen time.Time) *batch {
	return &batch{r: r, seen: seen, held: map[int64][]collector.Message{}}
}

func (b *batch) put(m collector.Message) error {
	if err := b.r.bound(&m); err != nil {
		return err
	}
	b.held[m.ChannelID] = append(b.held[m.ChannelID], m)
	b.all++
	if b.n++; b.n < batchRows {
		return nil
	}
	return b.flush()
}

func (b *batch) flush() error {
	for _, id := range slices.Sorted(maps.Keys(b.held)) {
		if err := b.r.add(collector.Observations{ChannelID: id, SeenAt: b.seen, Messages: b.held[id]}); err != nil {
			return err
		}
	}
	clear(b.held)
	b.n = 0
	return b.r.ctx.Err()
}
