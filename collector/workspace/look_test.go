package workspace_test

import (
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/world"
)

// A flood wait of look-ups that is met while a person's channels are looked at first
// holds for the collection that follows, and is shown with the account.
func TestFloodWaitWhileLooking(t *testing.T) {
	t.Parallel()
	const resolve = "contacts.resolveUsername"
	b := newBench(t)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	b.server.Hooks().SetFlood(func(_ int64, method string) int {
		if method == resolve {
			return 3600
		}
		return 0
	})
	look := func() {
		t.Helper()
		_, err := b.engine.Accounts().Check(t.Context(), engine.References{Visitor: "ann", References: []string{"@bulk"}})
		if e := collector.AsError(err); e == nil || e.Kind != collector.LookUps || time.Until(e.RetryAt) < 40*time.Minute {
			t.Errorf("looking: %v, want that look-ups wait an hour", err)
		}
	}
	look()
	look() // and what somebody else names does not ask early either
	id := b.submit(w, bulk)
	c := b.until(w, id, is(collector.Waiting))
	if c.Waits != collector.LookUps || c.RetryAt == nil || time.Until(*c.RetryAt) < 40*time.Minute {
		t.Errorf("waiting: %+v", c)
	}
	if n, early := b.server.Hooks().Requests(resolve), b.server.Hooks().Early(); n != 1 || early != 0 {
		t.Errorf("%d requests, %d of them early; want one, and none", n, early)
	}
	s := ask(b, engine.Accounts.Standing, "ann")
	if len(s.Waits) != 1 || s.Waits[0].Method != resolve || s.Next.Why != "" || s.Next.LookUpsWhy != "flood" {
		t.Errorf("standing: %+v", s)
	}
}

// A frozen account that is found out while looking stays stopped.
func TestFrozenWhileLooking(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	b.server.Hooks().SetRefusal(func(_ int64, method string) (int, string) {
		if method == "contacts.resolveUsername" {
			return 420, "FROZEN_METHOD_INVALID"
		}
		return 0, ""
	})
	_, err := b.engine.Accounts().Check(t.Context(), engine.References{Visitor: "ann", References: []string{"@bulk"}})
	if e := collector.AsError(err); e == nil || e.Kind != collector.Guarded {
		t.Errorf("looking: %v, want a stop", err)
	}
	c := b.until(w, b.submit(w, bulk), is(collector.Waiting))
	if n := b.server.Hooks().Requests("contacts.resolveUsername"); c.Waits != collector.Guarded || n != 1 {
		t.Errorf("%d requests, waiting %+v; want one, and a stop", n, c)
	}
}

// A name that another channel holds now is told beside the form, before anything of it
// is collected.
func TestOtherChannelWhileLooking(t *testing.T) {
	t.Parallel()
	invented := bulkWorld()
	b := newBenchOf(t, t.TempDir(), invented)
	b.start()
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	known := b.until(w, b.submit(w, collector.Request{Channels: []string{"@bulk"}, DetailsOnly: true}), is(collector.Done)).Channels[0]
	if err := b.server.Rename(known.ChannelID, "elsewhere", "Moved"); err != nil {
		t.Fatal(err)
	}
	look := func() engine.Checked {
		t.Helper()
		var all []engine.Checked
		for len(all) == 0 { // while the holder is still busy, nothing is looked at
			all = ask(b, engine.Accounts.Check, engine.References{Visitor: "ann", References: []string{"@bulk"}})
		}
		return all[0]
	}
	if got := look(); got.Error != "" {
		t.Errorf("a channel that was renamed: %+v, want no mistake", got)
	}
	invented.AddChannel(&world.Channel{TL: tg.Channel{ID: 990001, Title: "New owner", Username: "bulk", Broadcast: true}})
	got := look()
	moved, err := collector.ParseMoved(got.Detail)
	if got.Error != collector.OtherChannel || err != nil || moved.Before != known.ChannelID || moved.Now != 990001 {
		t.Errorf("another channel's name: %+v, %v", got, err)
	}
}
