package main

import (
	"context"
	"errors"
	"testing"

	"golang.org/x/sync/errgroup"
)

// TestStopIsBounded: a part that does not end holds up no stop for longer than it may
// take.
func TestStopIsBounded(t *testing.T) {
	stuck := make(chan struct{})
	p := &program{parts: &errgroup.Group{}}
	p.parts.Go(func() error { <-stuck; return nil })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.await(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(stuck)
	if err := p.await(t.Context()); err != nil {
		t.Errorf("got %v", err)
	}
}
