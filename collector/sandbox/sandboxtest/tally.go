package sandboxtest

import (
	"cmp"
	"slices"
	"time"
)

// Count is one account's calls of one method.
type Count struct {
	Account  int64 // 0 before sign-in
	Method   string
	Requests int   // that arrived, without duplicates
	Errors   int   // answered with an error, including flood waits
	Floods   int   // answered with FLOOD_WAIT
	Answers  int   // that were sent; for the other requests the connection broke before
	Early    int   // sent during a FLOOD_WAIT of this method that the client had received
	Hasty    int   // sent during a FLOOD_WAIT of any method that the client had received
	In, Out  int64 // bytes of requests and of answers on the wire
}

// tally counts requests and remembers flood waits. The hooks' lock guards it.
type tally struct {
	slack  time.Duration
	counts map[called]*Count
	waits  map[caller]*floodWait
}

type called struct {
	account int64
	method  string
}

// caller is who has to wait, and for which method: an account, or a key before sign-in.
type caller struct {
	account int64
	key     [8]byte
	method  string
}

// anyMethod returns the caller that stands for all methods of the account, or of the key.
func (c caller) anyMethod() caller { return caller{account: c.account, key: c.key} }

// connecting is the method that clients call on their own when they connect.
const connecting = "help.getConfig"

// floodWait is a time during which a method must not be called.
type floodWait struct {
	answered time.Time // when the wait's first answer was sent
	until    time.Time
}

func newTally() tally {
	return tally{
		slack:  100 * time.Millisecond,
		counts: map[called]*Count{},
		waits:  map[caller]*floodWait{},
	}
}

// Counts lists the calls since the start or the last ResetCounts, by account and method.
func (h *Hooks) Counts() []Count {
	h.mu.Lock()
	defer h.mu.Unlock()
	counts := make([]Count, 0, len(h.counts))
	for _, c := range h.counts {
		counts = append(counts, *c)
	}
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Method, b.Method))
	})
	return counts
}

// Requests returns how often all accounts together called a method.
func (h *Hooks) Requests(method string) int { return h.of(method).Requests }

// Early returns how many requests, of all accounts and methods, were sent during a FLOOD_WAIT
// of their method that the client had received.
func (h *Hooks) Early() int { return h.of("").Early }

// Hasty is Early for clients that must stop all requests of an account during a wait of any
// method, except that waits of look-ups stop look-ups only. The first call of a connection
// does not count.
func (h *Hooks) Hasty() int { return h.of("").Hasty }

// Lost returns how many calls of a method have no answer, because the connection broke or
// because they are not answered yet.
func (h *Hooks) Lost(method string) int { sum := h.of(method); return sum.Requests - sum.Answers }

// Floods returns how often a method was answered with FLOOD_WAIT.
func (h *Hooks) Floods(method string) int { return h.of(method).Floods }

// of adds up the counts of all accounts for a method; "" is for all methods.
func (h *Hooks) of(method string) (sum Count) {
	for _, c := range h.Counts() {
		if method == "" || c.Method == method {
			sum.Requests += c.Requests
			sum.Floods += c.Floods
			sum.Answers += c.Answers
			sum.Early += c.Early
			sum.Hasty += c.Hasty
		}
	}
	return sum
}

// ResetCounts sets all counts to zero. Running waits continue.
func (h *Hooks) ResetCounts() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.counts)
	h.seconds = 0
}

func (t *tally) count(account int64, method string) *Count {
	c := t.counts[called{account, method}]
	if c == nil {
		c = &Count{Account: account, Method: method}
		t.counts[called{account, method}] = c
	}
	return c
}

// refusal is the answer of a flood wait. The zero value is none.
type refusal struct {
	seconds int
	running bool // the wait began before: seconds are the rest of it
}

// arrived counts a request and decides whether it has to wait. sent is the client's time.
func (h *Hooks) arrived(who caller, bytes int, sent, now time.Time) refusal {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.count(who.account, who.method)
	c.Requests++
	c.In += int64(bytes)
	if w := h.waits[who.anyMethod()]; w != nil && who.method != connecting && now.Before(w.until) && w.knew(sent, now, h.slack) {
		c.Hasty++
	}
	if w := h.waits[who]; w != nil {
		if left := w.until.Sub(now); left > 0 {
			if w.knew(sent, now, h.slack) {
				c.Early++
			}
			return refusal{int((left + time.Second - 1) / time.Second), true}
		}
		delete(h.waits, who)
	}
	if h.flood == nil {
		return refusal{}
	}
	return refusal{seconds: h.flood(who.account, who.method)}
}

// knew reports whether the client must have received the wait's answer before it sent a
// request at sent, which arrived now. Both clocks must show it, as the client's may be wrong.
func (w *floodWait) knew(sent, now time.Time, slack time.Duration) bool {
	return now.Sub(w.answered) > slack && sent.After(w.answered)
}

// answered counts an answer just before it is sent, so that a client which has the answer
// finds it counted. A flood wait begins here: a client that waits from the arrival of the
// answer is never too early. An answer with the rest of a wait does not extend it.
func (h *Hooks) answered(who caller, bytes int, failed bool, r refusal, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.count(who.account, who.method)
	c.Answers++
	c.Out += int64(bytes)
	if failed {
		c.Errors++
	}
	if r.seconds == 0 {
		return
	}
	c.Floods++
	if r.running {
		return
	}
	until := now.Add(time.Duration(r.seconds) * time.Second)
	h.hold(who, now, until)
	if !isLookUp(who.method) {
		h.hold(who.anyMethod(), now, until)
	}
}

// hold begins a wait or extends a running one.
func (t *tally) hold(who caller, now, until time.Time) {
	w := t.waits[who]
	if w == nil || !now.Before(w.until) {
		w = &floodWait{answered: now}
		t.waits[who] = w
	}
	if until.After(w.until) {
		w.until = until
	}
}
