package workspace

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/gate"
	"telegramtrac/collector/keyring"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/signin"
	"telegramtrac/collector/workspace/tasks"
)

// Reasons why a run stops before its end.
var (
	errPaused   = errors.New("paused")
	errCanceled = errors.New("canceled")
	errFull     = errors.New("the workspace holds as much as it may")
	errNoRoom   = errors.New("the disk is full")
)

// run is one collection that its holder works on.
type run struct {
	host      *Host
	lease     *engine.Lease
	session   *openSession
	store     Store
	workspace string
	task      engine.Task
	retryAt   time.Time // when to run it again, if it waits for look-ups only, or for the computer
}

// collect runs the collection until it ends, or until it must wait for the
// person. It reports whether the holder may go on with the next one.
func (r *run) collect(ctx context.Context) (goOn bool, err error) {
	if r.task.Want == engine.Cancel { // while it was paused, or nobody held it
		rep := newReporter(r)
		return true, r.cancel(ctx, rep, rep.progress())
	}
	runCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	wants, err := r.lease.Wants(runCtx, r.task.ID)
	if err != nil {
		return false, fmt.Errorf("follow what is wanted of %s: %w", r.task.ID, err)
	}
	go func() { // ends with runCtx, which closes wants
		for want := range wants {
			switch want {
			case engine.Pause:
				cancel(errPaused)
			case engine.Cancel:
				cancel(errCanceled)
			}
		}
	}()
	rep := newReporter(r)
	if err := rep.begin(ctx); err != nil {
		return false, err
	}
	if r.store, err = r.metered(runCtx, func(why error) { cancel(why) }); err != nil {
		if collector.TooManyFiles(err) && ctx.Err() == nil {
			return true, r.putOff(ctx, rep, rep.progress(), collector.OpenFiles)
		}
		return false, err
	}
	progress := rep.progress()
	if !allFinal(progress) { // else it was stopped in its last steps, which need no session
		progress, err = r.attempt(runCtx, rep)
	}
	return r.settle(ctx, rep, progress, err, context.Cause(runCtx))
}

// attempt connects and collects, and tries again while Telegram cannot be reached, or
// the computer's clock is wrong.
func (r *run) attempt(ctx context.Context, rep *reporter) ([]collector.Progress, error) {
	for try := 0; ; try++ {
		progress, err := r.once(ctx, rep)
		kind := collector.KindOf(err)
		if kind != collector.Network && kind != collector.Clock || ctx.Err() != nil {
			return progress, err
		}
		r.session.close()
		delay := gate.Reconnect(try)
		rep.wait(collector.Wait{Kind: kind, Method: collector.AsError(err).Detail, Until: time.Now().Add(delay)})
		timer := time.NewTimer(delay)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return progress, ctx.Err()
		}
	}
}

func (r *run) once(ctx context.Context, rep *reporter) ([]collector.Progress, error) {
	var pseudonym collector.Pseudonym
	if !r.task.Record.Requested.Personal {
		pseudonym = r.host.Keys.Pseudonym(r.workspace)
	}
	source, inFlight, err := r.session.source(ctx, pseudonym)
	if err != nil {
		return rep.progress(), err
	}
	r.session.notify(rep.wait)
	defer r.session.notify(nil)
	run := r.run(rep)
	run.Source, run.Report, run.MaxInFlight = source, rep.channel, inFlight
	run.Progress = rep.progress()
	return loop.Collect(ctx, run)
}

// run describes the collection for receipts.
func (r *run) run(rep *reporter) loop.Run {
	return loop.Run{ID: r.task.ID, Resumed: rep.resumed(), Store: r.store, Request: r.task.Record.Requested, Now: r.session.clock()}
}

