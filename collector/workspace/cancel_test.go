package workspace_test

import (
	"fmt"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/sandbox"
)

// receipts are a workspace's, by reference.
func (b *bench) receipts(w engine.Workspace) map[string]collector.Receipt {
	b.t.Helper()
	d, err := b.data(w.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	all, err := d.Receipts(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	out := map[string]collector.Receipt{}
	for _, r := range all {
		out[r.Reference] = r
	}
	return out
}

// TestCancelPaused: what a paused collection has is as good as what a running one
// has: its channel ends as partial, with a receipt.
func TestCancelPaused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.server.Hooks().SetLatency(slow)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	id := b.submit(w, collector.Request{Channels: []string{"@bulk", "@nobody"}})
	b.until(w, id, func(c collector.Collection) bool { return c.Channels[0].Absent > 0 }) // a range was put
	if err := b.engine.Ask(t.Context(), w.ID, id, engine.Pause); err != nil {
		t.Fatal(err)
	}
	b.until(w, id, func(c collector.Collection) bool { return c.State == collector.Paused && c.Channels[0].Counted })
	if err := b.engine.Ask(t.Context(), w.ID, id, engine.Cancel); err != nil {
		t.Fatal(err)
	}
	b.until(w, id, func(collector.Collection) bool { return len(b.receipts(w)) > 0 })
	c := b.until(w, id, is(collector.Canceled))
	p, r := c.Channels[0], b.receipts(w)["@bulk"]
	if p.State != collector.Partial || p.FinishedAt == nil || p.Messages == 0 || c.Channels[1].State != collector.Canceled {
		t.Errorf("canceled: %+v", c)
	}
	if r.State != string(collector.Partial) || r.Messages != p.Messages || r.New != p.New || r.FinishedAt.IsZero() || len(b.receipts(w)) != 1 {
		t.Errorf("receipt %+v of %+v", r, p)
	}
}

// TestCancelMany: a batch of a thousand is canceled as quickly as one; what was not
// begun has no receipt.
func TestCancelMany(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.server.Hooks().SetLatency(slow)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	r := bulk
	r.Channels = []string{"@bulk"}
	for i := range 999 {
		r.Channels = append(r.Channels, fmt.Sprintf("@nobody%04d", i))
	}
	id := b.submit(w, r)
	b.until(w, id, func(c collector.Collection) bool { return c.Channels[0].Absent > 0 })
	if err := b.engine.Ask(t.Context(), w.ID, id, engine.Cancel); err != nil {
		t.Fatal(err)
	}
	next := b.submit(w, collector.Request{Channels: []string{"@nobody"}}) // begins when the first has ended
	b.until(w, next, is(collector.Failed))
	c := b.until(w, id, is(collector.Canceled))
	for i, p := range c.Channels {
		if want := map[bool]collector.State{true: collector.Partial, false: collector.Canceled}[i == 0]; p.State != want || p.FinishedAt == nil {
			t.Fatalf("channel %d: %+v; want %s", i, p, want)
		}
	}
	got := b.receipts(w)
	if len(got) != 2 || got["@bulk"].State != string(collector.Partial) || got["@bulk"].Messages != c.Channels[0].Messages ||
		got["@nobody"].State != string(collector.Failed) {
		t.Errorf("receipts: %+v", got)
	}
}
