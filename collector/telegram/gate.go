package telegram

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector"
)

// callTimeout is how long one request may stay without an answer.
const callTimeout = 45 * time.Second

// tellFrom is how long our own pace must hold a request before people are told.
const tellFrom = 2 * time.Second

// errHeld says that the gate closed while a request was on its way out, so it
// was not sent.
var errHeld = errors.New("held back by the gate")

// gate is the one way out for an account's requests. A flood wait met by any
// of them holds back all: the limit belongs to the account, asking early counts
// against it, and a request that was refused is sent again when the time has
// come, never begun anew. Look-ups are limited for themselves and for hours: what
// holds them (lookUps) holds nothing else, and is an error at once, so that all else
// goes on. After a wait the pace of its method is slower, and
// waits that escalate stop everything until the person resumes.
// See https://core.telegram.org/api/errors#420-flood
type gate struct {
	interactive bool // requests never wait for a flood wait to end
	signingIn   bool // there is no account yet whose waits would belong together
	clock       Clock
	keep        func(Memory)
	logger      *slog.Logger
	board       *board

	mu       sync.Mutex
	memory   Memory
	kept     int64         // the minute in which the memory was last kept
	closed   time.Duration // until when nothing is sent, by the clock's Uptime
	since    time.Duration // when the wait that is on began
	wait     *collector.Wait
	changed  chan struct{} // closed when those who wait must look again
	paces    map[string]*pace
	lookUps  lookUps
	paced    bool // keep to stranger
	stranger stranger
	refused  map[string]time.Duration // while signing in: as closed, by method
	usage    collector.Usage
	isClosed bool
	tryAt    time.Duration // when a session that Telegram refused is tried again
}

