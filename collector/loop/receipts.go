package loop

import (
	"context"
	"errors"
	"fmt"
	"time"

	"telegramtrac/collector"
)

// receipt writes the receipt of a channel that reached a final state, even if the run is
// stopped at that moment.
func (c *collection) receipt(ctx context.Context, p collector.Progress) error {
	err := putReceipt(ctx, c.Run, p)
	if err != nil && ctx.Err() != nil {
		ctx, cancel := late(ctx)
		defer cancel()
		err = putReceipt(ctx, c.Run, p)
	}
	if err != nil {
		return storeError{err}
	}
	return nil
}

// Cancel ends, in place, the channels of a run that had not ended. Started ones get a receipt.
// A channel whose receipt cannot be written has not ended; the others have.
func Cancel(ctx context.Context, run Run, progress []collector.Progress) error {
	now := time.Now().UTC()
	if run.Now != nil {
		now = run.Now().UTC()
	}
	var errs []error
	for i, p := range progress {
		if p.State.Final() {
			continue
		}
		err := recount(ctx, &p, run)
		p.FinishedAt, p.State, p.RetryAt = &now, collector.Canceled, nil
		if p.Messages+p.Service+p.Unreadable > 0 {
			p.State = collector.Partial
		}
		if p.StartedAt != nil && err == nil {
			err = putReceipt(ctx, run, p)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		progress[i] = p
	}
	return errors.Join(errs...)
}

// recount gets the counts from the store if the last run was killed before it recorded them.
func recount(ctx context.Context, p *collector.Progress, run Run) error {
	if p.Before == nil || p.Counted {
		return nil
	}
	ids := collector.Range{Lo: p.Lo, Hi: p.Hi}
	asked := requestOf(run.Request, *p)
	if p.ByPost || p.Threads > 0 || p.CommentsOf != "" && p.Hi == 0 && asked.Last == 0 {
		ids = collector.Range{Lo: 1, Hi: maxID} // its comments were read thread by thread
	}
	all, err := run.held(ctx, p.ChannelID, p.Source, ids)
	if err != nil {
		return err
	}
	setCounts(p, all)
	if asked.Last == 0 || p.ByPost { // else the requested ids differ from the counted ones
		countNew(p, all.rows())
	}
	return nil
}

// putReceipt writes the receipt of one channel.
func putReceipt(ctx context.Context, run Run, p collector.Progress) error {
	if p.SameAs != "" {
		return nil // the other reference's receipt has the counts
	}
	asked := requestOf(run.Request, p)
	r := collector.Receipt{
		CollectionID: run.ID, Reference: p.Reference, ChannelID: p.ChannelID, Username: p.Username, Title: p.Title,
		Source: p.Source, Personal: run.Request.Personal,
		State: string(p.State), Error: string(p.Error), Detail: p.Detail,
		Newest: p.Newest, Lo: p.Lo, Hi: p.Hi, Since: dayOf(asked.Since), Until: dayOf(asked.Until), Server: p.Expected,
		Messages: p.Messages, Service: p.Service, New: p.New, AbsentCount: p.Absent,
		Unproven: p.Unproven, Unreadable: p.Unreadable, Vanished: p.Vanished, Short: p.Short(),
		Requests: p.Requests, Retries: p.Retries, Waits: p.Waits, WaitedSeconds: p.WaitedSeconds, Resumed: int64(run.Resumed), Threads: p.Threads,
		CommentsSaid: p.CommentsSaid, CommentsStored: p.CommentsStored, CommentsShort: p.CommentsShort,
	}
	if p.ByPost {
		r.CommentsBy = string(collector.ByPost)
	}
	if p.StartedAt != nil {
		r.StartedAt = *p.StartedAt
	}
	if p.FinishedAt != nil {
		r.FinishedAt = *p.FinishedAt
	}
	if p.ChannelID != 0 && p.Hi > 0 {
		covered, err := run.Store.Covered(ctx, p.ChannelID, p.Source)
		if err != nil {
			return fmt.Errorf("fold channel %d for its receipt: %w", p.ChannelID, err)
		}
		absent, err := run.Store.Absent(ctx, p.ChannelID, collector.Range{Lo: p.Lo, Hi: p.Hi})
		if err != nil {
			return fmt.Errorf("find the absent ids of channel %d: %w", p.ChannelID, err)
		}
		r.Covered, r.Absent = covered.Intersect(collector.Range{Lo: p.Lo, Hi: p.Hi}), absent
	}
	if err := run.Store.PutReceipt(ctx, r); err != nil {
		return fmt.Errorf("put the receipt of %s: %w", p.Reference, err)
	}
	return nil
}

func dayOf(d collector.Date) *time.Time {
	if d.IsZero() {
		return nil
	}
	return &d.Time
}
