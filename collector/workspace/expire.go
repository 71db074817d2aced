package workspace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/signin"
	"telegramtrac/collector/workspace/tasks"
)

// Time limits for finishing interrupted deletions: of all together while the program
// starts, of one, and of the log-out of one while the program starts, as the data must go
// whether Telegram can be reached or not.
const (
	startLimit  = 10 * time.Second
	finishLimit = time.Minute
	startLeave  = 2 * time.Second
)

// logSweep sweeps, and logs what fails: the next sweep tries again.
func (h *Host) logSweep(ctx context.Context, _ string, _ *tasks.Task) {
	if err := h.sweep(ctx); err != nil && ctx.Err() == nil {
		h.Logger.Error("sweeping workspaces failed", "error", err)
	}
}

// Sweep deletes the workspaces that were not used for as long as Keep says, and finishes
// interrupted deletions. Days on which nobody could reach the program do not count (see
// engine.Engine.Reached). Opening a workspace in a browser counts as use, and so does
// collecting. It leaves alone a workspace that some process works on.
func (h *Host) Sweep(ctx context.Context) error { return h.tasks.Run(ctx, tasks.Sweeping, "", h.sweep) }

func (h *Host) sweep(ctx context.Context) error {
	all, err := h.workspaces(ctx)
	if err != nil {
		return err
	}
	errs := []error{h.Engine.SweepCarriedOver(ctx)}
	for _, w := range all {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := h.expire(ctx, w); err != nil {
			errs = append(errs, fmt.Errorf("workspace %s: %w", w, err))
		}
	}
	return errors.Join(errs...)
}

// workspaces lists the workspaces that have records or data.
func (h *Host) workspaces(ctx context.Context) ([]string, error) {
	all, err := h.Engine.Workspaces(ctx)
	if err != nil {
		return nil, err
	}
	if h.Stored != nil {
		stored, err := h.Stored()
		if err != nil {
			return nil, fmt.Errorf("list the data: %w", err)
		}
		all = append(all, stored...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// finishDeletions finishes interrupted deletions in parallel, before visitors can enter.
func (h *Host) finishDeletions(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	all, err := h.Engine.Workspaces(ctx)
	if err != nil {
		return err
	}
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, w := range all {
		begun, err := h.deleting(ctx, w)
		if errs[i] = err; begun {
			wg.Go(func() { errs[i] = h.finishDeletion(ctx, w, startLeave) })
		}
	}
	wg.Wait()
	return errors.Join(errs...)
}

// deleting reports whether a workspace's deletion has begun.
func (h *Host) deleting(ctx context.Context, w string) (bool, error) {
	k, err := h.Engine.Retention(ctx, w)
	return k.Deleting, err
}

// finishDeletion finishes a workspace's interrupted deletion, if there is one. It stops all
// work in the workspace, because its data is to be deleted.
func (h *Host) finishDeletion(ctx context.Context, w string, leave time.Duration) error {
	if begun, err := h.deleting(ctx, w); err != nil || !begun {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, finishLimit)
	defer cancel()
	err := h.as(ctx, tasks.Deleting, w, func(ctx context.Context, _ *engine.Lease) error {
		if begun, err := h.deleting(ctx, w); err != nil || !begun { // who had the lease has finished it
			return err
		}
		return h.erase(ctx, w, leave)
	})
	if err != nil {
		return fmt.Errorf("finish deleting workspace %s: %w", w, err)
	}
	return nil
}

// FinishDeletion finishes an interrupted deletion, for a person who waits.
func (h *Host) FinishDeletion(ctx context.Context, w string) error {
	return h.finishDeletion(ctx, w, signin.LeaveLimit)
}

// expire deletes a workspace that has expired, if nobody works in it.
func (h *Host) expire(ctx context.Context, w string) error {
	k, err := h.Engine.Retention(ctx, w)
	if err != nil {
		return err
	}
	if !k.Deleting && (k.Touched.IsZero() || k.Touched.Sub(h.now()) > 24*time.Hour) {
		return h.Engine.Touch(ctx, w) // from now on its days are counted; a clock was wrong where they were still to come
	}
	if k.Deleting {
		return h.FinishDeletion(ctx, w)
	}
	if h.Keep <= 0 || !h.Engine.Expired(k, h.Keep) {
		return nil
	}
	err = h.tasks.Run(ctx, tasks.Expiring, w, func(ctx context.Context) error {
		return h.leased(ctx, w, h.Engine.TryAcquire, func(ctx context.Context, _ *engine.Lease) error {
			if busy, err := h.atWork(ctx, w); err != nil || busy {
				return err
			}
			if ok, err := h.Engine.BeginDeletion(ctx, w, k); err != nil || !ok {
				return err
			}
			h.Logger.Info("deleting a workspace that nobody touched", "workspace", w, "touched", k.Touched)
			return h.erase(ctx, w, signin.LeaveLimit)
		})
	})
	if errors.Is(err, tasks.ErrInUse) || errors.Is(err, engine.ErrHeld) {
		return h.Engine.Touch(ctx, w)
	}
	return err
}

// atWork reports whether a collection of the workspace would continue without a person's help.
func (h *Host) atWork(ctx context.Context, w string) (bool, error) {
	all, err := h.Engine.Collections(ctx, w)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(all, func(c collector.Collection) bool {
		forPerson := c.State == collector.Paused ||
			c.State == collector.Waiting && (c.Waits == collector.SignedOut || c.Waits == collector.Guarded)
		return !c.State.Final() && !forPerson
	}), nil
}

// erase deletes all data of a workspace whose deletion has begun: it logs out, if Telegram can
// be reached within leave, and deletes the session, then the records, and then the data, so
// that nobody reads files that are about to vanish. It may be interrupted anywhere and
// repeated. The lease must be held.
func (h *Host) erase(ctx context.Context, w string, leave time.Duration) error {
	leaving, cancel := context.WithTimeout(ctx, leave)
	err := h.LogOut(leaving, w)
	if cancel(); err != nil {
		h.Logger.Warn("logging out before deleting failed", "workspace", w, "error", err)
	}
	if err := h.dropImport(ctx, w); err != nil {
		return err
	}
	if err := h.carryOver(ctx, w); err != nil {
		h.Logger.Warn("remembering the waits of a deleted workspace failed", "workspace", w, "error", err)
	}
	if err := h.removeAlong(ctx, w); err != nil {
		return fmt.Errorf("delete what was to come along: %w", err)
	}
	if err := h.Engine.DropWorkspace(ctx, w); err != nil {
		return fmt.Errorf("delete the records: %w", err)
	}
	if err := h.RemoveData(w); err != nil {
		return fmt.Errorf("delete the data: %w", err)
	}
	return h.Engine.EndDeletion(ctx, w)
}

// touch records that the workspace is in use. It only logs a failure.
func (h *Host) touch(ctx context.Context, w string) {
	if err := h.Engine.Touch(ctx, w); err != nil {
		h.Logger.Warn("noting that a workspace is in use failed", "workspace", w, "error", err)
	}
}
