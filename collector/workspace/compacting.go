package workspace

import (
	"context"
	"errors"
	"fmt"
	"time"

	"telegramtrac/collector/engine"
	"telegramtrac/collector/workspace/tasks"
)

// A collection is done when its last message and its receipt are on the disk. Its many small
// parts are merged into large ones behind it, by a task that is less urgent than any other:
// whoever wants the workspace stops it, which loses nothing, and it begins again afterwards.
// What there is to merge is seen from the parts alone, so after a kill the next start looks
// through all workspaces. Where collections never end, it gets its turn between two of them.

// compactAgain is when a compaction that failed is tried again.
const compactAgain = time.Hour

// turn compacts a workspace between two of its collections, if it was passed over for long.
func (h *Host) turn(ctx context.Context, workspace string, store Store) {
	if !h.overdue.Another(workspace) {
		return
	}
	err := h.compacting.Do(ctx, func() error { return h.compactIn(ctx, workspace, store) })
	if err != nil && ctx.Err() == nil {
		h.Logger.Error("compacting a workspace failed", "workspace", workspace, "error", err)
	}
	h.overdue.Done(workspace) // a failure is tried again after as many more, or when the workspace rests
}

// compactAll wants the compaction of every workspace: the last process may have been killed first.
func (h *Host) compactAll(ctx context.Context) error {
	all, err := h.workspaces(ctx)
	for _, w := range all {
		h.tasks.Want(tasks.Compacting, w)
	}
	return err
}

// compact makes what a workspace holds quick to read.
func (h *Host) compact(ctx context.Context, workspace string, _ *tasks.Task) {
	err := h.compacting.Do(ctx, func() error { return h.compactOne(ctx, workspace) })
	switch {
	case err == nil:
		h.overdue.Done(workspace)
	case errors.Is(context.Cause(ctx), tasks.ErrYield), errors.Is(err, engine.ErrReplaced):
		h.tasks.Want(tasks.Compacting, workspace)
	case ctx.Err() == nil:
		h.Logger.Error("compacting a workspace failed", "workspace", workspace, "error", err)
		h.tasks.WantAt(tasks.Compacting, workspace, h.now().Add(compactAgain))
	}
}

func (h *Host) compactOne(ctx context.Context, workspace string) error {
	if ids, err := h.compactable(workspace); err != nil || len(ids) == 0 {
		return err
	}
	return h.leased(ctx, workspace, h.Engine.Acquire, func(ctx context.Context, lease *engine.Lease) error {
		if begun, err := h.deleting(ctx, workspace); err != nil || begun { // a sweep finishes it
			return err
		}
		if d, err := h.Data(workspace); err != nil || d == nil { // deleted meanwhile: opening makes the folder again
			return err
		}
		store, err := h.opener(workspace, lease)()
		if err != nil {
			return err
		}
		return h.compactIn(ctx, workspace, store)
	})
}

// compactable returns the channels of which a workspace has messages.
func (h *Host) compactable(workspace string) ([]int64, error) {
	d, err := h.Data(workspace)
	if err != nil || d == nil {
		return nil, err
	}
	return d.MessageParts.Ids()
}

// compactIn compacts one channel after the other. A merged one stays so when it is broken off.
func (h *Host) compactIn(ctx context.Context, workspace string, store Store) error {
	ids, err := h.compactable(workspace)
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range ids { // one that fails holds up no other
		if err := store.Compact(ctx, id); err != nil {
			failed = append(failed, fmt.Errorf("compact channel %d: %w", id, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failed...)
}
