package guard

import (
	"context"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/limiter"
)

// How often people may do what Telegram limits, or what an attacker could use to guess a code
// or a password. The limits by network leave room for a newsroom behind one address.
const (
	signInWindow    = 10 * time.Minute
	signInByVisitor = 40
	signInByNetwork = 200

	lookUpWindow    = time.Minute
	lookUpByVisitor = 30
	lookUpByNetwork = 200

	// The networks of one IPv6 /48 together may do this many times what one network may: a /48
	// has 65,536 networks, and one person may control all of them.
	siteShare = 5

	// Wrong passwords of the host from all networks together: more than people mistype, too
	// few to guess a password from many networks.
	passwordsWrong = 500
)

// LimitSignIn answers 429 with Retry-After to visitors who sign in too often. A visitor
// without a cookie is still counted by network.
func (g *Guard) LimitSignIn() []fiber.Handler {
	return g.limits(signInWindow, signInByVisitor, signInByNetwork)
}

// LimitLookUps does the same for looking names up.
func (g *Guard) LimitLookUps() []fiber.Handler {
	return g.limits(lookUpWindow, lookUpByVisitor, lookUpByNetwork)
}

func (g *Guard) limits(window time.Duration, byVisitor, byNetwork int) []fiber.Handler {
	limit := func(most int, key func(*fiber.Ctx) string, free func(*fiber.Ctx) bool) fiber.Handler {
		return limiter.New(limiter.Config{
			Max: most, Expiration: window, KeyGenerator: key, Next: free,
			LimitReached:      func(*fiber.Ctx) error { return ErrTooOften },
			LimiterMiddleware: limiter.SlidingWindow{},
		})
	}
	return []fiber.Handler{
		limit(byVisitor, func(c *fiber.Ctx) string { return VisitorOf(c).Hash }, nil),
		limit(byNetwork, g.CameFrom, func(c *fiber.Ctx) bool { return g.CameFrom(c) == "" }),
		limit(siteShare*byNetwork, g.site, func(c *fiber.Ctx) bool { return g.site(c) == "" }),
	}
}

// LimitPassword answers 429 to everybody after too many wrong passwords from anywhere.
func (g *Guard) LimitPassword() fiber.Handler {
	return limiter.New(limiter.Config{
		Max: passwordsWrong, Expiration: signInWindow, KeyGenerator: func(*fiber.Ctx) string { return "door" }, SkipSuccessfulRequests: true,
		LimitReached:      func(*fiber.Ctx) error { return ErrTooOften },
		LimiterMiddleware: limiter.SlidingWindow{},
	})
}

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
