package workspace

import (
	"context"
	"errors"
	"fmt"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/telegram"
)

// logOut ends the workspace's session at Telegram and forgets it. Without a
// session there is nothing to do. One that no key opens (ErrKey) goes on at
// Telegram, and stays. The lease must be held.
func (h *Host) logOut(ctx context.Context, workspace string) error {
	c, err := h.loadCredentials(ctx, workspace)
	if err != nil && (collector.KindOf(err) != collector.SignedOut || errors.Is(err, ErrKey)) {
		return err
	}
	if err == nil {
		// A refusal is remembered: pressed again too early, Telegram is not asked.
		if err := h.signIns.ask("leave "+workspace, func() error { return h.endSession(ctx, c) }); err != nil {
			return err
		}
	}
	return h.Engine.DropSession(ctx, workspace)
}

// leaveLimit is how long Telegram is tried to be told of a log out.
const leaveLimit = 25 * time.Second

// endSession logs a session out at Telegram. One that has ended already is no error.
func (h *Host) endSession(ctx context.Context, c *credentials) error {
	if c.Source == collector.SourcePreview {
		return nil // nobody was signed in
	}
	ctx, cancel := context.WithTimeout(ctx, leaveLimit)
	defer cancel()
	o, err := h.clientOptions(c, &pending{credentials: *c})
	if err != nil {
		return &collector.Error{Kind: collector.Network, Err: err}
	}
	o.Interactive = true
	client, err := telegram.Dial(ctx, o)
	if err == nil {
		err = client.LogOut(ctx)
		client.Close()
	}
	if e := collector.AsError(err); e != nil && (e.Kind == collector.SignedOut || e.Detail == telegram.DetailSession) {
		return nil // Telegram refused it time and again: there is nothing left to end
	}
	return err
}

// forgetSession forgets a session that could not be ended at Telegram, because
// its owner wants that all the same, or nobody ever can. It returns why.
func (h *Host) forgetSession(ctx context.Context, workspace string, why error) (collector.Kind, error) {
	h.Logger.Warn("a session is forgotten that could not be ended", "workspace", workspace, "error", why)
	return collector.KindOf(why), h.Engine.DropSession(ctx, workspace)
}

// signOut logs out at Telegram. The collected data stays, and is found again by
// signing in.
func (h *Host) signOut(ctx context.Context, in engine.Leave) (engine.Left, error) {
	var left engine.Left
	w, err := h.Engine.Workspace(ctx, in.Visitor)
	if err != nil {
		return left, fmt.Errorf("find the workspace: %w", err)
	}
	if w.ID != "" {
		err = h.exclusively(ctx, w.ID, func(ctx context.Context) (err error) {
			left, err = h.part(ctx, w, in.Anyway)
			return err
		})
	}
	if err != nil {
		return engine.Left{}, err
	}
	return left, errors.Join(h.Engine.ForgetVisitor(ctx, in.Visitor), h.Engine.DropSignIn(ctx, in.Visitor))
}

// part logs out, and anyway forgets the session. One that no key opens is forgotten
// in any case: to ask again would change nothing. The lease must be held.
func (h *Host) part(ctx context.Context, w engine.Workspace, anyway bool) (engine.Left, error) {
	sealed, err := h.Engine.Session(ctx, w.ID)
	left := engine.Left{Session: sealed != nil}
	if err != nil {
		return left, fmt.Errorf("look for the session: %w", err)
	}
	if err = h.logOut(ctx, w.ID); err != nil && (anyway || errors.Is(err, ErrKey)) {
		left.Unreached, err = h.forgetSession(ctx, w.ID, err)
	}
	if w.Source == collector.SourcePreview { // nobody was signed in
		left.Unreached = ""
	}
	return left, err
}

// signOutEverywhere logs out at Telegram and takes every browser out of the
// workspace, first of all those that somebody else may sit at.
func (h *Host) signOutEverywhere(ctx context.Context, in engine.Leave) (engine.Left, error) {
	w, err := h.Engine.Workspace(ctx, in.Visitor)
	if err != nil {
		return engine.Left{}, fmt.Errorf("find the workspace: %w", err)
	}
	if w.ID == "" {
		return engine.Left{}, nil
	}
	if err := h.Engine.ForgetVisitors(ctx, w.ID, in.Visitor); err != nil {
		return engine.Left{}, err
	}
	return h.signOut(ctx, in)
}

// holdings counts what a workspace holds. What cannot be counted is deleted all
// the same.
func (h *Host) holdings(ctx context.Context, workspace string) engine.Left {
	left := engine.Left{Deleted: true}
	var err error
	if h.Count != nil {
		left.Channels, left.Messages, err = h.Count(ctx, workspace)
	}
	all, listed := h.Engine.Collections(ctx, workspace)
	if err := errors.Join(err, listed); err != nil {
		h.Logger.Warn("counting before deleting failed", "workspace", workspace, "error", err)
	}
	left.Collections = len(all)
	return left
}

// delete logs out and deletes everything of the workspace. Data is deleted
// also when Telegram cannot be reached to log out.
func (h *Host) delete(ctx context.Context, visitor string) (engine.Left, error) {
	w, err := h.Engine.Workspace(ctx, visitor)
	if err != nil || w.ID == "" {
		return engine.Left{}, err
	}
	var left engine.Left
	if err := h.dropImport(ctx, w.ID); err != nil {
		return engine.Left{}, err
	}
	err = h.exclusively(ctx, w.ID, func(ctx context.Context) error {
		left = h.holdings(ctx, w.ID)
		if err := h.beginDeletion(ctx, w.ID); err != nil {
			return err
		}
		parted, err := h.part(ctx, w, true)
		if err != nil {
			return err
		}
		left.Session, left.Unreached = parted.Session, parted.Unreached
		return h.erase(ctx, w.ID, leaveLimit)
	})
	if err != nil {
		return engine.Left{}, err
	}
	return left, h.Engine.ForgetVisitor(ctx, visitor)
}

// beginDeletion notes that a workspace is being deleted, so that a kill in the
// middle is made up for at the next start.
func (h *Host) beginDeletion(ctx context.Context, w string) error {
	for {
		k, err := h.Engine.Kept(ctx, w)
		if err != nil || k.Deleting {
			return err
		}
		if ok, err := h.Engine.BeginDeletion(ctx, w, k); ok || err != nil {
			return err
		}
	}
}
