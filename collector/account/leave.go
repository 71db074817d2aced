package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/telegram"
)

// logOut ends the workspace's session at Telegram and forgets it. Without a
// session there is nothing to do. The lease must be held.
func (h *Host) logOut(ctx context.Context, workspace string) error {
	c, err := h.loadCredentials(ctx, workspace)
	if collector.KindOf(err) == collector.SignedOut {
		return nil
	}
	if err != nil {
		return err
	}
	if err := h.endSession(ctx, c); err != nil {
		return err
	}
	return h.Engine.DropSession(ctx, workspace)
}

// endSession logs a session out at Telegram. One that has ended already is no error.
func (h *Host) endSession(ctx context.Context, c *credentials) error {
	if c.Source == collector.SourcePreview {
		return nil // nobody was signed in
	}
	ctx, cancel := context.WithTimeout(ctx, 25*time.Second)
	defer cancel()
	o, err := h.clientOptions(c, &pending{credentials: *c})
	if err != nil {
		return err
	}
	o.Interactive = true
	client, err := telegram.Dial(ctx, o)
	if err == nil {
		err = client.LogOut(ctx)
		client.Close()
	}
	if collector.KindOf(err) == collector.SignedOut {
		return nil
	}
	return err
}

// signOut logs out at Telegram. The collected data stays, and is found again by
// signing in.
func (h *Host) signOut(ctx context.Context, visitor string) error {
	w, err := h.Engine.Workspace(ctx, visitor)
	if err != nil {
		return fmt.Errorf("find the workspace: %w", err)
	}
	if w.ID != "" {
		if err := h.exclusively(ctx, w.ID, func(ctx context.Context) error { return h.logOut(ctx, w.ID) }); err != nil {
			return err
		}
	}
	return errors.Join(h.Engine.ForgetVisitor(ctx, visitor), h.Engine.DropSignIn(ctx, visitor))
}

// signOutEverywhere logs out at Telegram and takes every browser out of the
// workspace, first of all those that somebody else may sit at.
func (h *Host) signOutEverywhere(ctx context.Context, visitor string) error {
	w, err := h.Engine.Workspace(ctx, visitor)
	if err != nil {
		return fmt.Errorf("find the workspace: %w", err)
	}
	if w.ID == "" {
		return nil
	}
	if err := h.Engine.ForgetVisitors(ctx, w.ID, visitor); err != nil {
		return err
	}
	return h.signOut(ctx, visitor)
}

// delete logs out and deletes everything of the workspace. Data is deleted
// also when Telegram cannot be reached to log out.
func (h *Host) delete(ctx context.Context, visitor string) error {
	w, err := h.Engine.Workspace(ctx, visitor)
	if err != nil || w.ID == "" {
		return err
	}
	if err := h.dropImport(ctx, w.ID); err != nil {
		return err
	}
	err = h.exclusively(ctx, w.ID, func(ctx context.Context) error {
		if err := h.logOut(ctx, w.ID); err != nil {
			h.Logger.Warn("logging out before deleting failed", "workspace", w.ID, "error", err)
		}
		if err := h.Engine.DropWorkspace(ctx, w.ID); err != nil {
			return fmt.Errorf("delete the records: %w", err)
		}
		if err := h.RemoveData(w.ID); err != nil {
			return fmt.Errorf("delete the data: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return h.Engine.ForgetVisitor(ctx, visitor)
}
