// Package gate decides when a request may be sent: the pace, the waits that a server
// asks for, the guard that stops everything, and what of all this survives a restart.
//
// Account is the gate of one Telegram account, Site that of one website. Neither knows
// how requests are sent: the caller sends, and tells the gate what came of it.
package gate

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"telegramtrac/collector"
)

// Options are what an Account needs. The zero Options are a patient gate of a new
// account. OnWait and Save are called in order, must not block for long, and must not
// call the gate.
type Options struct {
	Interactive bool                 // a person waits: flood waits are errors at once
	SigningIn   bool                 // nobody is signed in yet, so there is no account that waits would belong to; goes with Interactive
	NotBefore   time.Time            // no request before this time; may be zero
	Memory      Memory               // what an earlier gate of the account handed to Save
	Pace        bool                 // begin slowly with an account that is new, as the real service wants it
	LookUpsADay int                  // names looked up in 24 hours at most; 0: LookUpsADay, below 0: no limit
	OnWait      func(collector.Wait) // called when a wait begins or changes and, with a zero Wait, when none is on; may be nil
	// stores what a restart needs: at once of a flood wait or a stop, else once a minute and at the end; may be nil
	Save   func(Memory)
	Clock  Clock        // nil: the system's
	Logger *slog.Logger // nil: none
}

// noticeable is how long our own pace must hold a request before people are told.
const noticeable = 2 * time.Second

// ErrClosed says that the gate closed while a request was on its way out, so it
// was not sent.
var ErrClosed = errors.New("held back by the gate")

// Account is the one way out for the requests of an account. A flood wait met by one
// request holds back all: the limit belongs to the account, and asking early counts
// against it. A refused request is sent again when the time has come, never begun anew.
// Look-ups have limits of their own, which last for hours: what holds them (lookUps)
// holds nothing else, and is an error at once, so that everything else goes on. After a
// wait the pace of its method is slower, and waits that escalate stop everything until
// the person resumes.
// See https://core.telegram.org/api/errors#420-flood
type Account struct {
	interactive bool
	signingIn   bool
	clock       Clock
	save        func(Memory)
	logger      *slog.Logger
	waits       *waits

	mu       sync.Mutex
	memory   Memory
	saved    int64         // the minute in which the memory was last saved
	closed   time.Duration // until when nothing is sent, by the clock's Uptime
	since    time.Duration // when the wait that is on began
	wait     *collector.Wait
	changed  chan struct{} // closed when waiting callers must ask again
	paces    map[string]*pace
	lookUps  lookUps
	paced    bool // an account that is new begins slowly: stranger
	stranger stranger
	refused  map[string]time.Duration // while signing in: as closed, by method
	usage    collector.Usage
	ended    bool
	tryAt    time.Duration // when a session that Telegram refused is tried again
}

// New makes the gate of an account.
func New(o Options) *Account {
	g := &Account{
		interactive: o.Interactive, signingIn: o.SigningIn, clock: o.Clock, save: o.Save, logger: o.Logger,
		waits: newWaits(o.OnWait), memory: o.Memory.clone(), changed: make(chan struct{}), paces: map[string]*pace{},
		refused: map[string]time.Duration{}, paced: o.Pace && !o.SigningIn,
	}
	if g.clock == nil {
		g.clock = System()
	}
	if g.save == nil {
		g.save = func(Memory) {}
	}
	if g.logger == nil {
		g.logger = slog.New(slog.DiscardHandler)
	}
	if o.NotBefore.After(g.memory.NotBefore) {
		g.memory.NotBefore, g.memory.Since = o.NotBefore, time.Time{}
	}
	g.restore()
	g.lookUps = newLookUps(g.memory.LookUps, o.LookUpsADay, g.clock.Uptime(), g.clock.Now())
	if g.paced {
		g.stranger = newStranger(g.memory.Stranger, g.clock.Uptime(), g.clock.Now())
	}
	return g
}

// restore turns the memory, which is in wall clock time, into waits.
func (g *Account) restore() {
	now, uptime := g.clock.Now(), g.clock.Uptime()
	left := g.memory.left(now)
	if left > 0 {
		g.memory.NotBefore = now.Add(left)
		g.closed, g.since = uptime+left, uptime
	}
	for method, remembered := range g.memory.Paces {
		g.pace(method, uptime).restore(remembered, uptime, now, left)
	}
	if len(g.memory.Hours) > 0 { // the burst may have been used a moment ago
		p := g.pace(resolveMethod, uptime)
		p.free = uptime + time.Duration(p.burst-1)*p.floor
	}
}

// Clock is the time that the gate goes by.
func (g *Account) Clock() Clock { return g.clock }

// Answer is what came of a request that was sent.
type Answer struct {
	Err     error
	Replied bool          // Telegram answered, whatever it said
	Flood   bool          // it asks to wait, …
	Wait    time.Duration // … for so long
	Stop    string        // the account itself is frozen or limited: a Stop constant, else ""
}

