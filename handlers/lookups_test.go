package handlers_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
)

// lookUps is a standing with so many look-ups left.
func lookUps(left int, why string, at time.Time) collector.Next {
	return collector.Next{LookUpsADay: 150, LookUpsLeft: left, LookUpsWhy: why, ResolveAt: at}
}

// The form shows the price of a list in look-ups, before it starts and while it is typed.
func TestLookUpsOfAList(t *testing.T) {
	t.Parallel()
	tomorrow := noon.Add(21 * time.Hour)
	for name, tt := range map[string]struct {
		cost     engine.LookUps
		channels string
		want     string
	}{
		"nothing typed": {engine.LookUps{Next: lookUps(138, "", time.Time{})}, "",
			"A name that this account has not met must be looked up. 138 of 150 look-ups are left for these 24 hours."},
		"all known": {engine.LookUps{Next: lookUps(138, "", time.Time{})}, "@alpha",
			"This account knows these names, so none must be looked up."},
		"one new": {engine.LookUps{New: 1, Next: lookUps(138, "", time.Time{})}, "@alpha; @beta",
			"1 of these names is new to this account and must be looked up. 138 of 150 look-ups are left for these 24 hours."},
		"too many": {engine.LookUps{New: 40, Next: lookUps(12, "", time.Time{})}, "@alpha; @beta",
			"40 of these names are new to this account and must be looked up. 12 of 150 look-ups are left for these 24 hours. What waits for one " +
				"goes on by itself; all else is collected first."},
		"flood": {engine.LookUps{New: 2, Next: lookUps(120, "flood", tomorrow)}, "@alpha; @beta",
			"Telegram asks to wait with look-ups until 11:04 UTC on 2024-02-03. What waits for one goes on by itself; all else is collected first."},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			b := s.signedIn(t)
			s.engine.cost = tt.cost
			typed := url.Values{"channels": {tt.channels}}
			b.swapping("look-ups").post("/look-ups", typed).shows(t, 200, `<p id="look-ups"`, tt.want)
			if tt.channels == "" {
				b.get("/collections/new").shows(t, 200, `<p id="look-ups"`, tt.want)
				return
			}
			b.swapping("look").post("/look", typed).shows(t, 200, tt.want)
			if tt.channels == "@alpha; @beta" {
				if diff := cmp.Diff([]string{"@alpha", "@beta"}, s.engine.listed); diff != "" {
					t.Errorf("asked (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// Without an account, or if the price is not available, the page says nothing.
func TestLookUpsUnknown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	s.engine.cost = engine.LookUps{New: 3, Next: lookUps(1, "", time.Time{})}
	s.engine.failing("LookUps", errors.New("nobody"))
	b.get("/collections/new").lacks(t, "look-ups are left")
	s.engine.failing("LookUps", nil)
	for visitor, w := range s.engine.workspaces {
		w.Source = collector.SourcePreview
		s.engine.workspaces[visitor] = w
	}
	b.get("/collections/new").lacks(t, "look-ups")
	b.post("/look-ups", url.Values{"channels": {"@alpha"}}).lacks(t, "look-ups are left")
}

// A channel that waits for its look-up says so, and until when, while the others are
// collected. So does a collection with only look-ups left, which lets others begin.
func TestWaitingForLookUps(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	id := b.submit("@alpha; @beta")
	w, _ := onlyCollection(s)
	at := noon.Add(15 * time.Hour)
	s.engine.change(w, id, -1, func(c *collector.Collection) { c.State = collector.Running })
	s.engine.change(w, id, 0, func(c *collector.Collection) {
		p := &c.Channels[0]
		p.State, p.RetryAt, p.Detail = collector.Waiting, &at, "flood"
		c.Channels[1].State = collector.Collecting
	})
	b.get("/collections/"+id).shows(t, 200, "waiting for a look-up",
		"Its name must be looked up, and Telegram asks to wait with look-ups. It is taken up at 05:04 UTC on 2024-02-03; all else is collected "+
			"first.",
		"You can open the tabs below", `datetime="2024-02-03T05:04:00Z" data-countdown`)
	s.engine.change(w, id, 0, func(c *collector.Collection) {
		c.State, c.Waits, c.RetryAt = collector.Waiting, collector.LookUps, &at
		c.Channels[0].Detail, c.Channels[1].State = "budget", collector.Done
	})
	b.get("/collections/"+id).shows(t, 200, "waiting for look-ups", "those of the last 24 hours are used up",
		"It goes on by itself at 05:04 UTC on 2024-02-03.", "and the look-ups of the last 24 hours are used up")
	b.get("/collections/new").lacks(t, "A collection is under way")
	s.engine.change(w, id, 0, func(c *collector.Collection) {
		c.Waits, c.Channels[1].State, c.Channels[1].Detail = collector.Guarded, collector.Queued, "limited"
	})
	b.get("/collections/"+id).shows(t, 200, "Telegram has limited this account", "@SpamBot")
}

// Telegram's refusal of one channel is explained in words, followed by its error name.
func TestRefusedChannelIsTold(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"CHANNEL_MONOFORUM_UNSUPPORTED": "@alpha holds the direct messages that people write to a channel",
		"CHAT_ADMIN_REQUIRED":           "Telegram shows this of @alpha to its administrators only.",
		"SOMETHING_QUITE_NEW":           "Telegram refused to show @alpha to this account.",
	} {
		s := newSite(t)
		b := s.signedIn(t)
		id := b.submit("@alpha")
		w, _ := onlyCollection(s)
		s.engine.change(w, id, 0, func(c *collector.Collection) {
			c.State = collector.Failed
			c.Channels[0].State, c.Channels[0].Error, c.Channels[0].Detail = collector.Failed, collector.Refused, word
		})
		b.get("/collections/"+id).shows(t, 200, want, "Telegram&#39;s word for it: "+word+".")
	}
}

// The account's panel says how many of the day's look-ups are left, and how a new account is
// slowed down.
func TestStandingOfLookUps(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	s.engine.standing.Next = lookUps(0, "budget", noon.Add(20*time.Hour))
	s.engine.standing.Next.Spacing = time.Second
	b.get("/tabs/options").shows(t, 200, "0 of 150 look-ups are left for these 24 hours.",
		"Those of the last 24 hours are used up; everything else goes on.",
		"This account is new here, so its requests are kept 1.0 s apart", "The next name can be looked up at",
		"Nothing holds the next request back.")
	s.engine.standing.Next = lookUps(149, "flood", noon.Add(15*time.Hour))
	b.get("/tabs/options").shows(t, 200, "149 of 150 look-ups are left", "Telegram asked to wait with look-ups; everything else goes on.")
}
