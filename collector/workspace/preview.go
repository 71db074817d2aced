package workspace

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/preview"
)

// noAccount puts a visitor into a workspace that needs no account: the visitor's
// own, found again by the same browser. What is stored as its session says which
// site it reads.
func (h *Host) noAccount(ctx context.Context, in engine.NoAccount) (engine.Workspace, error) {
	site, ok := h.Previews[in.Source]
	if !ok {
		return engine.Workspace{}, fmt.Errorf("no preview of %q is offered", in.Source)
	}
	w := engine.Workspace{
		ID:     h.Keys.Workspace(site.Identity(), "visitor "+in.Visitor),
		Source: collector.SourcePreview, Label: "No account · public web preview", Shows: shown(in.Source),
	}
	if in.Source == collector.SourceSandbox {
		w.Label = "Sandbox · web preview"
	}
	if err := h.finishDeletion(ctx, w.ID, leaveLimit); err != nil { // else what is new would go with it
		return engine.Workspace{}, err
	}
	if err := h.storeCredentials(ctx, w.ID, credentials{Source: collector.SourcePreview, Server: site.Identity()}); err != nil {
		return engine.Workspace{}, err
	}
	if err := errors.Join(h.Engine.DropSignIn(ctx, in.Visitor), h.Engine.SetWorkspace(ctx, in.Visitor, w)); err != nil {
		return engine.Workspace{}, err
	}
	h.kick(w.ID) // for what waits since this browser signed out
	return w, nil
}

// site is the preview that credentials without an account read; nil for those of
// an account.
func (h *Host) site(c *credentials) (*preview.Site, error) {
	if c.Source != collector.SourcePreview {
		return nil, nil
	}
	for _, site := range h.Previews {
		if site.Identity() == c.Server {
			return site, nil
		}
	}
	return nil, errOtherServer
}

// siteOf is the preview that a visitor in a workspace looks at channels in: its
// own, or the one that shows the same channels as the account's server.
func (h *Host) siteOf(ctx context.Context, w engine.Workspace) (*preview.Site, error) {
	if w.Source != collector.SourcePreview {
		source := w.Source
		if source == collector.SourceTelegram {
			source = collector.SourcePreview
		}
		return h.Previews[source], nil
	}
	c, err := h.loadCredentials(ctx, w.ID)
	if err != nil {
		return nil, err
	}
	return h.site(c)
}

// glimpse shows channels before anything is collected.
func (h *Host) glimpse(ctx context.Context, in engine.Look) ([]engine.Glimpse, error) {
	w, err := h.Engine.Workspace(ctx, in.Visitor)
	if err != nil || w.ID == "" {
		return nil, err
	}
	site, err := h.siteOf(ctx, w)
	if err != nil {
		return nil, err
	}
	if site == nil {
		return nil, &collector.Error{Kind: collector.NoPreview, Err: errors.New("no preview of this server's channels is set up")}
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	out := make([]engine.Glimpse, 0, len(in.References))
	for _, written := range in.References {
		g := engine.Glimpse{Reference: written}
		seen, err := site.Look(ctx, written)
		if errors.Is(err, context.DeadlineExceeded) { // the gate is busy with collections
			err = &collector.Error{Kind: collector.Network, RetryAt: time.Now().Add(lookTime), Err: err}
		}
		if e := collector.AsError(err); e != nil {
			g.Error, g.Detail, g.RetryAt = e.Kind, e.Detail, e.RetryAt
			if e.Kind == collector.Internal {
				h.Logger.Error("looking at a channel failed", "error", err)
			}
		} else {
			g.Channel, g.Picture, g.Messages = seen.Channel, seen.Picture, seen.Messages
		}
		out = append(out, g)
	}
	return out, nil
}

// picture fetches the picture of a channel that was looked at.
func (h *Host) picture(ctx context.Context, in engine.Look) (engine.Picture, error) {
	w, err := h.Engine.Workspace(ctx, in.Visitor)
	if err != nil {
		return engine.Picture{}, err
	}
	var site *preview.Site
	if w.ID != "" && len(in.References) == 1 {
		site, err = h.siteOf(ctx, w)
	}
	if err != nil || site == nil {
		return engine.Picture{}, cmp.Or(err, error(&collector.Error{Kind: collector.NotFound}))
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	p, err := site.Picture(ctx, in.References[0])
	return engine.Picture{Type: p.Type, Body: p.Body}, err
}

// source is what the workspace's collections read with: a preview's, or its
// account's.
func (s *openSession) source(ctx context.Context, p collector.Pseudonym) (_ collector.Source, inFlight int, _ error) {
	c, err := s.host.loadCredentials(ctx, s.workspace)
	if err != nil {
		return nil, 0, err
	}
	site, err := s.host.site(c)
	if err != nil {
		return nil, 0, err
	}
	if site != nil {
		s.close() // a preview's source tells its waits anew
		return site.Source(p, s.wait), 1, nil
	}
	client, err := s.open(ctx)
	if err != nil {
		return nil, 0, err
	}
	return client.Source(p), s.host.MaxInFlight, nil
}

// resumePreview lets the workspace's preview go on after refusals stopped it; it
// reports whether the workspace has one.
func (h *Host) resumePreview(ctx context.Context, w engine.Workspace) (bool, error) {
	if w.Source != collector.SourcePreview {
		return false, nil
	}
	site, err := h.siteOf(ctx, w)
	if err == nil {
		site.Resume()
	}
	return true, err
}

// rememberRefusals tells the previews what refused them before this process
// began, so that no request is sent before its time. It belongs to no workspace:
// none that is deleted takes it along.
func (h *Host) rememberRefusals(ctx context.Context) error {
	for _, site := range h.Previews {
		name := h.Keys.Workspace(site.Identity(), "gate")
		b, err := h.Engine.Gate(ctx, name)
		if err == nil && b == nil {
			b, err = h.Engine.Flood(ctx, name) // where older versions kept it
		}
		var m preview.Memory
		if err == nil && b != nil {
			err = json.Unmarshal(b, &m)
		}
		if err != nil {
			return fmt.Errorf("read what refused the web preview: %w", err)
		}
		site.Remember(m, func(m preview.Memory) { h.keepIn(ctx, h.Engine.PutGate, name, m) })
	}
	return nil
}
