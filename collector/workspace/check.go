package workspace

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/workspace/tasks"
)

// lookTime is how long looking at a few channels may take.
const lookTime = 8 * time.Second

// Check resolves a few references, so that a person who mistyped a name sees it beside the
// form. The results are stored, so the collection need not resolve them again.
func (h *Host) Check(ctx context.Context, in engine.References) ([]engine.Checked, error) {
	w, err := h.Engine.Workspace(ctx, in.Visitor)
	if err != nil || w.ID == "" || w.Source != collector.SourcePreview && h.working(ctx, w.ID) {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	if w.Source == collector.SourcePreview {
		return h.checkWithoutAccount(ctx, w, in.References)
	}
	var out []engine.Checked
	err = h.WithLease(ctx, w.ID, func(ctx context.Context, _ *engine.Lease) error {
		session := &openSession{host: h, workspace: w.ID, interactive: true}
		defer session.close()
		source, err := session.telegram(ctx, h.Keys.Pseudonym(w.ID))
		if err != nil {
			return err
		}
		out, err = h.checkAll(ctx, w.ID, source, in.References)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look at channels: %w", err)
	}
	return out, nil
}

func (h *Host) checkAll(ctx context.Context, workspace string, source loop.Finder, references []string) ([]engine.Checked, error) {
	known := collector.Acquaintance(stranger{})
	if d, err := h.Data(workspace); err != nil {
		return nil, err
	} else if d != nil {
		known = d
	}
	var out []engine.Checked
	for _, written := range references {
		looked, err := checkOne(ctx, source, known, written)
		if err != nil {
			return nil, err
		}
		out = append(out, looked)
	}
	return out, nil
}

// checkOne resolves one reference. It returns an error only if that says nothing about the
// channel (a flood wait, a lost connection).
func checkOne(ctx context.Context, source loop.Finder, known collector.Acquaintance, written string) (engine.Checked, error) {
	ref, err := collector.ParseReference(written)
	if err == nil {
		_, err = loop.Find(ctx, source, known, ref)
	}
	if err == nil {
		return engine.Checked{Reference: written}, nil
	}
	switch e := collector.AsError(err); e.Kind {
	case collector.NoPreview, collector.NotFound, collector.OtherChannel, collector.NotAChannel, collector.Private, collector.Banned,
		collector.Restricted, collector.Refused:
		return engine.Checked{Reference: written, Error: e.Kind, Detail: e.Detail}, nil
	}
	return engine.Checked{}, err
}

// checkWithoutAccount is Check in the web preview, which collections do not block for long.
func (h *Host) checkWithoutAccount(ctx context.Context, w engine.Workspace, references []string) ([]engine.Checked, error) {
	site, err := h.SiteOf(ctx, w)
	if err != nil {
		return nil, err
	}
	out, err := h.checkAll(ctx, w.ID, site.Looking(), references)
	if err != nil {
		return nil, fmt.Errorf("look at channels: %w", err)
	}
	// The web preview knows channels by id only after a collection has read them, so the
	// collection reports this error.
	for i := range out {
		if out[i].Error == collector.OtherChannel {
			out[i] = engine.Checked{Reference: out[i].Reference}
		}
	}
	return out, nil
}

// restTime is how long a holder that has found nothing to do may take to end.
const restTime = time.Second

// working reports whether a holder works in the workspace. It waits for one that still looks
// for work: interrupted while it takes the lease, that would leave the lease to expire.
func (h *Host) working(ctx context.Context, workspace string) bool {
	running := cmp.Or(h.tasks.Task(tasks.Collecting, workspace), h.tasks.Task(tasks.Bringing, workspace))
	if running == nil {
		return false
	}
	if running.Busy.Load() {
		return true
	}
	rest := time.NewTimer(restTime)
	defer rest.Stop()
	select {
	case <-running.Done():
		return false
	case <-rest.C:
	case <-ctx.Done():
	}
	return true
}

// stranger is an Acquaintance without any names.
type stranger struct{}

func (stranger) KnownAs(context.Context, string) ([]collector.Known, error) { return nil, nil }

func (stranger) NameOf(context.Context, int64) (string, error) { return "", nil }
