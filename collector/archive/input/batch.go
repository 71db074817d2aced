package input

import (
	"maps"
	"slices"
	"time"

	"telegramtrac/collector"
)

// Batch collects rows and hands them over in large pieces.
type Batch struct {
	r    *Reader
	seen map[int64]time.Time // by channel: when its rows were seen
	held map[int64][]collector.Message
	n    int
	All  int64
}

const BatchRows = 500

// Batch begins a batch of rows that were seen at these times, by channel; nil: the rows say it.
func (r *Reader) Batch(seen map[int64]time.Time) *Batch {
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
		if err := b.r.Add(collector.Observations{ChannelID: id, SeenAt: b.seen[id], Messages: b.held[id]}); err != nil {
			return err
		}
	}
	clear(b.held)
	b.n = 0
	return b.r.Ctx.Err()
}

// End hands over the remaining rows, and reports the file as read.
func (b *Batch) End(m *Member, kind string) error {
	if err := b.Flush(); err != nil {
		return err
	}
	for id, at := range b.seen {
		Newer(b.r.Newest, id, at)
	}
	b.r.Took(m, kind, b.All)
	m.Skip()
	return nil
}

// Newer notes a time as that of a channel, if it is the newest.
func Newer(seen map[int64]time.Time, channelID int64, at time.Time) {
	if at.After(seen[channelID]) {
		seen[channelID] = at
	}
}
