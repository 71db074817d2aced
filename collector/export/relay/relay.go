// Package relay makes the pieces of a file side by side and hands them on in order, so that
// reading, formatting and compressing overlap.
package relay

import (
	"context"
	"iter"
	"runtime"
	"sync"

	"telegramtrac/collector"
)

// Hands are what reads and makes pieces: so many at once for all who share them, so that the
// files of some do not take the processors from the pages of others.
type Hands struct{ free chan struct{} }

// New returns n hands; below 1: as many as there are processors.
func New(n int) *Hands {
	if n < 1 {
		n = runtime.GOMAXPROCS(0)
	}
	return &Hands{make(chan struct{}, n)}
}

// take waits for a hand.
func (h *Hands) take(ctx context.Context) error {
	select {
	case h.free <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *Hands) give() { <-h.free }

// made is a piece that is made, or why it is not.
type made[Q any] struct {
	piece Q
	err   error
}

// Run reads parts, makes a piece of each, and hands the pieces on, in the order of the parts:
// reading is one goroutine, the making of each piece another, and handing on is the caller's.
// The first error, or panic, of any of them ends them all; none is left when Run returns. Of
// pieces that are not handed on yet there are two more than hands.
func Run[P, Q any](ctx context.Context, h *Hands, parts iter.Seq2[P, error], piece func(P) (Q, error), hand func(Q) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait() // after cancel: deferred calls run backwards
	defer cancel()
	line := make(chan chan made[Q], cap(h.free)+1)
	all.Go(func() { // ends with the parts, or with ctx
		defer close(line)
		err := collector.Recovered(func() error { return read(ctx, h, parts, piece, line, &all) })
		if err != nil {
			last := make(chan made[Q], 1)
			last <- made[Q]{err: err}
			select {
			case line <- last:
			case <-ctx.Done():
			}
		}
	})
	for next := range line {
		m := <-next // a goroutine that was begun always says something
		if m.err != nil {
			return m.err
		}
		if err := hand(m.piece); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// read reads parts, each with a hand, and has a piece made of each.
func read[P, Q any](ctx context.Context, h *Hands, parts iter.Seq2[P, error], piece func(P) (Q, error), line chan<- chan made[Q],
	all *sync.WaitGroup) error {
	if err := h.take(ctx); err != nil {
		return err
	}
	held := true
	defer func() {
		if held {
			h.give()
		}
	}()
	for p, err := range parts {
		if err != nil {
			return err
		}
		h.give()
		held = false
		if err := begin(ctx, h, p, piece, line, all); err != nil {
			return err
		}
		if err := h.take(ctx); err != nil {
			return err
		}
		held = true
	}
	return nil
}

// begin has a piece made, as soon as there is a place for it and a hand.
func begin[P, Q any](ctx context.Context, h *Hands, p P, piece func(P) (Q, error), line chan<- chan made[Q], all *sync.WaitGroup) error {
	out := make(chan made[Q], 1)
	select {
	case line <- out:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := h.take(ctx); err != nil {
		out <- made[Q]{err: err}
		return err
	}
	all.Go(func() { // ends with the piece
		defer h.give()
		var m made[Q]
		m.err = collector.Recovered(func() (err error) {
			m.piece, err = piece(p)
			return err
		})
		out <- m
	})
	return nil
}
