package sandboxtest

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/wire"
)

// Hooks changes a running server's behaviour and reports its counters. All methods may be
// called at any time, from any goroutine. New hooks cause no trouble: no latency, no flood
// waits, whole pages, large answers compressed as Telegram does. A function that is set must not
// call the hooks.
type Hooks struct {
	change func(sandbox.Conditions)

	mu         sync.Mutex
	conditions sandbox.Conditions
	latency    func(method string) time.Duration
	flood      func(account int64, method string) int
	floodError string
	floodClock func() time.Time
	refuse     func(account int64, method string) (int, string)
	restarting map[string]int // by method: how many of the next requests
	stale      int            // how many of the next passwords
	drop       Drop
	dropRandom *rand.Rand
	requests   int // counted for Drop.Every
	pages      Pages
	pageRandom *rand.Rand
	trouble    Trouble
	random     *rand.Rand // random numbers for Trouble
	bad        int        // messages with a wrong time
	tally
	duplicates
}

// NewHooks makes the hooks of a server, which has no others.
func NewHooks(s *sandbox.Server) *Hooks {
	h := &Hooks{
		change: s.Change, restarting: map[string]int{}, tally: newTally(),
		dropRandom: newRandom(0), pageRandom: newRandom(0), random: newRandom(0),
		duplicates: duplicates{holders: map[[8]byte]*holders{}, refused: map[[8]byte]bool{}},
	}
	h.conditions.Around = h.around
	h.conditions.Wire.Received = h.received
	h.conditions.Library.Shorter = h.pageSize
	h.conditions.Library.Arrange = h.arrange
	h.conditions.Library.Omits = func() bool { return h.chance(h.troubles().Left) }
	s.Change(h.conditions)
	return h
}

func newRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed)) }

func (h *Hooks) set(f func(*sandbox.Conditions)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f(&h.conditions)
	h.change(h.conditions)
}

// SetLatency delays every answer by d.
func (h *Hooks) SetLatency(d time.Duration) {
	h.SetLatencyFunc(func(string) time.Duration { return d })
}

// SetLatencyFunc delays each answer by f of its method. nil = no delay.
func (h *Hooks) SetLatencyFunc(f func(method string) time.Duration) {
	h.set(func(*sandbox.Conditions) { h.latency = f })
}

// SetFlood installs a flood model: f returns the seconds of a FLOOD_WAIT for a request, or 0
// to let it pass. The account is 0 before sign-in. Calls of f never overlap; requests during a
// running wait get the rest of it without calling f. nil = never wait.
func (h *Hooks) SetFlood(f func(account int64, method string) int) {
	h.set(func(*sandbox.Conditions) {
		h.flood = f
		clear(h.waits)
	})
}

// SetFloodClock sets the clock of flood waits, so that tests can simulate hours of them. Early
// requests are not detected then. nil = the system's.
func (h *Hooks) SetFloodClock(now func() time.Time) {
	h.set(func(*sandbox.Conditions) { h.floodClock = now })
}

// SetFloodError sets the error name of flood waits, such as FLOOD_PREMIUM_WAIT; "" =
// FLOOD_WAIT.
func (h *Hooks) SetFloodError(name string) {
	h.set(func(*sandbox.Conditions) { h.floodError = name })
}

// SetFloodSlack sets how long after a FLOOD_WAIT answer a request may still arrive without
// counting as early, because the client sent it before it had the answer. The default is 100
// ms.
func (h *Hooks) SetFloodSlack(d time.Duration) { h.set(func(*sandbox.Conditions) { h.slack = d }) }

// SetRefusal makes methods fail: f returns an error's code and name, such as 420 and
// FROZEN_METHOD_INVALID, or 0 to let the request pass. nil = none.
func (h *Hooks) SetRefusal(f func(account int64, method string) (code int, name string)) {
	h.set(func(*sandbox.Conditions) { h.refuse = f })
}

// RestartSignIns answers the next n calls of a method with AUTH_RESTART and forgets the
// client's unfinished sign-in: the codes it was sent, and a pending password.
func (h *Hooks) RestartSignIns(method string, n int) {
	h.set(func(*sandbox.Conditions) { h.restarting[method] = n })
}

// StaleChallenges answers the next n passwords, right or wrong, with SRP_ID_INVALID, as if the
// challenge of account.getPassword had expired.
func (h *Hooks) StaleChallenges(n int) { h.set(func(*sandbox.Conditions) { h.stale = n }) }

// Drop selects requests whose connection is cut instead of an answer.
type Drop struct {
	Every       int      // each Nth request; 0 = none
	Probability float64  // chance, 0..1, of each other request
	Seed        uint64   // for Probability
	After       bool     // cut when the answer is ready; otherwise before the request is processed
	Methods     []string // only these, such as "messages.getHistory"; nil = all
}

// SetDrop cuts connections as d selects.
func (h *Hooks) SetDrop(d Drop) {
	h.set(func(*sandbox.Conditions) { h.drop, h.requests, h.dropRandom = d, 0, newRandom(d.Seed) })
}

// SetAway makes the server unreachable: it cuts all connections and refuses new ones until
// SetAway(false).
func (h *Hooks) SetAway(away bool) { h.set(func(c *sandbox.Conditions) { c.Wire.Away = away }) }

// SetClock sets how far the server's clock is ahead of the machine's, as a client with a wrong
// clock sees it. ahead may be negative.
func (h *Hooks) SetClock(ahead time.Duration) {
	h.set(func(c *sandbox.Conditions) { c.Wire.Ahead = ahead })
}

