package workspace

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
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
	host *Host
	used int64           // bytes in the workspace, without those that Store has written
	full func(why error) // called with errFull or errNoRoom when there is no space left, perhaps several times
}

// check calls full when there is no space left.
func (m *metered) check() {
	if m.host.Quota.Full(m.used + m.Written()) {
		m.full(errFull)
	}
	if m.host.Room != nil && m.host.Room() != nil {
		m.full(errNoRoom)
	}
}

// metered wraps the run's store. It reports a full workspace at once: reaching the limit stops
// the run like a pause, so that the messages in flight are stored.
func (r *run) metered(ctx context.Context, full func(why error)) (Store, error) {
	used, err := r.host.used(ctx, r.workspace)
	if err != nil {
		return nil, err
	}
	used -= r.store.Written() // which grows
	m := &metered{Store: r.store, host: r.host, used: used, full: full}
	m.check()
	return m, nil
}

// used measures a workspace's data, if it has a limit.
func (h *Host) used(ctx context.Context, workspace string) (bytes int64, err error) {
	d, err := h.Data(workspace)
	if err == nil && d != nil && h.Quota.Bytes > 0 {
		bytes, err = d.Bytes(ctx)
	}
	if err != nil {
		return 0, fmt.Errorf("measure the workspace: %w", err)
	}
	return bytes, nil
}

// PutPart writes a part and checks the limits afterwards, so that fetched messages are never
// thrown away.
func (m *metered) PutPart(ctx context.Context, p collector.Part) error {
	before := m.Written()
	err := m.Store.PutPart(ctx, p)
	if err != nil {
		return err
	}
	m.host.tally.Part(p, m.Written()-before)
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
	if h.Quota.Bytes > 0 { // else nobody need measure what is staged
		used, err := h.used(ctx, workspace)
		if err != nil {
			return err
		}
		more, err := staging.Bytes(ctx)
		if err != nil {
			return fmt.Errorf("measure the import: %w", err)
		}
		if !h.Quota.Fits(used + more) {
			return errFull
		}
	}
	if h.Quota.Channels <= 0 {
		return nil
	}
	var has []int64
	d, err := h.Data(workspace)
	if err == nil && d != nil {
		has, err = d.Ids(ctx)
	}
	if err != nil {
		return fmt.Errorf("list the channels: %w", err)
	}
	news := 0
	for _, id := range staging.Channels() {
		if _, here := slices.BinarySearch(has, id); !here {
			news++
		}
	}
	if !h.Quota.Admits(len(has), news) {
		return errFull
	}
	return nil
}
