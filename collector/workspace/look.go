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
	"telegramtrac/collector/gate"
	"telegramtrac/collector/preview"
)

// Look shows channels before anything is collected.
func (h *Host) Look(ctx context.Context, in engine.References) ([]engine.Look, error) {
	w, err := h.Engine.Workspace(ctx, in.Visitor)
	if err != nil || w.ID == "" {
		return nil, err
	}
	site, err := h.SiteOf(ctx, w)
	if err != nil {
		return nil, err
	}
	if site == nil {
		return nil, &collector.Error{Kind: collector.NoPreview, Err: errors.New("no preview of this server's channels is set up")}
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	out := make([]engine.Look, 0, len(in.References))
	for _, written := range in.References {
		g := engine.Look{Reference: written}
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

// Picture fetches the picture of a channel that was looked at.
func (h *Host) Picture(ctx context.Context, in engine.References) (engine.Picture, error) {
	w, err := h.Engine.Workspace(ctx, in.Visitor)
	if err != nil {
		return engine.Picture{}, err
	}
	var site *preview.Site
	if w.ID != "" && len(in.References) == 1 {
		site, err = h.SiteOf(ctx, w)
	}
	if err != nil || site == nil {
		return engine.Picture{}, cmp.Or(err, error(&collector.Error{Kind: collector.NotFound}))
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	p, err := site.Picture(ctx, in.References[0])
	return engine.Picture{Type: p.Type, Body: p.Body}, err
}

// source returns the source of the workspace's collections: a preview's, or its account's.
func (s *openSession) source(ctx context.Context, p collector.Pseudonym) (_ collector.Source, inFlight int, _ error) {
	c, err := s.host.Credentials(ctx, s.workspace)
	if err != nil {
		return nil, 0, err
	}
	site, err := s.host.Site(c)
	if err != nil {
		return nil, 0, err
	}
	if site != nil {
		s.close() // a preview's source tells its waits anew
		return site.Source(p, s.wait), 1, nil
	}
	source, err := s.telegram(ctx, p)
	if err != nil {
		return nil, 0, err
	}
	return source, s.host.MaxInFlight, nil
}

// resumePreview resumes the workspace's preview after refusals stopped it; it reports whether
// the workspace has one.
func (h *Host) resumePreview(ctx context.Context, w engine.Workspace) (bool, error) {
	if w.Source != collector.SourcePreview {
		return false, nil
	}
	site, err := h.SiteOf(ctx, w)
	if err == nil {
		site.Resume()
	}
	return true, err
}

// rememberRefusals gives the previews the refusals of the process before, so that no request
// is sent too early. They belong to no workspace, so that no deletion removes them.
func (h *Host) rememberRefusals(ctx context.Context) error {
	for _, site := range h.Previews {
		name := h.Keys.Workspace(site.Identity(), "gate")
		b, err := h.Engine.Gate(ctx, name)
		if err == nil && b == nil {
			b, err = h.Engine.Flood(ctx, name) // where older versions kept it
		}
		var m gate.SiteMemory
		if err == nil && b != nil {
			err = json.Unmarshal(b, &m)
		}
		if err != nil {
			return fmt.Errorf("read what refused the web preview: %w", err)
		}
		site.Remember(m, func(m gate.SiteMemory) { h.storeMemory(ctx, h.Engine.PutGate, name, m) })
	}
	return nil
}