func newGate(o Options) *gate {
	g := &gate{
		interactive: o.Interactive, signingIn: o.SigningIn, clock: o.Clock, keep: o.Keep, logger: o.Logger,
		board: newBoard(o.OnWait), memory: o.Memory.clone(), changed: make(chan struct{}), paces: map[string]*pace{},
		refused: map[string]time.Duration{}, paced: o.Pace && !o.SigningIn,
	}
	if g.clock == nil {
		g.clock = newSystemClock()
	}
	if g.keep == nil {
		g.keep = func(Memory) {}
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

// restore turns what is remembered in wall clock time into waits.
func (g *gate) restore() {
	now, uptime := g.clock.Now(), g.clock.Uptime()
	left := g.memory.left(now)
	if left > 0 {
		g.memory.NotBefore = now.Add(left)
		g.closed, g.since = uptime+left, uptime
	}
	for method, kept := range g.memory.Paces {
		g.pace(method, uptime).restore(kept, uptime, now, left)
	}
	if len(g.memory.Hours) > 0 { // the burst may have been used a moment ago
		p := g.pace(resolveMethod, uptime)
		p.free = uptime + time.Duration(p.burst-1)*p.floor
	}
}

// Handle implements telegram.Middleware.
func (g *gate) Handle(next tg.Invoker) telegram.InvokeFunc {
	return func(ctx context.Context, input bin.Encoder, output bin.Decoder) error {
		method := methodName(input)
		for {
			if err := g.pass(ctx, method); err != nil {
				return err
			}
			err := invoke(ctx, next, outgoing{input, g, method}, answer{output})
			if errors.Is(err, errHeld) {
				continue
			}
			if _, ok := errors.AsType[malformed](err); ok {
				g.logger.Error("a request or its answer is malformed", "method", method, "error", err)
			}
			if why := limited(err); why != "" {
				return g.stop(why)
			}
			d, flood := floodWait(err)
			if !flood {
				g.answered(method, err)
				return err
			}
			g.hold(method, d)
			if g.interactive && !g.ofItsOwn(method) {
				return g.refusal(method, err)
			}
		}
	}
}

// invoke sends one request. Without a time limit a lost answer would be
// awaited for ever.
func invoke(ctx context.Context, next tg.Invoker, input bin.Encoder, output bin.Decoder) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return next.Invoke(ctx, input, output)
}

// outgoing is a request on its way out. It is encoded right before it is written
// to the connection, and again where the client library sends it again: the last
// moment at which a flood wait that has just come can hold it back.
type outgoing struct {
	bin.Encoder
	gate   *gate
	method string
}

// Encode implements bin.Encoder. It fails with errHeld when the gate is closed.
func (o outgoing) Encode(b *bin.Buffer) error {
	if !o.gate.send(o.method) {
		return errHeld
	}
	if err := o.Encoder.Encode(b); err != nil {
		return malformed{err}
	}
	return nil
}

// answer is where an answer is read into.
type answer struct{ bin.Decoder }

// Decode implements bin.Decoder.
func (a answer) Decode(b *bin.Buffer) error {
	if err := a.Decoder.Decode(b); err != nil {
		return malformed{err}
	}
	return nil
}

// malformed marks a request that cannot be written, or an answer that was received
// and cannot be read: the same request would meet the same again. All else that is
// no answer of Telegram is a connection that was lost.
type malformed struct{ error }

func (m malformed) Unwrap() error { return m.error }

// floodWait reads the wait that Telegram asks for, whatever it is for: FLOOD_WAIT,
// FLOOD_PREMIUM_WAIT, SLOWMODE_WAIT and their kin all are code 420 with seconds.
func floodWait(err error) (time.Duration, bool) {
	if d, ok := tgerr.AsFloodWait(err); ok {
		return max(0, d), true
	}
	if e, ok := tgerr.As(err); ok && e.Code == 420 && e.Argument > 0 {
		return time.Duration(e.Argument) * time.Second, true
	}
	return 0, false
}

// pass waits until a request may be sent. Where a person waits, a flood wait is
// an error at once.
func (g *gate) pass(ctx context.Context, method string) error {
	var paced *collector.Wait
	defer func() { g.board.end(paced) }()
	for {
		left, flood, changed, err := g.ask(method)
		if err != nil || left <= 0 {
			return err
		}
		if flood && g.interactive {
			return g.refusal(method, nil)
		}
		if !flood && left > tellFrom && paced == nil {
			paced = g.board.begin(collector.Wait{Kind: collector.Pacing, Method: method, Until: g.clock.Now().Add(left)})
		}
		if err := sleep(ctx, g.clock, left, changed); err != nil {
			return err
		}
	}
}

// ask returns how long to wait before a request may be sent, and whether that is
// a flood wait. None: its place in the pace is taken, and a wait that was on is over.
func (g *gate) ask(method string) (left time.Duration, flood bool, changed <-chan struct{}, err error) {
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
		g.tellFlood(left, method)
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
func (g *gate) ofItsOwn(method string) bool { return isLookUp(method) && !g.signingIn }

// tellFlood tells of the flood wait that is on, again where the wall clock was set.
func (g *gate) tellFlood(left time.Duration, method string) {
	until := g.clock.Now().Add(left).Round(0)
	if drift := until.Sub(g.memory.NotBefore); drift > tellFrom || drift < -tellFrom {
		if !g.memory.Since.IsZero() {
			g.memory.Since = g.memory.Since.Add(drift)
		}
		g.memory.NotBefore = until
		g.save()
	}
	if g.memory.Method != "" {
		method = g.memory.Method
	}
	w := collector.Wait{Kind: collector.Flood, Method: method, Until: g.memory.NotBefore}
	if g.wait == nil {
		g.wait = g.board.begin(w)
		return
	}
	g.board.change(g.wait, w)
}

// over ends the wait that was on, if there was one.
func (g *gate) over(now time.Duration) {
	if g.wait == nil {
		return
	}
	g.usage.Waited += min(now, g.closed) - g.since
	g.board.end(g.wait)
	g.wait = nil
}

// send counts a request that is about to leave, and reports whether it may.
func (g *gate) send(method string) bool {
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
		defer g.save() // a budget that a killed process forgets is none
	}
	g.usage.Requests++
	g.pace(method, now).sent(now)
	wall := g.clock.Now()
	g.memory.count(wall, method, collector.MethodCount{Requests: 1})
	if minute := wall.Unix() / 60; minute != g.kept {
		g.save()
	}
	return true
}

// answered notes that Telegram let a request through, whatever it said.
func (g *gate) answered(method string, err error) {
	if _, ok := tgerr.As(err); err != nil && !ok {
		return // no answer
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pace(method, g.clock.Uptime()).answered()
	g.stranger.answered()
}

// hold closes the gate for the time Telegram asks for. One second is added:
// Telegram counts in whole seconds, and asking early counts against the account.
// Requests that were on their way are refused too: that is the same wait.
func (g *gate) hold(method string, d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now, wall := g.clock.Uptime(), g.clock.Now().Round(0)
	until := now + d + time.Second
	if g.signingIn { // what was sent to the person can still be entered
		g.refused[method] = max(until, g.refused[method])
		return
	}
	if g.ofItsOwn(method) {
		g.holdLookUps(method, now, wall, d)
		return
	}
	again := now < g.closed
	if !again {
		g.logger.Info("flood wait", "method", method, "seconds", int64(d/time.Second))
		g.usage.Waits++
		g.since = now
		g.memory.met(wall, method, d)
		g.memory.Since, g.memory.Method = wall, method
		g.pace(method, now).slow(now, d)
		g.stranger.slow()
	}
	if until <= g.closed {
		return
	}
	g.closed = until
	g.memory.NotBefore = wall.Add(d + time.Second)
	if again {
		g.longer(d)
	}
	if why := stopFor(g.memory.Waits); why != "" {
		g.halt(why)
	}
	g.save()
	g.tellFlood(d+time.Second, method)
}

// holdLookUps is hold for look-ups: everything else goes on.
func (g *gate) holdLookUps(method string, now time.Duration, wall time.Time, d time.Duration) {
	if now >= g.lookUps.closed {
		g.logger.Info("flood wait of look-ups", "method", method, "seconds", int64(d/time.Second))
		g.usage.Waits++
		g.memory.met(wall, method, d)
		g.pace(method, now).slow(now, d)
	}
	g.lookUps.hold(now, d, g.memory.Waits)
	g.save()
	g.wake()
}

// refusal is what a person who waits is told of the flood wait that is on, or of
// the stop that it led to.
func (g *gate) refusal(method string, err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.memory.Stopped != "" {
		return g.memory.guarded()
	}
	left := max(g.closed, g.refused[method]) - g.clock.Uptime()
	return &collector.Error{Kind: collector.Flood, RetryAt: g.clock.Now().Add(max(0, left)).Round(0), Err: err}
}

// longer notes that the wait that is on turned out to be longer.
func (g *gate) longer(d time.Duration) {
	if n := len(g.memory.Waits); n > 0 {
		w := &g.memory.Waits[n-1]
		w.Seconds = max(w.Seconds, int64(g.memory.NotBefore.Sub(w.At)/time.Second)-1)
	}
}

// stop ends all sending until resume, and returns the error that says so. While
// signing in there is nobody yet to remember it for: the first request of the account
// meets it again.
func (g *gate) stop(why string) error {
	if g.signingIn {
		return &collector.Error{Kind: collector.Guarded, Detail: why}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.halt(why)
	g.save()
	return g.memory.guarded()
}

func (g *gate) halt(why string) {
	g.logger.Warn("account guard stopped", "reason", why)
	g.memory.Stopped = why
	g.wake()
}

// resume lets requests go again.
func (g *gate) resume() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.memory = g.memory.Resumed()
	g.save()
	g.wake()
}

// wake makes those who wait look again.
func (g *gate) wake() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// save hands the memory to be kept. The lock is held, so that a later memory is
// never overwritten by an earlier one.
func (g *gate) save() {
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
		g.memory.Stranger = g.stranger.memory(uptime, now, !g.isClosed)
	}
	g.kept = now.Unix() / 60
	g.keep(g.memory.clone())
}

// close keeps what was counted since the last time.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.isClosed {
		g.isClosed = true
		g.save()
	}
}

