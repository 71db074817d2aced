// Package gate decides when a request may be sent: the pace, the waits that a server
// asks for, the guard that stops everything, and what of all this survives a restart.
//
// Account is the gate of one Telegram account, Site that of one website. Neither sends
// anything: the caller sends, and reports the outcome to the gate.
package gate

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"telegramtrac/collector"
)

// Options configure an Account. The zero Options make the gate of a new account that waits out
// flood waits. OnWait and Save are called in order, must return quickly, and must not call the
// gate.
type Options struct {
	Interactive bool                 // a person is waiting: flood waits are returned as errors at once
	SigningIn   bool                 // during sign-in: there is no account yet that waits could apply to; requires Interactive
	NotBefore   time.Time            // no request before this time; may be zero
	Memory      Memory               // what an earlier gate of this account passed to Save
	Pace        bool                 // send slowly at first with a new account; needed with the real service
	LookUpsADay int                  // limit of name look-ups in 24 hours; 0: the constant LookUpsADay, below 0: no limit
	OnWait      func(collector.Wait) // called when the current wait begins or changes, with a zero Wait when it ends; may be nil
	// stores the memory for a restart: at once after a flood wait or a stop, else once a minute and on Close; may be nil
	Save   func(Memory)
	Clock  Clock        // nil: the system clock
	Logger *slog.Logger // nil: no logging
}

// noticeable is the shortest delay by our own pace that is reported as a wait.
const noticeable = 2 * time.Second

// ErrClosed means that the gate closed before the request was sent.
var ErrClosed = errors.New("held back by the gate")

// Account is the gate that all requests of an account pass. A flood wait of one request delays
// all, because the limit belongs to the account and asking early counts against it; refused
// requests are then sent again. Look-ups have separate limits that last for hours: a wait of
// look-ups (lookUps) delays only look-ups and is returned as an error at once, so that other
// requests continue. After a flood wait the pace of its method is slower, and escalating waits
// stop everything until the person resumes.
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
	saved    int64         // the Unix minute of the last save
	closed   time.Duration // no request before this Uptime
	since    time.Duration // when the current wait began
	wait     *collector.Wait
	changed  chan struct{} // closed to make waiting callers check again
	paces    map[string]*pace
	lookUps  lookUps
	paced    bool // whether stranger slows a new account
	stranger stranger
	refused  map[string]time.Duration // during sign-in: no request of this method before this Uptime
	usage    collector.Usage
	ended    bool
	tryAt    time.Duration // when to retry a session that Telegram refused
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

// restore converts the remembered wall clock times to waits by Uptime.
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
	if len(g.memory.Hours) > 0 { // assume that the burst was used just before the restart
		p := g.pace(resolveMethod, uptime)
		p.free = uptime + time.Duration(p.burst-1)*p.floor
	}
}

// Clock is the clock that the gate uses.
func (g *Account) Clock() Clock { return g.clock }

// Answer is the outcome of a request that was sent.
type Answer struct {
	Err     error
	Replied bool          // Telegram answered, even with an error
	Flood   bool          // Telegram asks to wait, …
	Wait    time.Duration // … this long
	Stop    string        // the account itself is frozen or limited: a Stop constant, else ""
}

// Do sends a request when allowed, and again after each flood wait. The send function must call
// Leave right before it sends, and return an Answer with ErrClosed if Leave returns false.
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

// pass waits until a request may be sent. An interactive gate returns a flood wait as an error
// at once.
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

// ask returns how long to wait before a request may be sent, and whether that is a flood wait.
// If it returns 0, the request has taken its turn in the pace, and the current flood wait has
// ended.
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

// ofItsOwn reports whether a flood wait of this method delays only look-ups.
func (g *Account) ofItsOwn(method string) bool { return isLookUp(method) && !g.signingIn }

// Leave counts a request that is about to be sent. It returns false if it must not be sent.
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
		defer g.remember() // or a killed process would forget the look-ups it used
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

// answered records that Telegram accepted a request, even if the answer is an error.
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

// remember saves the memory. The lock is held, so that an older memory never overwrites a newer
// one.
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

// Close saves the counts since the last save.
func (g *Account) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.ended {
		g.ended = true
		g.remember()
	}
}
