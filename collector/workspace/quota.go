package workspace

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/staging"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/spool"
)

// metered is a Store that counts what is written, and reports when the workspace has reached
// its limit.
type metered struct {
	Store
	tally *tally
	left  func() int64    // bytes that may still be put; nil: no limit
	room  func() error    // an error if the disk is nearly full; nil: not checked
	full  func(why error) // called with errFull or errNoRoom when there is no space left, perhaps several times
}

// check calls full when there is no space left.
func (m *metered) check() {
	if m.left != nil && m.left() <= 0 {
		m.full(errFull)
	}
	if m.room != nil && m.room() != nil {
		m.full(errNoRoom)
	}
}

// metered wraps the run's store. It reports a full workspace at once: reaching the limit stops
// the run like a pause, so that the messages in flight are stored.
func (r *run) metered(ctx context.Context, full func(why error)) (Store, error) {
	m := &metered{Store: r.store, tally: &r.host.tally, room: r.host.Room, full: full}
	if r.host.MaxBytes <= 0 {
		m.check()
		return m, nil
	}
	used, err := r.host.Used(ctx, r.workspace)
	if err != nil {
		return nil, fmt.Errorf("measure the workspace: %w", err)
	}
	before := m.Written()
	m.left = func() int64 { return r.host.MaxBytes - used - (m.Written() - before) }
	m.check()
	return m, nil
}

// PutPart writes a part and checks the limits afterwards, so that fetched messages are never
// thrown away.
func (m *metered) PutPart(ctx context.Context, p collector.Part) error {
	before := m.Written()
	err := m.Store.PutPart(ctx, p)
	if err != nil {
		return err
	}
	m.tally.part(p, m.Written()-before)
	m.check()
	return nil
}

// roomEvery is how often a run checks whether a full disk has room again, or files can be
// opened again.
const roomEvery = 15 * time.Second

// noRoom reports whether something failed because the disk is full.
func noRoom(err error) bool {
	return errors.Is(err, errNoRoom) || errors.Is(err, spool.ErrFull) || errors.Is(err, engine.ErrDiskFull) ||
		errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// putOff makes a collection wait until the computer has room on its disk again, or can open
// files again.
func (r *run) putOff(ctx context.Context, rep *reporter, progress []collector.Progress, lacks collector.Kind) error {
	r.retryAt = r.host.now().Add(cmp.Or(r.host.RoomEvery, roomEvery))
	r.host.Logger.Warn("collection waits for the computer", "lacks", lacks, "workspace", r.workspace, "collection", r.task.ID)
	rep.wait(collector.Wait{Kind: lacks, Until: r.retryAt})
	return rep.end(ctx, collector.Waiting, progress)
}

// full pauses a collection whose workspace is full: when there is space again, the person
// resumes it.
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

// mayImport returns errFull if the staged rows would exceed the workspace's limits. Rows that
// it already has count twice. The lease must be held.
func (h *Host) mayImport(ctx context.Context, workspace string, staging *staging.Staging) error {
	if h.MaxBytes > 0 {
		used, err := h.Used(ctx, workspace)
		var more int64
		if err == nil {
			more, err = staging.Bytes(ctx)
		}
		if err != nil {
			return fmt.Errorf("measure the workspace: %w", err)
		}
		if used+more > h.MaxBytes {
			return errFull
		}
	}
	if h.MaxChannels <= 0 {
		return nil
	}
	have, err := h.Channels(ctx, workspace)
	if err != nil {
		return fmt.Errorf("list the channels: %w", err)
	}
	n := len(have)
	for _, id := range staging.Channels() {
		if !have[id] {
			n++
		}
	}
	if n > len(have) && n > h.MaxChannels { // channels that are here can always be done again
		return errFull
	}
	return nil
}