func (g *gate) pace(method string, now time.Duration) *pace {
	p := g.paces[method]
	if p == nil {
		p = newPace(method, now)
		g.paces[method] = p
	}
	return p
}

func (g *gate) standing() collector.Standing {
	g.mu.Lock()
	defer g.mu.Unlock()
	now, wall := g.clock.Uptime(), g.clock.Now()
	s := g.memory.Standing(wall, Options{})
	s.Next.At, s.Next.ResolveAt = time.Time{}, time.Time{}
	left := max(0, g.closed-now)
	if left > 0 {
		s.Next.At = wall.Add(left)
	}
	p := g.pace(resolveMethod, now)
	s.Next.Resolves = p.left(now)
	if left = max(left, p.wait(now)); left > 0 {
		s.Next.ResolveAt = wall.Add(left)
	}
	g.lookUps.next(&s.Next, now, wall)
	s.Next.Spacing = g.stranger.spacing()
	return s
}

// retried counts a request that is sent again.
func (g *gate) retried() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.usage.Retries++
}

func (g *gate) spent() collector.Usage {
	g.mu.Lock()
	defer g.mu.Unlock()
	u := g.usage
	if g.wait != nil { // a wait that is on counts as far as it has come
		u.Waited += min(g.clock.Uptime(), g.closed) - g.since
	}
	return u
}

// methodName is Telegram's name of a request, as messages.getHistory.
func methodName(input bin.Encoder) string {
	if named, ok := input.(interface{ TypeName() string }); ok {
		return named.TypeName()
	}
	return "unknown"
}
