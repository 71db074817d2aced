package account

import (
	"context"
	"errors"
	"fmt"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
)

// metered is a Store that counts what is put, and says when the workspace holds
// as much as it may.
type metered struct {
	Store
	tally *tally
	left  func() int64 // bytes that may still be put; nil: no limit
	full  func()       // called when none are left, perhaps several times
}

// metered makes the run's store one. A workspace that is full already says so at
// once: what is met while collecting stops the run as a pause does, so that what
// is in flight is kept as far as it came.
func (r *run) metered(ctx context.Context, full func()) (Store, error) {
	m := &metered{Store: r.store, tally: &r.host.tally, full: full}
	if r.host.MaxBytes <= 0 {
		return m, nil
	}
	used, err := r.host.Used(ctx, r.workspace)
	if err != nil {
		return nil, fmt.Errorf("measure the workspace: %w", err)
	}
	before := m.Written()
	m.left = func() int64 { return r.host.MaxBytes - used - (m.Written() - before) }
	if m.left() <= 0 {
		full()
	}
	return m, nil
}

// PutPart keeps a part, and looks at what is left afterwards: what was fetched is
// never thrown away.
func (m *metered) PutPart(ctx context.Context, p collector.Part) error {
	before := m.Written()
	err := m.Store.PutPart(ctx, p)
	if err != nil {
		return err
	}
	m.tally.part(p, m.Written()-before)
	if m.left != nil && m.left() <= 0 {
		m.full()
	}
	return nil
}

// full pauses a collection whose workspace is full: when there is space again, the
// person lets it go on where it stopped.
func (r *run) full(ctx context.Context, rep *reporter, progress []collector.Progress) error {
	rep.fail(&collector.Error{Kind: collector.Quota, Detail: "disk"})
	r.host.Logger.Info("collection paused: its workspace is full", "workspace", r.workspace, "collection", r.task.ID)
	// The reason first: whoever sees the pause sees it too.
	if err := rep.end(ctx, collector.Paused, progress); err != nil {
		return err
	}
	err := r.host.Engine.Ask(ctx, r.workspace, r.task.ID, engine.Pause)
	if errors.Is(err, engine.ErrFinal) || errors.Is(err, engine.ErrNoCollection) {
		err = nil // canceled or deleted meanwhile
	}
	return err
}
