package sandboxtest

import (
	"testing"
	"time"
)

// bare are hooks of no server.
func bare() *Hooks { return &Hooks{tally: newTally()} }

// Only requests sent after the client received a wait count as early.
func TestEarly(t *testing.T) {
	at := func(ms int) time.Time { return time.Unix(1_700_000_000, 0).Add(time.Duration(ms) * time.Millisecond) }
	who := caller{account: 1, method: "m"}
	tests := []struct {
		name          string
		sent, arrived int // ms after the answer; the wait is 2 s
		early, wait   int
	}{
		{"in flight", -5, 30, 0, 2},
		{"crossed the answer", 20, 40, 0, 2},
		{"sent before, delayed", -5, 500, 0, 2},
		{"early", 500, 505, 1, 2},
		{"nearly in time", 1990, 1999, 1, 1},
		{"in time", 2000, 2001, 0, 0},
	}
	for _, test := range tests {
		h := bare()
		h.flood = func(int64, string) int { return 2 }
		r := h.arrived(who, 1, at(-10), at(-9))
		if want := (refusal{seconds: 2}); r != want {
			t.Fatalf("got a wait of %+v, want %+v", r, want)
		}
		h.answered(who, 1, true, r, at(0))
		h.flood = nil
		if got := h.arrived(who, 1, at(test.sent), at(test.arrived)); got.seconds != test.wait {
			t.Errorf("%s: got a wait of %+v, want %d s", test.name, got, test.wait)
		}
		if got := h.Early(); got != test.early {
			t.Errorf("%s: got %d early, want %d", test.name, got, test.early)
		}
	}
}

// A wait of one method applies to all of the account's requests, but not to another account or
// to the first call of a connection. A request answered late is not lost; one that is never
// answered is.
func TestHasty(t *testing.T) {
	begin := time.Unix(1_700_000_000, 0)
	h := bare()
	h.flood = func(_ int64, method string) int {
		if method == "history" {
			return 2
		}
		return 0
	}
	call := func(account int64, method string, ms int) {
		now := begin.Add(time.Duration(ms) * time.Millisecond)
		who := caller{account: account, method: method}
		r := h.arrived(who, 1, now, now)
		if method != "lost" {
			h.answered(who, 1, r.seconds > 0, r, now)
		}
	}
	for _, step := range []struct {
		account int64
		method  string
		ms      int
		hasty   int
	}{
		{1, "details", 0, 0},
		{1, "history", 100, 0},   // refused
		{1, "details", 150, 0},   // crossed the answer
		{2, "details", 1000, 0},  // another account
		{1, connecting, 1000, 0}, // a connection begins
		{1, "details", 1000, 1},  // sent after it received the wait
		{1, "history", 1100, 2},  // this one too
		{1, "details", 2200, 2},  // in time
		{1, "history", 3000, 2},  // refused again
		{1, "details", 3050, 2},  // crossed the answer
		{1, "lost", 4000, 3},
	} {
		call(step.account, step.method, step.ms)
		if got := h.Hasty(); got != step.hasty {
			t.Errorf("%s of account %d after %d ms: %d hasty, want %d", step.method, step.account, step.ms, got, step.hasty)
		}
	}
	if got := h.Early(); got != 1 {
		t.Errorf("%d early of their own method, want 1", got)
	}
	if lost, floods := h.Lost("lost"), h.Floods("history"); lost != 1 || h.Lost("history") != 0 || floods != 3 {
		t.Errorf("%d lost, %d floods; want 1 and 3", lost, floods)
	}
}

// An answer with the rest of a wait, rounded up to seconds, does not extend the wait.
func TestRunningWaitIsNotProlonged(t *testing.T) {
	begin := time.Unix(1_700_000_000, 0)
	who := caller{account: 1, method: "m"}
	h := bare()
	h.flood = func(int64, string) int { return 2 }
	h.answered(who, 1, true, h.arrived(who, 1, begin, begin), begin)
	h.flood = nil
	for _, ms := range []int{100, 900, 1500, 1950} {
		now := begin.Add(time.Duration(ms) * time.Millisecond)
		r := h.arrived(who, 1, begin, now)
		if r.seconds == 0 || !r.running {
			t.Errorf("after %d ms: got %+v, want the rest of a wait", ms, r)
		}
		h.answered(who, 1, true, r, now)
	}
	if got := h.arrived(who, 1, begin, begin.Add(2*time.Second)); got != (refusal{}) {
		t.Errorf("after the wait: got %+v, want none", got)
	}
}
