package query

import (
	"context"
	"fmt"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/derived"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
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
	within := Filter{Since: q.Since, Until: q.Until}
	counted, err := fold.Tally(ctx, d.Rows, q.ChannelID, derived.NewStats,
		func(ctx context.Context, to *Stats, p fold.Piece, open mend.Files) error {
			if s, ok := knownStats(p, &within); ok {
				to.AddAll(s)
				return nil
			}
			return countPiece(ctx, to, p, &within, open)
		})
	if err != nil {
		return nil, err
	}
	sum := derived.NewStats()
	for _, s := range counted {
		sum.AddAll(s)
	}
	return sum, nil
}

// knownStats are the numbers of a row group that lies wholly within the dates asked for, where
// they are kept.
func knownStats(p fold.Piece, within *Filter) (*Stats, bool) {
	if p.Group < 0 {
		return nil, false
	}
	if g := p.Cut.Groups[p.Group]; !within.holdsDate(g.MinDate) || !within.holdsDate(g.MaxDate) {
		return nil, false
	}
	k := derived.Open(p.Cut.Part)
	if k == nil {
		return nil, false
	}
	defer k.Close()
	return k.Stats(p.Group)
}

// countPiece counts rows one by one.
func countPiece(ctx context.Context, to *Stats, p fold.Piece, within *Filter, open mend.Files) error {
	hiding := false // there may be forwards that only their objects tell of
	for row, err := range fold.PieceRows[derived.StatsRow](ctx, p, open) {
		if err != nil {
			return err
		}
		if row.Kind == collector.KindMessage && within.holdsDate(row.Date) {
			to.Add(row)
			hiding = hiding || derived.MayHide(row.Source)
		}
	}
	if !hiding {
		return nil
	}
	n, err := countHidden(ctx, p, within, open)
	to.AddHidden(n)
	return err
}
