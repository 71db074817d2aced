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
	Answers  int   // that were sent; the rest of the requests lost their connection before
	Early    int   // sent after a FLOOD_WAIT was answered to this method and before its time
	Hasty    int   // sent after a FLOOD_WAIT was answered to any method and before its time
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

// anyMethod stands for all that the account, or the key, calls.
func (c caller) anyMethod() caller { return caller{account: c.account, key: c.key} }

// connecting is what a connection begins with, before anybody decides what to ask.
const connecting = "help.getConfig"

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
	return h.total(method, func(c Count) int { return c.Requests })
}

// Early is how many requests, of all accounts and methods, were sent after a
// FLOOD_WAIT was answered to their method and before its time.
func (h *Hooks) Early() int {
	n := 0
	for _, c := range h.Counts() {
		n += c.Early
	}
	return n
}

// Hasty is Early for clients that hold all requests of an account back, whatever
// the method that was refused; but the waits of look-ups hold look-ups alone. What a
// connection begins with does not count.
func (h *Hooks) Hasty() int {
	n := 0
	for _, c := range h.Counts() {
		n += c.Hasty
	}
	return n
}

// Lost is how often a method was called and not answered, because the connection
// broke; what has not been answered yet counts too.
func (h *Hooks) Lost(method string) int {
	return h.total(method, func(c Count) int { return c.Requests - c.Answers })
}

// Floods is how often a method was answered with FLOOD_WAIT.
func (h *Hooks) Floods(method string) int {
	return h.total(method, func(c Count) int { return c.Floods })
}

func (h *Hooks) total(method string, of func(Count) int) int {
	n := 0
	for _, c := range h.Counts() {
		if c.Method == method {
			n += of(c)
		}
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

// hold lets a wait begin, or one that is on last longer.
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
