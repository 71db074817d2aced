package workspace

import (
	"context"
	"errors"
	"fmt"
	"time"

	"telegramtrac/collector/engine"
	"telegramtrac/collector/workspace/tasks"
)

// When a visitor signs in, the data that the visitor collected without an account is merged
// into the account's workspace, and the visitor's own workspace is removed. The merge is
// recorded before anything else, and each step may be repeated, so a kill in the middle loses
// nothing and doubles nothing:
//
//	note → rows, all at once → lists → collections → remove the old records → and data → forget the note

// bringTime is how long signing in waits for a merge. A task finishes what takes longer.
const bringTime = 15 * time.Second

// bringAgain is when a merge that failed is tried again.
const bringAgain = time.Minute

// bringAlong merges into a workspace what is recorded to come along. Whoever needs the
// workspace stops it, as it may wait for an import; it begins again afterwards.
func (h *Host) bringAlong(ctx context.Context, into string, _ *tasks.Task) {
	defer h.Wake(into)
	err := h.leased(ctx, into, h.Engine.Acquire, func(ctx context.Context, lease *engine.Lease) error {
		if begun, err := h.deleting(ctx, into); err != nil || begun {
			return err
		}
		_, err := h.bring(ctx, into, lease)
		return err
	})
	if err != nil && (errors.Is(context.Cause(ctx), tasks.ErrYield) || errors.Is(err, engine.ErrReplaced)) {
		h.tasks.Want(tasks.Bringing, into)
		return
	}
	if err != nil && ctx.Err() == nil {
		h.Logger.Error("merging a workspace failed", "workspace", into, "error", err)
		h.tasks.WantAt(tasks.Bringing, into, h.now().Add(bringAgain))
	}
}

// bring carries out the merges that are recorded for a workspace whose lease is held. It
// returns how many channels it merged, and opens the store only if there are any.
func (h *Host) bring(ctx context.Context, into string, lease *engine.Lease) (sum int64, err error) {
	all, err := h.Engine.Merges(ctx, into)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	store, err := h.opener(into, lease)()
	if err != nil {
		return 0, err
	}
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
	err = h.as(ctx, tasks.Merging, from, func(ctx context.Context, _ *engine.Lease) error {
		if n, err = h.mergeRows(ctx, store, from); err != nil {
			return err
		}
		if err := h.Engine.CopyLists(ctx, from, into); err != nil {
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

// mergeRows moves all rows of a workspace, and returns of how many channels they are.
func (h *Host) mergeRows(ctx context.Context, store Store, from string) (channels int64, err error) {
	d, err := h.Data(from)
	if err != nil || d == nil {
		return 0, err
	}
	t, err := d.Totals(ctx)
	if err != nil {
		return 0, err
	}
	if _, err = store.Merge(ctx, d.Catalog, h.now()); err == nil {
		_, err = store.TakeOver(ctx)
	}
	return t.Channels, err
}

// Bring is bring for a person who waits. What is not done in time, or fails, is left to a task.
func (h *Host) Bring(ctx context.Context, into string, lease *engine.Lease) engine.Brought {
	ctx, cancel := context.WithTimeout(ctx, bringTime)
	defer cancel()
	n, err := h.bring(ctx, into, lease)
	if err != nil {
		h.Logger.Warn("what comes along at sign-in comes later", "workspace", into, "error", err)
		h.tasks.Want(tasks.Bringing, into)
	}
	return engine.Brought{Channels: n, Later: err != nil}
}

// kickMerges starts the merges that were recorded before this process began.
func (h *Host) kickMerges(ctx context.Context) error {
	all, err := h.Engine.Merging(ctx)
	if err != nil {
		return err
	}
	for _, into := range all {
		h.tasks.Want(tasks.Bringing, into)
	}
	return nil
}

// removeAlong deletes the workspaces that were to be merged into a deleted one.
func (h *Host) removeAlong(ctx context.Context, into string) error {
	all, err := h.Engine.Merges(ctx, into)
	if err != nil {
		return err
	}
	for _, from := range all {
		err := h.as(ctx, tasks.Deleting, from, func(ctx context.Context, _ *engine.Lease) error {
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