// settle saves how the run ended.
func (r *run) settle(ctx context.Context, rep *reporter, progress []collector.Progress, err, cause error) (goOn bool, _ error) {
	if err == nil || ctx.Err() == nil && r.store.Written() > 0 { // a paused one, too: it may rest for weeks
		r.host.tasks.Want(tasks.Compacting, r.workspace) // which waits for the end of this one
	}
	if err == nil {
		r.takeOver(ctx)
		err = ctx.Err() // then the next holder makes up for it
	}
	saveCtx, cancel := saving(ctx)
	defer cancel()
	if !needsPerson(err) {
		r.host.touch(saveCtx, r.workspace)
	}
	switch {
	case err == nil:
		return true, rep.end(saveCtx, outcome(progress), progress)
	case errors.Is(cause, errPaused):
		return true, rep.end(saveCtx, collector.Paused, progress)
	case errors.Is(cause, errCanceled):
		return true, r.cancel(ctx, rep, progress)
	case errors.Is(cause, errNoRoom), ctx.Err() == nil && noRoom(err):
		return true, r.putOff(saveCtx, rep, progress, collector.Disk)
	case ctx.Err() == nil && collector.TooManyFiles(err):
		return true, r.putOff(saveCtx, rep, progress, collector.OpenFiles)
	case errors.Is(cause, errFull):
		return true, r.full(saveCtx, rep, progress)
	case ctx.Err() != nil: // the app stops, the lease was lost, or the session is wanted
		return false, rep.end(saveCtx, collector.Running, progress)
	case errors.Is(err, signin.ErrOtherServer), errors.Is(err, keyring.ErrKey): // the session stays: it may go on at Telegram
		rep.wait(collector.Wait{Kind: collector.SignedOut})
		return false, rep.end(saveCtx, collector.Waiting, progress)
	case collector.KindOf(err) == collector.SignedOut:
		r.host.Logger.Info("session ended by Telegram", "workspace", r.workspace)
		r.session.close()
		rep.wait(collector.Wait{Kind: collector.SignedOut})
		return false, errors.Join(rep.end(saveCtx, collector.Waiting, progress), r.host.Engine.DropSession(saveCtx, r.workspace))
	case collector.KindOf(err) == collector.LookUps: // nothing else is held back by it
		r.retryAt = collector.AsError(err).RetryAt
		rep.wait(collector.Wait{Kind: collector.LookUps, Until: r.retryAt})
		return true, rep.end(saveCtx, collector.Waiting, progress)
	case collector.KindOf(err) == collector.Guarded: // until the person says to go on
		r.host.Logger.Warn("account stopped to protect it", "workspace", r.workspace, "reason", collector.AsError(err).Detail)
		rep.wait(collector.Wait{Kind: collector.Guarded})
		return false, rep.end(saveCtx, collector.Waiting, progress)
	}
	r.host.Logger.Error("collection failed", "collection", r.task.ID, "error", err)
	rep.fail(err)
	return true, rep.end(saveCtx, collector.Failed, progress)
}

// needsPerson reports whether a run stopped until a person acts. Its retry at each start must
// not count as use of the workspace.
func needsPerson(err error) bool {
	kind := collector.KindOf(err)
	return kind == collector.SignedOut || kind == collector.Guarded || errors.Is(err, signin.ErrOtherServer)
}

// saving returns a context for saving results even after the work was stopped.
func saving(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
}

func allFinal(progress []collector.Progress) bool {
	return !slices.ContainsFunc(progress, func(p collector.Progress) bool { return !p.State.Final() })
}

// takeOver moves messages that files had under a username only to their channel, if this run
// has found it.
func (r *run) takeOver(ctx context.Context) {
	_, err := r.store.TakeOver(ctx)
	if err != nil && ctx.Err() == nil {
		r.host.Logger.Error("taking over what files name by username alone failed", "workspace", r.workspace, "error", err)
	}
}

// outcome is done when any channel was collected, failed when none was.
func outcome(progress []collector.Progress) collector.State {
	for _, p := range progress {
		if p.State != collector.Failed {
			return collector.Done
		}
	}
	return collector.Failed
}

// cancel ends the channels of a canceled collection, and then the collection.
func (r *run) cancel(ctx context.Context, rep *reporter, progress []collector.Progress) error {
	receiptCtx, done := saving(ctx)
	defer done()
	err := loop.Cancel(receiptCtx, r.run(rep), progress)
	r.takeOver(ctx)
	r.host.tasks.Want(tasks.Compacting, r.workspace)
	if ctx.Err() != nil { // the next holder makes up for it
		return cmp.Or(err, ctx.Err())
	}
	saveCtx, done := saving(ctx)
	defer done()
	return errors.Join(err, rep.end(saveCtx, collector.Canceled, progress))
}
