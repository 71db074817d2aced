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

// Standing returns which waits and limits apply to a visitor's account, as stored: flood waits
// at once, counts within a minute.
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

// standingOf returns an account's standing from its memory and the pace that this process uses
// for its server.
func (h *Host) standingOf(w engine.Workspace, m gate.Memory) collector.Standing {
	return m.Standing(h.now(), gate.Options{Pace: h.Servers[w.Source].Pace, LookUpsADay: h.LookUpsADay})
}

// LookUps counts the names of a list that the visitor's account has not looked up, and says
// how many may be looked up. It asks Telegram nothing.
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

// GoOn lifts the guard's stop, so that the account may send again. It does not shorten a flood
// wait.
func (h *Host) GoOn(ctx context.Context, visitor string) error {
	w, err := h.Engine.Workspace(ctx, visitor)
	if err != nil || w.ID == "" {
		return err
	}
	if ok, err := h.resumePreview(ctx, w); ok {
		h.Wake(w.ID)
		return err
	}
	return h.WithLease(ctx, w.ID, func(ctx context.Context, _ *engine.Lease) error {
		m, err := h.memory(ctx, w.ID)
		if err != nil {
			return fmt.Errorf("let the account go on: %w", err)
		}
		h.remember(ctx, w.ID, gate.Memory.Resumed(m))
		return nil
	})
}
