package tasks

import (
	"context"
	"sync"
)

// PassedOver is after how many collections in a row their workspace is compacted before the next
// one: thousands of small parts make every page slow.
const PassedOver = 8

// Overdue counts the collections of each workspace since it was last compacted. The zero value
// is ready for use.
type Overdue struct {
	mu sync.Mutex
	n  map[string]int
}

// Another counts one more collection, and reports whether compaction is to have its turn.
func (o *Overdue) Another(workspace string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.n == nil {
		o.n = map[string]int{}
	}
	o.n[workspace]++
	return o.n[workspace] >= PassedOver
}

// Done forgets a workspace's collections: it was compacted.
func (o *Overdue) Done(workspace string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.n, workspace)
}

// Alone lets one at a time do something; its channel holds one while somebody does.
type Alone chan struct{}

// Do runs f when nobody else does anything, unless ctx ends before.
func (a Alone) Do(ctx context.Context, f func() error) error {
	select {
	case a <- struct{}{}:
		defer func() { <-a }()
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return f()
}
