package workspace

import (
	"context"
	"errors"
	"fmt"
	"time"

	"telegramtrac/collector/engine"
)

// What a visitor collected without an account comes along when the visitor signs
// in: it is merged into the account's workspace, and its own is removed. That it
// is to be is noted before anything else, and each step may be done again, so a
// kill in the middle loses nothing and doubles nothing:
//
//	note → rows, all at once → collections → remove the old records → and data → forget the note

// bringTime is how long signing in waits for what comes along. What takes longer
// is done by the workspace's holder.
const bringTime = 15 * time.Second

// bring merges, into a workspace that is held, what is noted to go into it. It
// returns how many channels that were. The store is opened if there is anything.
func (h *Host) bring(ctx context.Context, into string, open func() (Store, error)) (int64, error) {
	all, err := h.Engine.Merges(ctx, into)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	store, err := open()
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, from := range all {
		n, err := h.bringOne(ctx, from, into, store)
		sum += n
		if err != nil {
			return sum, fmt.Errorf("merge a workspace: %w", err)
		}
	}
	return sum, nil
}

func (h *Host) bringOne(ctx context.Context, from, into string, store Store) (n int64, err error) {
	if err := h.awaitImport(ctx, from); err != nil { // what it puts comes along, too
		return 0, err
	}
	err = h.Exclusively(ctx, from, func(ctx context.Context, _ *engine.Lease) error {
		if n, err = h.Merge(ctx, store, from); err != nil {
			return err
		}
		if err := h.Engine.CopyCollections(ctx, from, into); err != nil {
			return err
		}
		if err := h.Engine.DropWorkspace(ctx, from); err != nil {
			return err
		}
		return h.RemoveData(from)
	})
	if err != nil {
		return 0, err
	}
	return n, h.Engine.DropMerge(ctx, from, into)
}

// Bring is bring for somebody who waits. What is not done in time, or fails,
// is left to the holder.
func (h *Host) Bring(ctx context.Context, into string, lease *engine.Lease) engine.Brought {
	ctx, cancel := context.WithTimeout(ctx, bringTime)
	defer cancel()
	n, err := h.bring(ctx, into, h.opener(into, lease))
	if err != nil {
		h.Logger.Warn("what comes along at sign-in comes later", "workspace", into, "error", err)
	}
	return engine.Brought{Channels: n, Later: err != nil}
}

// kickMerges has the merges done that were noted before this process began.
func (h *Host) kickMerges(ctx context.Context) error {
	all, err := h.Engine.Merging(ctx)
	if err != nil {
		return err
	}
	for _, into := range all {
		h.Wake(into)
	}
	return nil
}

// removeAlong deletes what is noted to come into a workspace that is deleted.
func (h *Host) removeAlong(ctx context.Context, into string) error {
	all, err := h.Engine.Merges(ctx, into)
	if err != nil {
		return err
	}
	for _, from := range all {
		err := h.Exclusively(ctx, from, func(ctx context.Context, _ *engine.Lease) error {
			return errors.Join(h.Engine.DropWorkspace(ctx, from), h.RemoveData(from))
		})
		if err == nil {
			err = h.Engine.DropMerge(ctx, from, into)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
