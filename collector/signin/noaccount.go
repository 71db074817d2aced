package signin

import (
	"context"
	"errors"
	"fmt"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/preview"
)

// NoAccount puts a visitor into a workspace that needs no account: the visitor's own, which
// the same browser finds again. The stored session names the site that it reads.
func (d *Desk) NoAccount(ctx context.Context, in engine.NoAccount) (engine.Workspace, error) {
	site, ok := d.o.Previews[in.Source]
	if !ok {
		return engine.Workspace{}, fmt.Errorf("no preview of %q is offered", in.Source)
	}
	w := engine.Workspace{
		ID:     d.o.Keys.Workspace(site.Identity(), "visitor "+in.Visitor),
		Source: collector.SourcePreview, Label: "No account · public web preview", Shows: shown(in.Source),
	}
	if in.Source == collector.SourceSandbox {
		w.Label = "Sandbox · web preview"
	}
	if err := d.o.Owner.FinishDeletion(ctx, w.ID); err != nil { // else what is new would go with it
		return engine.Workspace{}, err
	}
	if err := d.PutCredentials(ctx, w.ID, Credentials{Source: collector.SourcePreview, Server: site.Identity()}); err != nil {
		return engine.Workspace{}, err
	}
	if err := errors.Join(d.o.Engine.DropSignIn(ctx, in.Visitor), d.o.Engine.SetWorkspace(ctx, in.Visitor, w)); err != nil {
		return engine.Workspace{}, err
	}
	d.o.Owner.Wake(w.ID) // for what waits since this browser signed out
	return w, nil
}

// Site is the preview that credentials without an account read; nil for those of
// an account.
func (d *Desk) Site(c *Credentials) (*preview.Site, error) {
	if c.Source != collector.SourcePreview {
		return nil, nil
	}
	for _, site := range d.o.Previews {
		if site.Identity() == c.Server {
			return site, nil
		}
	}
	return nil, ErrOtherServer
}

// SiteOf returns the preview for looking at channels from a workspace: its own, or the one
// that shows the same channels as the account's server.
func (d *Desk) SiteOf(ctx context.Context, w engine.Workspace) (*preview.Site, error) {
	if w.Source != collector.SourcePreview {
		source := w.Source
		if source == collector.SourceTelegram {
			source = collector.SourcePreview
		}
		return d.o.Previews[source], nil
	}
	c, err := d.Credentials(ctx, w.ID)
	if err != nil {
		return nil, err
	}
	return d.Site(c)
}

// shown returns the source of accounts that read the same channels as a source's preview.
func shown(preview string) string {
	if preview == collector.SourcePreview {
		return collector.SourceTelegram
	}
	return preview
}

// previewOf returns the id of a visitor's workspace without an account, which may not exist
// yet, for the channels that accounts of a source read; "" for none. The real web preview does
// not show the channels of another Telegram server.
func (d *Desk) previewOf(visitor, source string) string {
	for name, site := range d.o.Previews {
		real := site.Identity() == collector.SourcePreview
		if shown(name) != source || real && d.o.Servers[source].Identity != collector.SourceTelegram {
			continue
		}
		return d.o.Keys.Workspace(site.Identity(), "visitor "+visitor)
	}
	return ""
}

// along returns the workspace to merge when a visitor signs in at a source: the one without an
// account, if the visitor is in it or has used it.
func (d *Desk) along(ctx context.Context, visitor, source string) (string, error) {
	from := d.previewOf(visitor, source)
	if from == "" {
		return "", nil
	}
	w, err := d.o.Engine.Workspace(ctx, visitor)
	if err != nil || w.ID == from {
		return from, err
	}
	all, err := d.o.Engine.Collections(ctx, from)
	if err != nil || len(all) > 0 {
		return from, err
	}
	last, err := d.o.Engine.Import(ctx, from) // kept after signing out, like the data
	if err != nil || last.ID == "" {
		return "", err
	}
	return from, nil
}
