package part

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"telegramtrac/collector"
)

// Cores lets readings use several cores, within a bound that all of a process share: each
// reading has the goroutine that asked for it, and more only while others leave some. So one
// search of everything takes what is idle, and fifty at once take no more than fifty.
type Cores struct{ idle chan struct{} }

// NewCores is for all cores that the process may use.
func NewCores() *Cores { return &Cores{make(chan struct{}, runtime.GOMAXPROCS(0)-1)} }

// Each calls do with each number below n, on several cores where some are idle; worker tells
// which of them, from 0. It returns when all have ended: with the first error, after which no
// more are begun, or ctx's.
func (c *Cores) Each(ctx context.Context, n int, do func(ctx context.Context, worker, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	work := func(worker int) {
		for ctx.Err() == nil {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			if err := collector.Recovered(func() error { return do(ctx, worker, i) }); err != nil {
				cancel(err)
			}
		}
	}
	var others sync.WaitGroup
	for worker := 1; worker < n && c.take(); worker++ {
		others.Go(func() { // ends with the numbers, or with ctx
			defer c.leave()
			work(worker)
		})
	}
	work(0)
	others.Wait()
	return context.Cause(ctx)
}

// take reports whether a core is idle, which is then taken.
func (c *Cores) take() bool {
	if c == nil {
		return false
	}
	select {
	case c.idle <- struct{}{}:
		return true
	default:
		return false
	}
}

func (c *Cores) leave() { <-c.idle }

// Workers is how many workers there are at most.
func (c *Cores) Workers() int {
	if c == nil {
		return 1
	}
	return cap(c.idle) + 1
}
