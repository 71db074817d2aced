package workspace

import (
	"context"
)

// Insist is insist, and whether another job was asked for.
func Insist(ctx context.Context, h *Host, f func(context.Context) error) (done, again bool) {
	done = h.insist(ctx, "w", "a test failed", f)
	return done, len(h.imports.wanted) > 0
}

// Work is what a holder does once.
func Work(ctx context.Context, h *Host, workspace string) error {
	return h.work(ctx, workspace, &holder{})
}
