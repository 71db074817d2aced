package account

import (
	"context"
	"fmt"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/telegram"
)

// standing is how a visitor's account stands with Telegram, as far as it is
// kept: at once for flood waits, within a minute for counts.
func (h *Host) standing(ctx context.Context, visitor string) (collector.Standing, error) {
	w, err := h.Engine.Workspace(ctx, visitor)
	if err != nil || w.ID == "" {
		return collector.Standing{}, err
	}
	m, err := h.memory(ctx, w.ID)
	if err != nil {
		return collector.Standing{}, err
	}
	return m.Standing(time.Now()), nil
}

// goOn lets the account send again after the guard has stopped it. A flood wait
// that is on is waited for all the same.
func (h *Host) goOn(ctx context.Context, visitor string) error {
	w, err := h.Engine.Workspace(ctx, visitor)
	if err != nil || w.ID == "" {
		return err
	}
	if ok, err := h.resumePreview(ctx, w); ok {
		h.kick(w.ID)
		return err
	}
	return h.exclusively(ctx, w.ID, func(ctx context.Context) error {
		m, err := h.memory(ctx, w.ID)
		if err != nil {
			return fmt.Errorf("let the account go on: %w", err)
		}
		h.keep(ctx, w.ID, telegram.Memory.Resumed(m))
		return nil
	})
}
