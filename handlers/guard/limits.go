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

// Lanes limits how many requests of a visitor or a workspace do something at the same time.
type Lanes struct {
	wide int

	mu   sync.Mutex
	open map[string]*lane
}

type lane struct {
	places chan struct{}
	users  int // requests that have a place or wait for one
}

// NewLanes gives everyone a lane for wide requests at the same time.
func NewLanes(wide int) *Lanes { return &Lanes{wide: wide, open: map[string]*lane{}} }

// Take is Enter without waiting; ok is false if all places are taken.
func (l *Lanes) Take(whose string) (leave func(), ok bool) {
	ended, end := context.WithCancel(context.Background())
	end()
	leave, err := l.Enter(ended, whose)
	return leave, err == nil
}

// Enter waits for a place; leave returns it, once however often it is called. The error is
// ctx's.
func (l *Lanes) Enter(ctx context.Context, whose string) (leave func(), err error) {
	l.mu.Lock()
	in := l.open[whose]
	if in == nil {
		in = &lane{places: make(chan struct{}, l.wide)}
		l.open[whose] = in
	}
	in.users++
	l.mu.Unlock()
	done := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if in.users--; in.users == 0 {
			delete(l.open, whose)
		}
	}
	select { // first without ctx, which may have ended
	case in.places <- struct{}{}:
	default:
		select {
		case in.places <- struct{}{}:
		case <-ctx.Done():
			done()
			return nil, ctx.Err()
		}
	}
	return sync.OnceFunc(func() { <-in.places; done() }), nil
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
