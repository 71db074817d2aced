package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/keyring"
	"telegramtrac/collector/telegram/client"
)

// LogOut ends the workspace's session at Telegram and deletes it. Without a session it does
// nothing. A session that no key opens (keyring.ErrKey) goes on at Telegram, and stays stored.
// The lease must be held.
func (d *Desk) LogOut(ctx context.Context, workspace string) error {
	c, err := d.Credentials(ctx, workspace)
	if err != nil && (collector.KindOf(err) != collector.SignedOut || errors.Is(err, keyring.ErrKey)) {
		return err
	}
	if err == nil {
		// The refusal is remembered, so that a second try too early does not reach Telegram.
		if err := d.ask("leave "+workspace, func() error { return d.endSession(ctx, c) }); err != nil {
			return err
		}
	}
	return d.o.Engine.DropSession(ctx, workspace)
}

// LeaveLimit is how long a log-out may take at Telegram.
const LeaveLimit = 25 * time.Second

// endSession logs a session out at Telegram; it is no error if the session has ended.
func (d *Desk) endSession(ctx context.Context, c *Credentials) error {
	if c.Source == collector.SourcePreview {
		return nil // nobody was signed in
	}
	ctx, cancel := context.WithTimeout(ctx, LeaveLimit)
	defer cancel()
	o, err := d.ClientOptions(c, &pending{Credentials: *c})
	if err != nil {
		return &collector.Error{Kind: collector.Network, Err: err}
	}
	o.Interactive = true
	connected, err := client.Dial(ctx, o)
	if err == nil {
		err = connected.LogOut(ctx)
		connected.Close()
	}
	if e := collector.AsError(err); e != nil && (e.Kind == collector.SignedOut || e.Detail == client.DetailSession) {
		return nil // Telegram refused it time and again: there is nothing left to end
	}
	return err
}

// forgetSession deletes a session that could not be ended at Telegram, because its owner wants
// that anyway or nobody can ever end it. It returns the reason.
func (d *Desk) forgetSession(ctx context.Context, workspace string, why error) (collector.Kind, error) {
	d.o.Logger.Warn("a session is forgotten that could not be ended", "workspace", workspace, "error", why)
	return collector.KindOf(why), d.o.Engine.DropSession(ctx, workspace)
}

// SignOut logs out at Telegram. The data stays for the next sign-in.
func (d *Desk) SignOut(ctx context.Context, in engine.Leave) (engine.Left, error) {
	var left engine.Left
	w, err := d.o.Engine.Workspace(ctx, in.Visitor)
	if err != nil {
		return left, fmt.Errorf("find the workspace: %w", err)
	}
	if w.ID != "" {
		err = d.o.Owner.WithLease(ctx, w.ID, func(ctx context.Context, _ *engine.Lease) (err error) {
			left, err = d.Leave(ctx, w, in.Anyway)
			return err
		})
	}
	if err != nil {
		return engine.Left{}, err
	}
	return left, errors.Join(d.o.Engine.ForgetVisitor(ctx, in.Visitor), d.o.Engine.DropSignIn(ctx, in.Visitor))
}

// Leave logs a workspace out. With anyway it deletes the session even if Telegram cannot be
// reached; one that no key opens is always deleted, as trying again would change nothing. The
// lease must be held.
func (d *Desk) Leave(ctx context.Context, w engine.Workspace, anyway bool) (engine.Left, error) {
	sealed, err := d.o.Engine.Session(ctx, w.ID)
	left := engine.Left{Session: sealed != nil}
	if err != nil {
		return left, fmt.Errorf("look for the session: %w", err)
	}
	if err = d.LogOut(ctx, w.ID); err != nil && (anyway || errors.Is(err, keyring.ErrKey)) {
		left.Unreached, err = d.forgetSession(ctx, w.ID, err)
	}
	if w.Source == collector.SourcePreview { // nobody was signed in
		left.Unreached = ""
	}
	return left, err
}

// SignOutEverywhere takes every browser out of the workspace, other people's first, and logs
// out at Telegram.
func (d *Desk) SignOutEverywhere(ctx context.Context, in engine.Leave) (engine.Left, error) {
	w, err := d.o.Engine.Workspace(ctx, in.Visitor)
	if err != nil {
		return engine.Left{}, fmt.Errorf("find the workspace: %w", err)
	}
	if w.ID == "" {
		return engine.Left{}, nil
	}
	if err := d.o.Engine.ForgetVisitors(ctx, w.ID, in.Visitor); err != nil {
		return engine.Left{}, err
	}
	return d.SignOut(ctx, in)
}
