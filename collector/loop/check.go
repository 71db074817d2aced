package loop

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"telegramtrac/collector"
)

// ask asks for ids about which more may be known now: messages that an older version of the
// program could not read and, with Request.Check, all ids without a message.
func (j *job) ask(ctx context.Context) error {
	by, ok := j.Source.(collector.Asker)
	ids := collector.Range{Lo: j.p.Lo, Hi: j.p.Hi}
	if !ok || ids.Lo == 0 || ids.Len() == 0 {
		return nil
	}
	unread, err := j.unread(ctx, by, ids)
	if err != nil {
		return err
	}
	var absent collector.Ranges
	if j.Request.Check {
		if absent, err = j.doubted(ctx, ids); err != nil {
			return err
		}
	}
	runs, singles := collector.Ranges{}, unread
	for _, r := range absent {
		if r.Len() > collector.MostIDs { // one page below it accounts for all its ids
			runs = append(runs, r)
			continue
		}
		singles = singles.Union(collector.Ranges{r})
	}
	if err := j.askSingly(ctx, by, singles); err != nil || len(runs) == 0 {
		return err
	}
	_, err = j.walk(ctx, runs, nil)
	return err
}

// unread returns the unreadable messages that may be readable now: with a newer layer, or
// because the person asks for a check.
func (j *job) unread(ctx context.Context, by collector.Asker, ids collector.Range) (collector.Ranges, error) {
	rows, err := j.Store.Unreadable(ctx, j.ch.ID, ids)
	if err != nil {
		return nil, storeError{fmt.Errorf("find the unreadable messages of channel %d: %w", j.ch.ID, err)}
	}
	var out []collector.Range
	for _, m := range rows {
		if j.Request.Check || collector.UnreadableLayer(m.Raw) < by.Layer() {
			out = append(out, collector.Range{Lo: m.ID, Hi: m.ID})
		}
	}
	return collector.NewRanges(out...), nil
}

// doubted returns the covered ids without a message, or with one that is gone, that were not
// asked for since the collection began.
func (j *job) doubted(ctx context.Context, ids collector.Range) (collector.Ranges, error) {
	absent, err := j.Store.Absent(ctx, j.ch.ID, ids)
	if err != nil {
		return nil, storeError{fmt.Errorf("find the absent ids of channel %d: %w", j.ch.ID, err)}
	}
	vanished, err := j.Store.Vanished(ctx, j.ch.ID, ids)
	if err != nil {
		return nil, storeError{fmt.Errorf("find the vanished messages of channel %d: %w", j.ch.ID, err)}
	}
	fresh, err := j.Store.CoveredBetween(ctx, j.ch.ID, j.Source.Name(), *j.p.StartedAt, j.Now().UTC())
	if err != nil {
		return nil, storeError{fmt.Errorf("fold channel %d: %w", j.ch.ID, err)}
	}
	return absent.Union(vanished).Without(fresh), nil
}

// askSingly asks for single ids, a hundred per request, several requests at a time.
func (j *job) askSingly(ctx context.Context, by collector.Asker, ids collector.Ranges) error {
	batches := slices.Collect(slices.Chunk(ids.Each(), collector.MostIDs))
	for len(batches) > 0 {
		n := min(len(batches), j.inflight.limit)
		errs := make([]error, n)
		asked := time.Now()
		var all sync.WaitGroup
		for i, batch := range batches[:n] {
			all.Go(func() { errs[i] = j.askBatch(ctx, by, batch) })
		}
		all.Wait()
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		j.inflight.observe(j.Source.Usage(), time.Since(asked))
		if err := j.recount(ctx); err != nil {
			return err
		}
		j.report()
		batches = batches[n:]
	}
	return nil
}

// askBatch asks for some ids, ascending, and stores the answer.
func (j *job) askBatch(ctx context.Context, by collector.Asker, ids []int64) error {
	began := j.Now().UTC()
	page, err := by.ByID(ctx, j.ch, ids)
	if err != nil {
		return fmt.Errorf("ask for %d messages of channel %d: %w", len(ids), j.ch.ID, err)
	}
	var covered []collector.Range
	for _, id := range ids {
		covered = append(covered, collector.Range{Lo: id, Hi: id})
	}
	for i := range page.Messages {
		m := &page.Messages[i]
		if _, asked := slices.BinarySearch(ids, m.ID); !asked || m.ChannelID != j.ch.ID {
			return collector.Errorf(collector.Internal, "message %d of channel %d came and was not asked for", m.ID, m.ChannelID)
		}
		j.name(m)
	}
	part := collector.Part{
		ChannelID: j.ch.ID, Range: collector.Range{Lo: ids[0], Hi: ids[len(ids)-1]}, Covered: collector.NewRanges(covered...),
		Source:     j.Source.Name(),
		ObservedAt: began, ProvedAt: j.Now().UTC(), Messages: page.Messages, Peers: page.Peers,
	}
	_, err = j.putPart(ctx, part, false)
	return err
}
