package sandbox

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/gotd/td/tgerr"
)

// Hooks changes a running server's behaviour and reports its counters. All methods may be
// called at any time, from any goroutine. A new server causes no trouble: no latency, no flood
// waits, whole pages, large answers compressed as Telegram does.
type Hooks struct {
	srv *Server

	mu           sync.Mutex
	latency      func(method string) time.Duration
	flood        func(account int64, method string) int
	floodError   string
	floodClock   func() time.Time
	refuse       func(account int64, method string) (int, string)
	means        []Means
	restarting   map[string]int // by method: how many of the next requests
	staleSRP     int            // how many of the next passwords
	drop         Drop
	pages        Pages
	dropRandom   *rand.Rand
	pageRandom   *rand.Rand
	requests     int // counted for Drop.Every
	codeLifetime time.Duration
	tokenLives   time.Duration
	plain        bool
	minPeers     bool
	away         bool
	duplicated   bool
	holders      int
	richBlocks   int
	trouble      Trouble
	random       *rand.Rand // random numbers for Trouble
	forget       func(account int64) bool
	clock
	tally
}

// Drop selects requests whose connection is cut instead of an answer.
type Drop struct {
	Every       int      // each Nth request; 0 = none
	Probability float64  // chance, 0..1, of each other request
	Seed        uint64   // for Probability
	After       bool     // cut when the answer is ready; otherwise before the request is processed
	Methods     []string // only these, such as "messages.getHistory"; nil = all
}

// Pages makes pages of history shorter than requested, as Telegram may, but never empty.
type Pages struct {
	Max     int     // messages a page at most; 0 = Telegram's 100
	Shorter float64 // chance, 0..1, that a page is cut at a random place
	Seed    uint64
}

// codeLifetime is how long a login code is valid.
const codeLifetime = 5 * time.Minute

func newHooks(srv *Server) *Hooks {
	return &Hooks{
		srv: srv, richBlocks: richBlocks, codeLifetime: codeLifetime, tokenLives: tokenLifetime,
		dropRandom: newRandom(0), pageRandom: newRandom(0), random: newRandom(0), clock: newClock(), tally: newTally(),
	}
}

func newRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed)) }

// SetLatency delays every answer by d.
func (h *Hooks) SetLatency(d time.Duration) {
	h.SetLatencyFunc(func(string) time.Duration { return d })
}

// SetLatencyFunc delays each answer by f of its method. nil = no delay.
func (h *Hooks) SetLatencyFunc(f func(method string) time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.latency = f
}

// SetFlood installs a flood model: f returns the seconds of a FLOOD_WAIT for a request, or 0
// to let it pass. The account is 0 before sign-in. Calls of f never overlap; requests during a
// running wait get the rest of it without calling f. f must not call the hooks. nil = never
// wait.
func (h *Hooks) SetFlood(f func(account int64, method string) int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.flood = f
	clear(h.waits)
}

// SetFloodClock sets the clock of flood waits, so that tests can simulate hours of them. Early
// requests are not detected then. nil = the system's.
func (h *Hooks) SetFloodClock(now func() time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.floodClock = now
}

// floodNow returns the time of the flood waits' clock.
func (h *Hooks) floodNow() time.Time {
	h.mu.Lock()
	f := h.floodClock
	h.mu.Unlock()
	if f == nil {
		return time.Now()
	}
	return f()
}

// SetFloodError sets the error name of flood waits, such as FLOOD_PREMIUM_WAIT; "" =
// FLOOD_WAIT.
func (h *Hooks) SetFloodError(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.floodError = name
}

func (h *Hooks) floodName() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return cmp.Or(h.floodError, "FLOOD_WAIT")
}

// SetRefusal makes methods fail: f returns an error's code and name, such as 420 and
// FROZEN_METHOD_INVALID, or 0 to let the request pass. It must not call the hooks. nil = none.
func (h *Hooks) SetRefusal(f func(account int64, method string) (code int, name string)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refuse = f
}

func (h *Hooks) refusal(account int64, method string) error {
	h.mu.Lock()
	f := h.refuse
	h.mu.Unlock()
	if f == nil {
		return nil
	}
	if code, name := f(account, method); code != 0 {
		return tgerr.New(code, name)
	}
	return nil
}

// SetFloodSlack sets how long after a FLOOD_WAIT answer a request may still arrive without
// counting as early, because the client sent it before it had the answer. The default is 100
// ms.
func (h *Hooks) SetFloodSlack(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.slack = d
}

