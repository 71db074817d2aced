package relay

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func numbers(n int, end error) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			if !yield(i, nil) {
				return
			}
		}
		if end != nil {
			yield(0, end)
		}
	}
}

// TestOrder: pieces come in the order of their parts, however long each takes.
func TestOrder(t *testing.T) {
	for _, n := range []int{1, 2, 7} {
		var got, want []int
		var at, most atomic.Int64
		err := Run(t.Context(), New(n), numbers(200, nil), func(i int) (int, error) {
			most.Store(max(most.Load(), at.Add(1)))
			defer at.Add(-1)
			time.Sleep(time.Duration(i%5) * 100 * time.Microsecond)
			return i * i, nil
		}, func(q int) error {
			got = append(got, q)
			return nil
		})
		for i := range 200 {
			want = append(want, i*i)
		}
		if err != nil || !slices.Equal(got, want) || most.Load() > int64(n) {
			t.Errorf("%d hands: %v, at once %d, %v", n, err, most.Load(), got)
		}
	}
}

// TestEnds: an error, a panic or the end of the request ends everything, and leaves no
// goroutine and no hand taken.
func TestEnds(t *testing.T) {
	broken := errors.New("broken")
	before := runtime.NumGoroutine()
	h := New(2)
	fine := func(i int) (int, error) { return i, nil }
	take := func(int) error { return nil }
	for name, run := range map[string]func(context.Context, context.CancelFunc) error{
		"broken read": func(ctx context.Context, _ context.CancelFunc) error {
			return Run(ctx, h, numbers(9, broken), fine, take)
		},
		"broken piece": func(ctx context.Context, _ context.CancelFunc) error {
			return Run(ctx, h, numbers(999, nil), func(i int) (int, error) {
				if i == 50 {
					return 0, broken
				}
				return i, nil
			}, take)
		},
		"broken hand": func(ctx context.Context, _ context.CancelFunc) error {
			return Run(ctx, h, numbers(999, nil), fine, func(i int) error {
				if i == 50 {
					return broken
				}
				return nil
			})
		},
		"panic in piece": func(ctx context.Context, _ context.CancelFunc) error {
			return Run(ctx, h, numbers(999, nil), func(i int) (int, error) {
				if i == 50 {
					panic("broken")
				}
				return i, nil
			}, take)
		},
		"panic in read": func(ctx context.Context, _ context.CancelFunc) error {
			return Run(ctx, h, func(yield func(int, error) bool) {
				yield(1, nil)
				panic("broken")
			}, fine, take)
		},
		"canceled": func(ctx context.Context, cancel context.CancelFunc) error {
			err := Run(ctx, h, numbers(1<<40, nil), fine, func(i int) error {
				if i == 50 {
					cancel()
				}
				return nil
			})
			if errors.Is(err, context.Canceled) {
				return broken
			}
			return err
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		if err := run(ctx, cancel); err == nil || !errors.Is(err, broken) && !strings.Contains(err.Error(), "broken") {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
		if len(h.free) != 0 {
			t.Errorf("%s: %d hands are still taken", name, len(h.free))
		}
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, were %d", runtime.NumGoroutine(), before)
}
