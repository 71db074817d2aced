package collector

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// receipt writes the receipt of a channel that reached a final state, also when the
// run is stopped just then.
func (c *collection) receipt(ctx context.Context, p Progress) error {
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

// Cancel ends, in place, the channels of a run that had not ended. Those that were
// begun get a receipt. One whose receipt cannot be written has not ended; the others
// have all the same.
func Cancel(ctx context.Context, run Run, progress []Progress) error {
	now := time.Now().UTC()
	if run.Now != nil {
		now = run.Now().UTC()
	}
	var errs []error
	for i, p := range progress {
		if p.State.Final() {
			continue
		}
		err := p.recount(ctx, run)
		p.FinishedAt, p.State, p.RetryAt = &now, Canceled, nil
		if p.Messages+p.Service+p.Unreadable > 0 {
			p.State = Partial
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

// recount takes the counts from the store where the last run was killed, and did not
// put them down.
func (p *Progress) recount(ctx context.Context, run Run) error {
	if p.Before == nil || p.Counted {
		return nil
	}
	ids := Range{p.Lo, p.Hi}
	if p.Threads > 0 || p.CommentsOf != "" && p.Hi == 0 && run.Request.Last == 0 {
		ids = Range{1, maxID} // its comments are read under one message after the other
	}
	all, err := run.held(ctx, p.ChannelID, p.Source, ids)
	if err != nil {
		return err
	}
	p.set(all)
	if run.Request.Last == 0 { // else other ids were asked for than are counted
		p.countTo(all.rows())
	}
	return nil
}

// putReceipt writes the receipt of a channel of a run.
func putReceipt(ctx context.Context, run Run, p Progress) error {
	if p.SameAs != "" {
		return nil // its counts stand in the other reference's receipt
	}
	r := Receipt{
		CollectionID: run.ID, Reference: p.Reference, ChannelID: p.ChannelID, Username: p.Username, Title: p.Title,
		Source: p.Source, Personal: run.Request.Personal,
		State: string(p.State), Error: string(p.Error), Detail: p.Detail,
		Newest: p.Newest, Lo: p.Lo, Hi: p.Hi, Since: dayOf(run.Request.Since), Until: dayOf(run.Request.Until), Server: p.Expected,
		Messages: p.Messages, Service: p.Service, New: p.New, AbsentCount: p.Absent,
		Unproven: p.Unproven, Unreadable: p.Unreadable, Vanished: p.Vanished, Short: p.Short(),
		Requests: p.Requests, Retries: p.Retries, Waits: p.Waits, WaitedSeconds: p.WaitedSeconds, Resumed: int64(run.Resumed), Threads: p.Threads,
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
		absent, err := run.Store.Absent(ctx, p.ChannelID, Range{p.Lo, p.Hi})
		if err != nil {
			return fmt.Errorf("find the absent ids of channel %d: %w", p.ChannelID, err)
		}
		r.Covered, r.Absent = covered.Intersect(Range{p.Lo, p.Hi}), absent
	}
	if err := run.Store.PutReceipt(ctx, r); err != nil {
		return fmt.Errorf("put the receipt of %s: %w", p.Reference, err)
	}
	return nil
}

func dayOf(d Date) *time.Time {
	if d.IsZero() {
		return nil
	}
	return &d.Time
}
