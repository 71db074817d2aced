package handlers

import (
	"hash/maphash"
	"sync"
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