// SetPages makes pages of history shorter.
func (h *Hooks) SetPages(p Pages) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pages, h.pageRandom = p, newRandom(p.Seed)
}

// SetDrop cuts connections as d selects.
func (h *Hooks) SetDrop(d Drop) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop, h.requests, h.dropRandom = d, 0, newRandom(d.Seed)
}

// SetAway makes the server unreachable: it cuts all connections and refuses new ones until
// SetAway(false).
func (h *Hooks) SetAway(away bool) {
	h.mu.Lock()
	h.away = away
	h.mu.Unlock()
	if away {
		h.srv.cutAll()
	}
}

// SetCompression turns the compression of large answers on (the default, as at Telegram) or
// off.
func (h *Hooks) SetCompression(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.plain = !on
}

// SetMinPeers makes history answers describe all other channels and users by min constructors,
// whose access hash cannot be used:
// https://core.telegram.org/api/min
func (h *Hooks) SetMinPeers(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.minPeers = on
}

// SetCodeLifetime sets how long login codes sent from now on are valid. At zero they expire at
// once.
func (h *Hooks) SetCodeLifetime(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.codeLifetime = d
}

// SetTokenLifetime sets how long QR codes issued from now on can be scanned.
func (h *Hooks) SetTokenLifetime(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tokenLives = d
}

func (h *Hooks) tokens() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tokenLives
}

// SetDuplicateRefusal makes a key that is used in two places at once answer
// AUTH_KEY_DUPLICATED (406) from then on, as Telegram does.
func (h *Hooks) SetDuplicateRefusal(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.duplicated = on
}

// SetForgotten makes the data centres answer -404, "auth key not found", to keys that they
// have, while f returns true for the key's account; 0 is a key that is not signed in. Real
// data centres have done this. f must not call the hooks. nil = never.
func (h *Hooks) SetForgotten(f func(account int64) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget = f
}

func (h *Hooks) forgets(account int64) bool {
	h.mu.Lock()
	f := h.forget
	h.mu.Unlock()
	return f != nil && f(account)
}

// SecondHolders returns how often two sessions used a key at once.
func (h *Hooks) SecondHolders() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.holders
}

// Revoke ends all sessions of an account: from now on their calls get 401 with refusal, which
// is "SESSION_REVOKED" or "AUTH_KEY_UNREGISTERED".
func (h *Hooks) Revoke(account int64, refusal string) error {
	return h.srv.keys.refuse(account, refusal)
}

// Migrate moves an account to another data centre: all others answer its reads with
// USER_MIGRATE_X and sendCode with PHONE_MIGRATE_X. Its sessions can still export their
// authorization, which a client needs to follow.
func (h *Hooks) Migrate(account int64, dc int) error {
	if dc < 1 || dc > len(h.srv.dcs) {
		return fmt.Errorf("move account: no data centre %d", dc)
	}
	return h.srv.moved.set(account, dc)
}

// Rename gives a channel another username and title, as its owner may: its former username
// resolves to nothing until another channel gets it.
func (h *Hooks) Rename(id int64, username, title string) error {
	return h.srv.world.Rename(id, username, title)
}

// AcceptLogin does what phone's app does when it scans the QR code: it accepts a login token.
// A nil token means the newest one.
func (h *Hooks) AcceptLogin(token []byte, phone string) error {
	a, ok := h.srv.account(phone)
	if !ok || !a.exists() {
		return fmt.Errorf("accept login: no such account")
	}
	return h.srv.acceptLogin(token, a.id, h.now())
}

// CutConnections breaks all connections once.
func (h *Hooks) CutConnections() { h.srv.cutAll() }

func (h *Hooks) isAway() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.away
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

// pageSize shortens a page of n messages.
func (h *Hooks) pageSize(n int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pages.Max > 0 {
		n = min(n, h.pages.Max)
	}
	if n > 1 && h.pages.Shorter > 0 && h.pageRandom.Float64() < h.pages.Shorter {
		n = 1 + h.pageRandom.IntN(n)
	}
	return n
}

func (h *Hooks) delay(method string) time.Duration {
	h.mu.Lock()
	f := h.latency
	h.mu.Unlock()
	if f == nil {
		return 0
	}
	return f(method)
}

func (h *Hooks) lifetime() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.codeLifetime
}

func (h *Hooks) compresses() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.plain
}

func (h *Hooks) usesMinPeers() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.minPeers
}

// secondHolder counts a second holder and reports whether to refuse its key.
func (h *Hooks) secondHolder() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.holders++
	return h.duplicated
}
