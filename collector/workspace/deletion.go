package workspace

import (
	"context"
	"errors"

	"telegramtrac/collector/dataset"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/signin"
	"telegramtrac/collector/workspace/tasks"
)

// holdings counts the data of a workspace. A failed count is logged and does not stop the
// deletion.
func (h *Host) holdings(ctx context.Context, workspace string) engine.Left {
	left := engine.Left{Deleted: true}
	d, err := h.Data(workspace)
	if err == nil && d != nil {
		var t dataset.Totals
		t, err = d.Totals(ctx)
		left.Channels, left.Messages = t.Channels, t.Rows
	}
	all, listed := h.Engine.Collections(ctx, workspace)
	if err := errors.Join(err, listed); err != nil {
		h.Logger.Warn("counting before deleting failed", "workspace", workspace, "error", err)
	}
	left.Collections = len(all)
	return left
}

// Delete logs out and deletes all data of the workspace, even if Telegram cannot be reached to
// log out.
func (h *Host) Delete(ctx context.Context, visitor string) (engine.Left, error) {
	w, err := h.Engine.Workspace(ctx, visitor)
	if err != nil || w.ID == "" {
		return engine.Left{}, err
	}
	var left engine.Left
	if err := h.dropImport(ctx, w.ID); err != nil {
		return engine.Left{}, err
	}
	err = h.as(ctx, tasks.Deleting, w.ID, func(ctx context.Context, _ *engine.Lease) error {
		left = h.holdings(ctx, w.ID)
		if err := h.beginDeletion(ctx, w.ID); err != nil {
			return err
		}
		parted, err := h.Leave(ctx, w, true)
		if err != nil {
			return err
		}
		left.Session, left.Unreached = parted.Session, parted.Unreached
		return h.erase(ctx, w.ID, signin.LeaveLimit)
	})
	if errors.Is(err, engine.ErrReplaced) { // a machine that slept has lost its lease in the middle
		h.tasks.Want(tasks.Sweeping, "")
	}
	if err != nil {
		return engine.Left{}, err
	}
	return left, h.Engine.ForgetVisitor(ctx, visitor)
}

// beginDeletion records that a workspace is being deleted, so that the next start finishes a
// deletion that a kill interrupted.
func (h *Host) beginDeletion(ctx context.Context, w string) error {
	for {
		k, err := h.Engine.Retention(ctx, w)
		if err != nil || k.Deleting {
			return err
		}
		if ok, err := h.Engine.BeginDeletion(ctx, w, k); ok || err != nil {
			return err
		}
	}
}
