package workspace

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/spool"
)

// metered is a Store that counts what is put, and says when the workspace holds
// as much as it may.
type metered struct {
	Store
	tally *tally
	left  func() int64    // bytes that may still be put; nil: no limit
	room  func() error    // an error where the disk is nearly full; nil: not looked at
	full  func(why error) // called with errFull or errNoRoom when there is no space left, perhaps several times
}

// Check says so when there is no space left.
func (m *metered) look() {
	if m.left != nil && m.left() <= 0 {
		m.full(errFull)
	}
	if m.room != nil && m.room() != nil {
		m.full(errNoRoom)
	}
}

// metered makes the run's store one. A workspace that is full already says so at
// once: what is met while collecting stops the run as a pause does, so that what
// is in flight is kept as far as it came.
func (r *run) metered(ctx context.Context, full func(why error)) (Store, error) {
	m := &metered{Store: r.store, tally: &r.host.tally, room: r.host.Room, full: full}
	if r.host.MaxBytes <= 0 {
		m.look()
		return m, nil
	}
	used, err := r.host.Used(ctx, r.workspace)
	if err != nil {
		return nil, fmt.Errorf("measure the workspace: %w", err)
	}
	before := m.Written()
	m.left = func() int64 { return r.host.MaxBytes - used - (m.Written() - before) }
	m.look()
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
	m.look()
	return nil
}

// roomEvery is how often it is looked whether a full disk has room again, or files can
// be opened again.
const roomEvery = 15 * time.Second

// noRoom reports whether something failed because the disk is full.
func noRoom(err error) bool {
	return errors.Is(err, errNoRoom) || errors.Is(err, spool.ErrFull) || errors.Is(err, engine.ErrDiskFull) ||
		errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// putOff lets a collection wait until the computer has again what it lacks: room on
// its disk, or files that can be opened.
func (r *run) putOff(ctx context.Context, rep *reporter, progress []collector.Progress, lacks collector.Kind) error {
	r.retryAt = r.host.now().Add(cmp.Or(r.host.RoomEvery, roomEvery))
	r.host.Logger.Warn("collection waits for the computer", "lacks", lacks, "workspace", r.workspace, "collection", r.task.ID)
	rep.wait(collector.Wait{Kind: lacks, Until: r.retryAt})
	return rep.end(ctx, collector.Waiting, progress)
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

// mayImport is errFull where a workspace would hold more than it may with what is
// staged. What it has already of that counts twice. The lease must be held.
func (h *Host) mayImport(ctx context.Context, workspace string, staging *dataset.Staging) error {
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