// Do sends a request when it may be sent, and again after each flood wait that it
// meets. The send function calls Leave right before the request leaves, and returns
// ErrClosed in its Answer where Leave says no.
func (g *Account) Do(ctx context.Context, method string, send func(context.Context) Answer) error {
	for {
		if err := g.pass(ctx, method); err != nil {
			return err
		}
		a := send(ctx)
		switch {
		case errors.Is(a.Err, ErrClosed):
			continue
		case a.Stop != "":
			return g.stop(a.Stop)
		case !a.Flood:
			if a.Replied {
				g.answered(method)
			}
			return a.Err
		}
		g.hold(method, a.Wait)
		if g.interactive && !g.ofItsOwn(method) {
			return g.refusal(method, a.Err)
		}
	}
}

// pass waits until a request may be sent. Where a person waits, a flood wait is
// an error at once.
func (g *Account) pass(ctx context.Context, method string) error {
	var pacing *collector.Wait
	defer func() { g.waits.end(pacing) }()
	for {
		left, flood, changed, err := g.ask(method)
		if err != nil || left <= 0 {
			return err
		}
		if flood && g.interactive {
			return g.refusal(method, nil)
		}
		if !flood && left > noticeable && pacing == nil {
			pacing = g.waits.begin(collector.Wait{Kind: collector.Pacing, Method: method, Until: g.clock.Now().Add(left)})
		}
		if err := Sleep(ctx, g.clock, left, changed); err != nil {
			return err
		}
	}
}

// ask returns how long to wait before a request may be sent, and whether that is
// a flood wait. Zero: the request has its place in the pace, and a wait that was on is
// over.
func (g *Account) ask(method string) (left time.Duration, flood bool, changed <-chan struct{}, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.memory.Stopped != "" {
		return 0, false, nil, g.memory.guarded()
	}
	now := g.clock.Uptime()
	if left := g.refused[method] - now; left > 0 {
		return left, true, g.changed, nil
	}
	if g.ofItsOwn(method) {
		if left, why := g.lookUps.wait(now); left > 0 {
			return 0, false, nil, &collector.Error{Kind: collector.LookUps, Detail: why, RetryAt: g.clock.Now().Add(left).Round(0)}
		}
	}
	if left := g.closed - now; left > 0 {
		g.notifyFlood(left, method)
		return left, true, g.changed, nil
	}
	g.over(now)
	p := g.pace(method, now)
	if left := max(p.wait(now), g.stranger.wait(now)); left > 0 {
		return left, false, g.changed, nil
	}
	p.take(now)
	g.stranger.take(now)
	return 0, false, nil, nil
}

// ofItsOwn reports whether a method's waits hold back look-ups alone.
func (g *Account) ofItsOwn(method string) bool { return isLookUp(method) && !g.signingIn }

// Leave counts a request that is about to leave, and reports whether it may.
func (g *Account) Leave(method string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Uptime()
	if now < max(g.closed, g.refused[method]) || g.memory.Stopped != "" {
		return false
	}
	if own := g.ofItsOwn(method); own {
		if left, _ := g.lookUps.wait(now); left > 0 {
			return false
		}
		g.lookUps.sent = append(g.lookUps.sent, now)
		defer g.remember() // a budget that a killed process forgets is none
	}
	g.usage.Requests++
	g.pace(method, now).sent(now)
	wall := g.clock.Now()
	g.memory.count(wall, method, collector.MethodCount{Requests: 1})
	if minute := wall.Unix() / 60; minute != g.saved {
		g.remember()
	}
	return true
}

// answered notes that Telegram let a request through, whatever it said.
func (g *Account) answered(method string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pace(method, g.clock.Uptime()).answered()
	g.stranger.answered()
}

// pace is the pace of a method. The lock is held.
func (g *Account) pace(method string, now time.Duration) *pace {
	p := g.paces[method]
	if p == nil {
		p = newPace(method, now)
		g.paces[method] = p
	}
	return p
}

// remember hands the memory to be saved. The lock is held, so that an earlier memory
// never overwrites a later one.
func (g *Account) remember() {
	uptime, now := g.clock.Uptime(), g.clock.Now()
	for method, p := range g.paces {
		if !p.met {
			continue
		}
		if g.memory.Paces == nil {
			g.memory.Paces = map[string]Pace{}
		}
		g.memory.Paces[method] = p.memory(uptime, now)
	}
	g.memory.LookUps = g.lookUps.memory(uptime, now)
	if g.paced {
		g.memory.Stranger = g.stranger.memory(uptime, now, !g.ended)
	}
	g.saved = now.Unix() / 60
	g.save(g.memory.clone())
}

// Close saves what was counted since the last time.
func (g *Account) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.ended {
		g.ended = true
		g.remember()
	}
}