// SetCompression turns the compression of large answers on (the default, as at Telegram) or
// off.
func (h *Hooks) SetCompression(on bool) { h.set(func(c *sandbox.Conditions) { c.Wire.Plain = !on }) }

// SetMinPeers makes history answers describe all other channels and users by min constructors,
// whose access hash cannot be used: https://core.telegram.org/api/min
func (h *Hooks) SetMinPeers(on bool) {
	h.set(func(c *sandbox.Conditions) { c.Library.MinPeers = on })
}

// SetCodeMeans sets how login codes are sent from now on: the first time by the first means,
// each resend by the next. None: app, SMS, call.
func (h *Hooks) SetCodeMeans(means ...sandbox.Means) {
	h.set(func(c *sandbox.Conditions) { c.Means = means })
}

// SetCodeLifetime sets how long login codes sent from now on are valid. At zero they expire at
// once.
func (h *Hooks) SetCodeLifetime(d time.Duration) {
	h.set(func(c *sandbox.Conditions) { c.CodeLifetime = cmp.Or(d, -1) })
}

// SetTokenLifetime sets how long QR codes issued from now on can be scanned.
func (h *Hooks) SetTokenLifetime(d time.Duration) {
	h.set(func(c *sandbox.Conditions) { c.TokenLifetime = cmp.Or(d, -1) })
}

// SetDuplicateRefusal makes a key that is used in two places at once answer
// AUTH_KEY_DUPLICATED (406) from then on, as Telegram does.
func (h *Hooks) SetDuplicateRefusal(on bool) {
	h.set(func(*sandbox.Conditions) { h.refuseSecond = on })
}

// SetForgotten makes the data centres answer -404, "auth key not found", to keys that they
// have, while f returns true for the key's account; 0 is a key that is not signed in. Real
// data centres have done this. nil = never.
func (h *Hooks) SetForgotten(f func(account int64) bool) {
	h.set(func(c *sandbox.Conditions) { c.Forgets = f })
}

// ackAfter is the least latency for which a request is acknowledged before its answer.
const ackAfter = time.Second

// around counts a request, and delays, drops or refuses it.
func (h *Hooks) around(ctx context.Context, r *sandbox.Request, next func() (bin.Encoder, error)) (bin.Encoder, error) {
	drop, after := h.shouldDrop(r.Method)
	if drop && !after {
		return nil, wire.ErrCut
	}
	who := caller{account: r.Account, method: r.Method}
	if who.account == 0 {
		who.key = r.Key.ID
	}
	wait := h.arrived(who, r.Size, r.Sent, h.floodTime(r.Arrived))
	if err := h.sleep(ctx, r); err != nil {
		return nil, err
	}
	err := h.refusal(r, wait)
	var answer bin.Encoder
	if err == nil {
		answer, err = next()
	}
	if drop {
		return nil, wire.ErrCut
	}
	r.Sending = func(size int) { h.answered(who, size, err != nil, wait, h.floodTime(time.Now())) }
	return answer, err
}

// floodTime returns the time of the flood waits' clock; now is the machine's.
func (h *Hooks) floodTime(now time.Time) time.Time {
	h.mu.Lock()
	f := h.floodClock
	h.mu.Unlock()
	if f == nil {
		return now
	}
	return f()
}

// shouldDrop decides whether to cut a request, and whether after its answer is ready.
func (h *Hooks) shouldDrop(method string) (drop, after bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.drop
	if d.Every == 0 && d.Probability == 0 || d.Methods != nil && !slices.Contains(d.Methods, method) {
		return false, false
	}
	h.requests++
	drop = d.Every > 0 && h.requests%d.Every == 0 ||
		d.Probability > 0 && h.dropRandom.Float64() < d.Probability
	return drop, d.After
}

// sleep waits for the latency, unless the answer is not wanted any more.
func (h *Hooks) sleep(ctx context.Context, r *sandbox.Request) error {
	h.mu.Lock()
	f := h.latency
	h.mu.Unlock()
	if f == nil {
		return ctx.Err()
	}
	d := f(r.Method)
	if d >= ackAfter {
		if err := r.Ack(); err != nil {
			return err
		}
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// refusal returns the error that answers a request, if any.
func (h *Hooks) refusal(r *sandbox.Request, wait refusal) error {
	h.mu.Lock()
	name, refuse := cmp.Or(h.floodError, "FLOOD_WAIT"), h.refuse
	h.mu.Unlock()
	if wait.seconds > 0 {
		return tgerr.New(420, fmt.Sprintf("%s_%d", name, wait.seconds))
	}
	if refuse != nil {
		if code, name := refuse(r.Account, r.Method); code != 0 {
			return tgerr.New(code, name)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.restarting[r.Method] > 0:
		h.restarting[r.Method]--
		return tgerr.New(500, "AUTH_RESTART")
	case h.stale > 0 && r.Method == "auth.checkPassword":
		h.stale--
		return tgerr.New(400, "SRP_ID_INVALID")
	case h.refused[r.Key.ID]:
		return tgerr.New(406, "AUTH_KEY_DUPLICATED")
	}
	return nil
}

// received notes a message of a client.
func (h *Hooks) received(key [8]byte, session, msgID int64, dated bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !dated {
		h.bad++
		return
	}
	h.use(key, session, msgID)
}

// BadMessages returns how many messages were refused because the time in their id was too far
// from the server's.
func (h *Hooks) BadMessages() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.bad
}

// SecondHolders returns how often two sessions used a key at once.
func (h *Hooks) SecondHolders() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seconds
}
