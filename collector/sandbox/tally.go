package sandbox

import (
	"cmp"
	"slices"
	"time"
)

// Count is what a server saw of one method called by one account.
type Count struct {
	Account  int64 // 0 before sign-in
	Method   string
	Requests int   // that arrived, duplicates not counted
	Errors   int   // answered with an error, flood waits included
	Floods   int   // answered with FLOOD_WAIT
	Early    int   // sent after a FLOOD_WAIT was answered and before its time
	In, Out  int64 // bytes of requests and of answers, as they went over the wire
}

// tally counts requests and remembers flood waits. It is guarded by the hooks' lock.
type tally struct {
	slack  time.Duration
	counts map[called]*Count
	waits  map[caller]*floodWait
}

type called struct {
	account int64
	method  string
}

// caller is who has to wait: an account, or a key before sign-in.
type caller struct {
	account int64
	key     [8]byte
	method  string
}

// floodWait is a time during which a method is not to be called.
type floodWait struct {
	answered time.Time // when the first answer of this wait was sent
	until    time.Time
}

func newTally() tally {
	return tally{
		slack:  100 * time.Millisecond,
		counts: map[called]*Count{},
		waits:  map[caller]*floodWait{},
	}
}

// Counts lists what was seen since the start or the last ResetCounts, by account
// and method.
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

// Requests is how often a method was called, by all accounts together.
func (h *Hooks) Requests(method string) int {
	n := 0
	for _, c := range h.Counts() {
		if c.Method == method {
			n += c.Requests
		}
	}
	return n
}

// Early is how many requests, of all accounts and methods, were sent after a
// FLOOD_WAIT was answered and before its time.
func (h *Hooks) Early() int {
	n := 0
	for _, c := range h.Counts() {
		n += c.Early
	}
	return n
}

// ResetCounts starts counting anew. Waits that are running go on.
func (h *Hooks) ResetCounts() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.counts)
	h.holders = 0
}

func (t *tally) count(account int64, method string) *Count {
	c := t.counts[called{account, method}]
	if c == nil {
		c = &Count{Account: account, Method: method}
		t.counts[called{account, method}] = c
	}
	return c
}

// refusal is a flood wait as it is answered. The zero value is none.
type refusal struct {
	seconds int
	running bool // it began before: this is the rest of it
}

// arrived counts a request and decides whether it has to wait. sent is the time by
// the client's clock.
func (h *Hooks) arrived(who caller, bytes int, sent, now time.Time) refusal {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.count(who.account, who.method)
	c.Requests++
	c.In += int64(bytes)
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

// knew reports whether a client that sent something at sent, which arrived now,
// must have had the answer before. Both clocks have to agree, as the client's may
// be wrong.
func (w *floodWait) knew(sent, now time.Time, slack time.Duration) bool {
	return now.Sub(w.answered) > slack && sent.After(w.answered)
}

// answered counts an answer right before it is sent, so that a client which has it
// finds it counted. A flood wait begins here: a client that waits from the answer's
// arrival is never too early. Being told of the rest of a wait does not prolong it.
func (h *Hooks) answered(who caller, bytes int, failed bool, r refusal, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.count(who.account, who.method)
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
	w := h.waits[who]
	if w == nil {
		w = &floodWait{answered: now}
		h.waits[who] = w
	}
	if until := now.Add(time.Duration(r.seconds) * time.Second); until.After(w.until) {
		w.until = until
	}
}
