package collector

import (
	"context"
	"fmt"
	"time"
)

// receipt writes the receipt of a channel that reached a final state.
func (c *collection) receipt(ctx context.Context, p Progress) error {
	if err := PutReceipt(ctx, c.Run, p); err != nil {
		return storeError{err}
	}
	return nil
}

// PutReceipt writes the receipt of a channel of a run. Collect does so for
// every channel that ended; the caller does it for those that it gave a final
// state itself, as by canceling.
func PutReceipt(ctx context.Context, run Run, p Progress) error {
	if p.SameAs != "" {
		return nil // its counts stand in the other reference's receipt
	}
	r := Receipt{
		CollectionID: run.ID, Reference: p.Reference, ChannelID: p.ChannelID, Username: p.Username, Title: p.Title,
		Source: p.Source, Personal: run.Request.Personal,
		State: string(p.State), Error: string(p.Error), Detail: p.Detail,
		Newest: p.Newest, Lo: p.Lo, Hi: p.Hi, Since: dayOf(run.Request.Since), Until: dayOf(run.Request.Until), Server: p.Expected,
		Messages: p.Messages, Service: p.Service, New: p.New, AbsentCount: p.Absent,
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
