package workspace_test

import (
	"sync/atomic"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/workspace"
)

const resolveName = "contacts.resolveUsername"

// waitsForLookUps says so of a collection whose channel n waits and whose others have
// ended.
func waitsForLookUps(n int, why string) func(collector.Collection) bool {
	return func(c collector.Collection) bool {
		if c.State != collector.Waiting || c.Waits != collector.LookUps || c.RetryAt == nil {
			return false
		}
		for i, p := range c.Channels {
			if i == n && (p.State != collector.Waiting || p.Detail != why || p.RetryAt == nil) || i != n && !p.State.Final() {
				return false
			}
		}
		return true
	}
}

// What waits for a look-up holds back neither the other channels of its collection nor
// other collections; it waits over a restart without asking, and can be canceled.
func TestLookUpsHoldNothingElse(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	b.collected(w, b.until(w, b.submit(w, bulk), is(collector.Done)))
	b.server.Hooks().SetFlood(func(_ int64, method string) int {
		if method == resolveName {
			return 15 * 3600
		}
		return 0
	})
	waiting := waitsForLookUps(0, "flood")
	first := b.submit(w, collector.Request{Channels: []string{"@stranger", "@bulk"}})
	b.until(w, first, waiting)
	if c := b.until(w, b.submit(w, bulk), is(collector.Done)); c.Channels[0].State != collector.Done {
		t.Errorf("another collection: %+v", c.Channels[0])
	}
	asked := b.server.Hooks().Requests(resolveName)
	b.stop()
	b.start()
	if c := b.until(w, first, waiting); c.Resumed != 0 {
		t.Errorf("it was taken up again %d times, for a wait", c.Resumed)
	}
	b.until(w, b.submit(w, bulk), is(collector.Done))
	if n := b.server.Hooks().Requests(resolveName); n != asked || b.server.Hooks().Early() != 0 {
		t.Errorf("%d more look-ups, %d of them early; want none", n-asked, b.server.Hooks().Early())
	}
	if err := b.engine.Ask(t.Context(), w.ID, first, engine.Cancel); err != nil {
		t.Fatal(err)
	}
	b.until(w, first, func(c collector.Collection) bool { // the holder ends its channels, also this one
		return c.State == collector.Canceled && c.Channels[0].State == collector.Canceled && c.Channels[0].RetryAt == nil
	})
}

// When its time has come the collection goes on by itself.
func TestLookUpsGoOn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	var refused atomic.Bool
	b.server.Hooks().SetFlood(func(_ int64, method string) int {
		if method == resolveName && !refused.Swap(true) {
			return 1
		}
		return 0
	})
	c := b.until(w, b.submit(w, bulk), is(collector.Done))
	b.collected(w, c)
	if b.server.Hooks().Requests(resolveName) != 2 || b.server.Hooks().Early() != 0 {
		t.Errorf("%d look-ups, %d early", b.server.Hooks().Requests(resolveName), b.server.Hooks().Early())
	}
}

// The day's budget of look-ups outlives a restart and the workspace, and the form is
// told what a list costs.
func TestLookUpBudgetOutlivesDeletion(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, t.TempDir(), bulkWorld())
	b.options = func(o *workspace.Options) { o.LookUpsADay = 1 }
	b.start()
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	b.until(w, b.submit(w, bulk), is(collector.Done))
	cost := ask(b, engine.Accounts.LookUps,
		engine.References{Visitor: "ann", References: []string{"@bulk", "BULK", "@stranger", "t.me/Stranger", "@other", "12345"}})
	if cost.New != 2 || cost.Next.LookUpsADay != 1 || cost.Next.LookUpsLeft != 0 {
		t.Errorf("the list costs %+v, want 2 look-ups where none of 1 is left", cost)
	}
	for _, deleted := range []bool{false, true} {
		if deleted {
			ask(b, engine.Accounts.Delete, "ann")
			b.signIn("ann", "telegram", sandbox.PhonePlain, "")
		}
		b.stop()
		b.start()
		b.until(w, b.submit(w, collector.Request{Channels: []string{"@stranger"}}), waitsForLookUps(0, "budget"))
		if n := b.server.Hooks().Requests(resolveName); n != 1 {
			t.Fatalf("deleted %v: %d look-ups, want 1", deleted, n)
		}
	}
}
