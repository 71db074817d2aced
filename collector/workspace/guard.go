package workspace

import (
	"context"
	"fmt"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/gate"
	"telegramtrac/collector/telegram"
)

// Standing is how a visitor's account stands with Telegram, as far as it is
// kept: at once for flood waits, within a minute for counts.
func (h *Host) Standing(ctx context.Context, visitor string) (collector.Standing, error) {
	w, err := h.Engine.Workspace(ctx, visitor)
	if err != nil || w.ID == "" {
		return collector.Standing{}, err
	}
	m, err := h.memory(ctx, w.ID)
	if err != nil {
		return collector.Standing{}, err
	}
	return h.standingOf(w, m), nil
}

// standingOf is how an account stands by what is remembered of it and how this process
// treats its server.
func (h *Host) standingOf(w engine.Workspace, m gate.Memory) collector.Standing {
	return m.Standing(h.now(), gate.Options{Pace: h.Servers[w.Source].Pace, LookUpsADay: h.LookUpsADay})
}

// LookUps counts the names of a list that the visitor's account has not met, and says
// how many may be looked up. It asks nothing of Telegram.
func (h *Host) LookUps(ctx context.Context, in engine.References) (engine.LookUps, error) {
	w, err := h.Engine.Workspace(ctx, in.Visitor)
	if err != nil || w.ID == "" {
		return engine.LookUps{}, err
	}
	m, err := h.memory(ctx, w.ID)
	if err != nil {
		return engine.LookUps{}, err
	}
	out := engine.LookUps{Next: h.standingOf(w, m).Next}
	peers, counted := storedPeers{h, w.ID}, map[string]bool{}
	for _, written := range in.References {
		ref, err := collector.ParseReference(written)
		if name := strings.ToLower(ref.Username); err != nil || name == "" || counted[name] {
			continue
		}
		counted[strings.ToLower(ref.Username)] = true
		known, err := telegram.Knows(ctx, peers, ref)
		if err != nil {
			return engine.LookUps{}, fmt.Errorf("count the names that are new: %w", err)
		}
		if !known {
			out.New++
		}
	}
	return out, nil
}

// GoOn lets the account send again after the guard has stopped it. A flood wait
// that is on is waited for all the same.
func (h *Host) GoOn(ctx context.Context, visitor string) error {
	w, err := h.Engine.Workspace(ctx, visitor)
	if err != nil || w.ID == "" {
		return err
	}
	if ok, err := h.resumePreview(ctx, w); ok {
		h.Wake(w.ID)
		return err
	}
	return h.Exclusively(ctx, w.ID, func(ctx context.Context, _ *engine.Lease) error {
		m, err := h.memory(ctx, w.ID)
		if err != nil {
			return fmt.Errorf("let the account go on: %w", err)
		}
		h.keep(ctx, w.ID, gate.Memory.Resumed(m))
		return nil
	})
}
