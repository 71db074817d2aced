package handlers

import (
	"context"
	"hash/maphash"
	"sync"

	"github.com/gofiber/fiber/v2"
)

// How many downloads a workspace, and websockets a visitor, may have open at the
// same time: more than a person needs, and too few to hold the machine.
const (
	downloadsByWorkspace = 6
	socketsByVisitor     = 100
)

// places counts what is open at the same time, by whose it is.
type places struct {
	most int

	mu    sync.Mutex
	taken map[string]int
}

func newPlaces(most int) *places { return &places{most: most, taken: map[string]int{}} }

// take takes a place, which leave gives back once; false: all are taken.
func (p *places) take(whose string) (leave func(), ok bool) {
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

// turns let one request of a workspace at a time do what must not be done twice at
// once. Two workspaces may share a turn, which costs a moment only.
type turns struct {
	seed maphash.Seed
	all  [64]sync.Mutex
}

func newTurns() *turns { return &turns{seed: maphash.MakeSeed()} }

func (t *turns) of(workspace string) *sync.Mutex {
	return &t.all[maphash.String(t.seed, workspace)%uint64(len(t.all))]
}

// pagesAtOnce is how many pages of messages a workspace reads at the same time. The
// largest take a hundred megabytes while they are read; the others wait.
const pagesAtOnce = 2

// lanes let so many at the same time do something for a workspace; the others wait.
type lanes struct {
	wide int

	mu   sync.Mutex
	open map[string]*lane
}

type lane struct {
	places chan struct{}
	users  int // who has a place, or waits for one
}

func newLanes(wide int) *lanes { return &lanes{wide: wide, open: map[string]*lane{}} }

// enter waits for a place, which leave gives back once. The error is the context's.
func (l *lanes) enter(ctx context.Context, workspace string) (leave func(), err error) {
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

// inLane lets a workspace's pages of messages be read and made few at a time.
func (s *Server) inLane(c *fiber.Ctx) error {
	leave, err := s.pages.enter(c.UserContext(), visitorOf(c).workspace.ID)
	if err != nil {
		return err
	}
	defer leave()
	return c.Next()
}
