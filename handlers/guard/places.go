package guard

import (
	"context"
	"sync"

	"github.com/gofiber/fiber/v2"
)

// Places limits how many things a visitor or a workspace has open at the same time.
type Places struct {
	most int

	mu    sync.Mutex
	taken map[string]int
}

// NewPlaces gives each visitor or workspace most places.
func NewPlaces(most int) *Places { return &Places{most: most, taken: map[string]int{}} }

// Take takes a place; leave returns it, once however often it is called. ok is false if all
// are taken.
func (p *Places) Take(whose string) (leave func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[whose] >= p.most {
		return nil, false
	}
	p.taken[whose]++
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.taken[whose]--; p.taken[whose] == 0 {
			delete(p.taken, whose)
		}
	}), true
}

// Lanes limits how many requests of a workspace do something at the same time; the others wait
// their turn.
type Lanes struct {
	wide int

	mu   sync.Mutex
	open map[string]*lane
}

type lane struct {
	places chan struct{}
	users  int // requests that have a place or wait for one
}

// NewLanes gives each workspace a lane for wide requests at the same time.
func NewLanes(wide int) *Lanes { return &Lanes{wide: wide, open: map[string]*lane{}} }

// Enter waits for a place; leave returns it, once however often it is called. The error is
// ctx's.
func (l *Lanes) Enter(ctx context.Context, workspace string) (leave func(), err error) {
	l.mu.Lock()
	in := l.open[workspace]
	if in == nil {
		in = &lane{places: make(chan struct{}, l.wide)}
		l.open[workspace] = in
	}
	in.users++
	l.mu.Unlock()
	done := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if in.users--; in.users == 0 {
			delete(l.open, workspace)
		}
	}
	select {
	case in.places <- struct{}{}:
		return sync.OnceFunc(func() { <-in.places; done() }), nil
	case <-ctx.Done():
		done()
		return nil, ctx.Err()
	}
}

// Handle is middleware that lets the requests of a workspace through its lane.
func (l *Lanes) Handle(c *fiber.Ctx) error {
	leave, err := l.Enter(c.UserContext(), VisitorOf(c).Workspace.ID)
	if err != nil {
		return err
	}
	defer leave()
	return c.Next()
}
