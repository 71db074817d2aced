package query

import (
	"context"
	"fmt"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/derived"
	"telegramtrac/collector/dataset/fold"
)

// StatsQuery says of which messages numbers are wanted.
type StatsQuery struct {
	ChannelID    int64     // 0: all channels
	Since, Until time.Time // of the date, until exclusive; zero: open
}

// What is counted, and how, is in package derived, which keeps it beside large parts.
type (
	// Stats are numbers about messages.
	Stats = derived.Stats

	// ChannelDay is a day of a channel.
	ChannelDay = derived.ChannelDay

	// DayStats are a day's numbers.
	DayStats = derived.DayStats

	// Origin is where messages were forwarded from.
	Origin = derived.Origin
)

// Host is the host of an address of the web, "" for another.
func Host(link string) string { return derived.Host(link) }

// Stats counts. It reads the columns it needs of all rows once, and keeps the
// last answer until the data changes. Who asks while others wait shares what was
// begun after it had asked: so the charts of a page are counted twice at most,
// even while the data grows. The answer is not to be changed.
func (d *Reader) Stats(ctx context.Context, q StatsQuery) (*Stats, error) {
	asked := time.Now()
	plans, err := d.PlansNow(ctx, q.ChannelID)
	if err != nil {
		return nil, err
	}
	select {
	case d.Counted.Turn <- struct{}{}:
		defer func() { <-d.Counted.Turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("count messages: %w", ctx.Err())
	}
	if k := &d.Counted; k.Stats != nil && k.query == q && (k.begun.After(asked) || slices.Equal(k.plans, plans)) {
		return k.Stats, nil
	}
	begun := time.Now()
	s, err := d.countStats(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("count messages: %w", err)
	}
	d.Counted.Stats, d.Counted.query, d.Counted.plans, d.Counted.begun = s, q, plans, begun
	return s, nil
}

// keptStats is the last answer.
type keptStats struct {
	Turn  chan struct{} // holds one while its holder counts; guards what follows
	query StatsQuery
	plans []*fold.Plan
	begun time.Time
	Stats *Stats
}

func (d *Reader) countStats(ctx context.Context, q StatsQuery) (*Stats, error) {
	s := derived.NewStats()
	within := Filter{Since: q.Since, Until: q.Until}
	hiding := map[int64]bool{} // channels with forwards that only their objects may tell of
	for row, err := range fold.ScanColumns[derived.StatsRow](ctx, d.Rows, q.ChannelID) {
		if err != nil {
			return nil, err
		}
		if row.Kind == collector.KindMessage && within.holdsDate(row.Date) {
			s.Add(row)
			if derived.MayHide(row.Source) {
				hiding[row.ChannelID] = true
			}
		}
	}
	for id := range hiding {
		n, err := d.countHidden(ctx, id, &within)
		if err != nil {
			return nil, err
		}
		s.AddHidden(n)
	}
	return s, nil
}
