package workspace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/workspace/tasks"
)

// Reasons for stopping an import.
var (
	errImportCanceled = errors.New("the import was canceled")
	errImportDropped  = errors.New("the import's workspace is about to be deleted")
	errImportGone     = errors.New("the import's workspace was deleted")
)

// sweepImports resumes the imports that the last process did not finish, and deletes the
// uploads that belong to none. Nothing is uploaded before it returns.
func (h *Host) sweepImports(ctx context.Context) error {
	if h.Spool == nil {
		return nil
	}
	left, err := h.Engine.UnfinishedImports(ctx)
	if err != nil {
		return fmt.Errorf("find the imports that were on: %w", err)
	}
	if err := h.Spool.Sweep(func(w, upload string) bool { return left[w].ID == upload }); err != nil {
		h.Logger.Error("sweeping uploads failed", "error", err) // what lies there too long takes room, and no more
	}
	for w := range left {
		h.tasks.Want(tasks.Importing, w)
	}
	return nil
}

// StartImport records that an upload is to be imported. If another import is running, it
// returns that one and ignores the upload.
func (h *Host) StartImport(ctx context.Context, in engine.StartImport) (collector.Import, error) {
	w, err := h.Engine.Workspace(ctx, in.Visitor)
	if err != nil {
		return collector.Import{}, err
	}
	if w.ID == "" {
		return collector.Import{}, &collector.Error{Kind: collector.SignedOut}
	}
	if h.Spool == nil || !h.Spool.Has(w.ID, in.Upload) {
		return collector.Import{}, errors.New("there is no such upload in the workspace")
	}
	h.starting.Lock()
	defer h.starting.Unlock()
	last, err := h.Engine.Import(ctx, w.ID)
	if err != nil {
		return collector.Import{}, err
	}
	if last.ID != "" && !last.State.Final() {
		return last, nil
	}
	next := collector.Import{ID: in.Upload, State: collector.Queued, Personal: in.Personal, Files: slices.Clone(in.Files),
		SubmittedAt: time.Now().UTC()}
	if next.Sandbox, err = h.inSandbox(ctx, w); err != nil {
		return collector.Import{}, err
	}
	if err := h.Engine.PutImport(ctx, w.ID, next); err != nil {
		return collector.Import{}, err
	}
	h.tasks.Want(tasks.Importing, w.ID)
	return next, nil
}

// ImportState returns how far the workspace's import is, or the result of the last one.
func (h *Host) ImportState(ctx context.Context, visitor string) (collector.Import, error) {
	w, err := h.Engine.Workspace(ctx, visitor)
	if err != nil || w.ID == "" {
		return collector.Import{}, err
	}
	if job := h.tasks.Task(tasks.Importing, w.ID); job != nil {
		if now := job.Change(func(*collector.Import) {}); now.ID != "" {
			return now, nil
		}
	}
	return h.Engine.Import(ctx, w.ID)
}

// CancelImport stops the workspace's import and waits for its end. An import whose rows are
// already in the dataset ends as done.
func (h *Host) CancelImport(ctx context.Context, visitor string) error {
	w, err := h.Engine.Workspace(ctx, visitor)
	if err != nil || w.ID == "" {
		return err
	}
	for { // once more where one was asked for that nobody had begun yet
		if err := h.stopImport(ctx, w.ID, errImportCanceled); err != nil {
			return err
		}
		last, err := h.Engine.Import(ctx, w.ID)
		if err != nil || last.ID == "" || last.State.Final() {
			return err
		}
		if pause(ctx, importLook); ctx.Err() != nil {
			return fmt.Errorf("cancel the import: %w", ctx.Err())
		}
	}
}

// dropImport stops the import of a workspace that is about to be deleted, and deletes its
// uploads.
func (h *Host) dropImport(ctx context.Context, workspace string) error {
	if err := h.stopImport(ctx, workspace, errImportDropped); err != nil || h.Spool == nil {
		return err
	}
	if err := h.Spool.RemoveAll(workspace); err != nil {
		return fmt.Errorf("delete uploads: %w", err)
	}
	return nil
}

// awaitImport waits until the workspace has no running import.
func (h *Host) awaitImport(ctx context.Context, workspace string) error {
	for h.Spool != nil {
		last, err := h.Engine.Import(ctx, workspace)
		if err != nil || last.ID == "" || last.State.Final() {
			return err
		}
		if pause(ctx, importLook); ctx.Err() != nil {
			return fmt.Errorf("wait for an import: %w", ctx.Err())
		}
	}
	return nil
}

// importLook is how often an import is checked for its end.
const importLook = 100 * time.Millisecond

func (h *Host) stopImport(ctx context.Context, workspace string, cause error) error {
	job := h.tasks.Task(tasks.Importing, workspace)
	if job == nil {
		return nil
	}
	if err := job.Stop(ctx, cause); err != nil {
		return fmt.Errorf("stop the import: %w", err)
	}
	return nil
}
