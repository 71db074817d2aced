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

// Hooks changes how a running server behaves, and tells what it saw. All methods
// may be called at any time, from any goroutine. A fresh server is a kind one: no
// latency, no flood waits, whole pages, large answers compressed as Telegram does.
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
	random       *rand.Rand // for trouble
	forget       func(account int64) bool
	clock
	tally
}

// Drop says which requests end with their connection cut instead of an answer.
type Drop struct {
	Every       int      // each Nth request; 0 = none
	Probability float64  // or any request, with this chance, 0..1
	Seed        uint64   // for Probability
	After       bool     // cut when the answer is ready; otherwise before the request is looked at
	Methods     []string // only these, such as "messages.getHistory"; nil = all
}

// Pages makes pages of history shorter than asked, as Telegram may. A page is never
// made empty.
type Pages struct {
	Max     int     // messages a page at most; 0 = Telegram's 100
	Shorter float64 // chance, 0..1, that a page is cut at a random place
	Seed    uint64
}

// codeLifetime is how long a login code can be used.
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

// SetLatencyFunc delays each answer by what f says for its method. nil = not at all.
func (h *Hooks) SetLatencyFunc(f func(method string) time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.latency = f
}

// SetFlood installs a flood model: for a request it returns the seconds of a
// FLOOD_WAIT, or 0 to let it pass. The account is 0 before sign-in. It is called for
// one request at a time, and not for requests that arrive before a wait is over:
// those are told to wait for the rest of it. It must not call the hooks. nil = never
// a wait.
func (h *Hooks) SetFlood(f func(account int64, method string) int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.flood = f
	clear(h.waits)
}

// SetFloodClock sets the clock that flood waits go by, so that hours of them can be tested
// in a moment. Which requests were early is then not known. nil = the system's.
func (h *Hooks) SetFloodClock(now func() time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.floodClock = now
}

// floodNow is the time that flood waits go by.
func (h *Hooks) floodNow() time.Time {
	h.mu.Lock()
	f := h.floodClock
	h.mu.Unlock()
	if f == nil {
		return time.Now()
	}
	return f()
}

// SetFloodError names the error that flood waits are answered with, such as
// FLOOD_PREMIUM_WAIT; "" = FLOOD_WAIT.
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

// SetRefusal makes methods answer an error instead: f returns its code and name, such
// as 420 and FROZEN_METHOD_INVALID, or 0 to let the request pass. It must not call
// the hooks. nil = none.
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

// SetFloodSlack is how long after a FLOOD_WAIT answer a request may still arrive
// without counting as early, because the client sent it before the answer came.
// 100 ms by default.
func (h *Hooks) SetFloodSlack(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.slack = d
}

// SetPages makes pages of history short.
func (h *Hooks) SetPages(p Pages) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pages, h.pageRandom = p, newRandom(p.Seed)
}

// SetDrop makes connections break.
func (h *Hooks) SetDrop(d Drop) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop, h.requests, h.dropRandom = d, 0, newRandom(d.Seed)
}

// SetAway makes the server vanish: it cuts all connections and refuses new ones
// until it is called with false.
func (h *Hooks) SetAway(away bool) {
	h.mu.Lock()
	h.away = away
	h.mu.Unlock()
	if away {
		h.srv.cutAll()
	}
}

// SetCompression turns the compression of large answers on (as Telegram does, and
// at first) or off.
func (h *Hooks) SetCompression(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.plain = !on
}

// SetMinPeers makes history answers name all other channels and users by min
// constructors, whose access hash cannot be used:
// https://core.telegram.org/api/min
func (h *Hooks) SetMinPeers(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.minPeers = on
}

// SetCodeLifetime is how long login codes sent from now on can be used. Zero makes
// them expire at once.
func (h *Hooks) SetCodeLifetime(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.codeLifetime = d
}

// SetTokenLifetime is how long QR codes issued from now on can be scanned.
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
// AUTH_KEY_DUPLICATED (406) for good, as Telegram does.
func (h *Hooks) SetDuplicateRefusal(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.duplicated = on
}

// SetForgotten makes the data centres answer -404, "auth key not found", to keys that
// they do know, while f returns true of the account that is signed in with the key; 0
// is nobody. This has happened to real ones. f must not call the hooks. nil = never.
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

// SecondHolders is how often a key was seen in use by two sessions at once.
func (h *Hooks) SecondHolders() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.holders
}

// Revoke ends all sessions of an account: their next calls, and those after it,
// are answered 401 with refusal, which is "SESSION_REVOKED" or
// "AUTH_KEY_UNREGISTERED".
func (h *Hooks) Revoke(account int64, refusal string) error {
	return h.srv.keys.refuse(account, refusal)
}

// Migrate moves an account to another data centre: elsewhere, reads are answered
// USER_MIGRATE_X and sendCode PHONE_MIGRATE_X. The sessions it has can still export
// their authorization, as a client has to do to follow.
func (h *Hooks) Migrate(account int64, dc int) error {
	if dc < 1 || dc > len(h.srv.dcs) {
		return fmt.Errorf("move account: no data centre %d", dc)
	}
	return h.srv.moved.set(account, dc)
}

// Rename gives a channel another username and title, as its owner may: the name that
// it had leads nowhere, until another channel is given it.
func (h *Hooks) Rename(id int64, username, title string) error {
	return h.srv.world.Rename(id, username, title)
}

// AcceptLogin does what scanning the QR code with phone's app does: it accepts a
// login token. A nil token means the newest one.
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

// shouldDrop decides about one request. The second result says when.
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

// secondHolder notes one, and reports whether its key is to be refused.
func (h *Hooks) secondHolder() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.holders++
	return h.duplicated
}
