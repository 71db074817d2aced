package handlers_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"telegramtrac/collector"
)

// strained is the standing of an account that Telegram made wait.
func strained() collector.Standing { return strainedAt(noon) }

func strainedAt(now time.Time) collector.Standing {
	return collector.Standing{
		Methods: []collector.MethodStanding{
			{Method: "messages.getHistory", Hour: collector.MethodCount{Requests: 310, Waits: 1},
				Day: collector.MethodCount{Requests: 4200, Waits: 3}, Spacing: 1300 * time.Millisecond},
			{Method: "contacts.resolveUsername", Day: collector.MethodCount{Requests: 12}},
			{Method: "stats.somethingNew", Day: collector.MethodCount{Requests: 1}},
		},
		Waits: []collector.FloodWait{
			{At: now.Add(-10 * time.Second), Method: "messages.getHistory", Seconds: 28},
			{At: now.Add(-time.Hour), Method: "messages.getHistory", Seconds: 125},
		},
		Next: collector.Next{At: now.Add(18 * time.Second), Why: collector.Flood, Method: "messages.getHistory", Resolves: 4,
			ResolveAt: now.Add(18 * time.Second)},
	}
}

func TestStanding(t *testing.T) {
	t.Parallel()
	stopped := strained()
	stopped.Next = collector.Next{Why: collector.Guarded, Stopped: "long"}
	tests := map[string]struct {
		standing collector.Standing
		shows    []string
		lacks    []string
	}{
		"calm": {collector.Standing{Next: collector.Next{Resolves: 7}},
			[]string{"How your account stands with Telegram", "Nothing holds the next request back.", "7 names can be looked up at once.",
				"Nothing was asked of Telegram in the last day.", "Telegram asked for no wait in the last day."}, []string{"/account/resume"}},
		"waiting": {strained(), []string{"Reading messages <small class=\"hint mono\">messages.getHistory</small>", "Looking up a @name",
			"Another request <small class=\"hint mono\">stats.somethingNew</small>",
			"4\u202f200", "1.3 s", "Telegram asked to wait (reading messages). The next request goes at 14:04:18 UTC.", "2 min 5 s", "<td>over</td>",
			`datetime="2024-02-02T14:04:18Z" data-countdown`, "The next name can be looked up at"}, []string{"/account/resume"}},
		"stopped": {stopped, []string{"wait for half a day or more", `action="/account/resume"`, "Let this account send requests again?"},
			[]string{"Nothing holds", "can be looked up"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			b := s.signedIn(t)
			s.engine.standing = tt.standing
			r := b.get("/tabs/options")
			r.shows(t, 200, tt.shows...)
			r.lacks(t, tt.lacks...)
		})
	}
}

func TestStandingUnknown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	s.engine.failing("Standing", errors.New("nobody"))
	b.get("/tabs/options").shows(t, 200, "It cannot be told right now.", "Delete everything")
}

// TestNoStanding: a workspace of the public web preview has no account.
func TestNoStanding(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	for visitor, w := range s.engine.workspaces {
		w.Source = collector.SourcePreview
		s.engine.workspaces[visitor] = w
	}
	b.get("/tabs/options").lacks(t, "How your account stands")
	if slices.Contains(s.engine.calls, "Standing") {
		t.Errorf("calls: %v", s.engine.calls)
	}
	b.post("/account/resume", nil) // the page offers it where the preview was stopped
	if !slices.Contains(s.engine.calls, "GoOn") {
		t.Errorf("calls: %v, want it to go on", s.engine.calls)
	}
}

func TestGoOn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	id := b.submit("@alpha")
	w, _ := onlyCollection(s)
	s.engine.change(w, id, -1, func(c *collector.Collection) { c.State, c.Waits = collector.Waiting, collector.Guarded })
	live := b.get("/collections/" + id)
	live.shows(t, 200, `action="/account/resume"`, "stopped to protect the account", "The tab Options says more")
	s.engine.change(w, id, 0, func(c *collector.Collection) { c.Channels[0].Detail = "frozen" })
	b.get("/collections/"+id).shows(t, 200, "Telegram has frozen this account")

	s.engine.standing.Next = collector.Next{Why: collector.Guarded, Stopped: "escalating"}
	if r := b.post("/account/resume", nil); r.status != http.StatusSeeOther || r.header.Get("Location") != "/" {
		t.Errorf("status %d to %q", r.status, r.header.Get("Location"))
	}
	if r := b.post("/account/resume", url.Values{"back": {"options"}}); r.header.Get("Location") != "/tabs/options" {
		t.Errorf("to %q", r.header.Get("Location"))
	}
	s.engine.standing.Next = collector.Next{Why: collector.Guarded, Stopped: "escalating"}
	b.swapping("look").post("/account/resume", nil).shows(t, 200, "Nothing holds the next request back.", `<section id="look"`)
	s.engine.failing("GoOn", &collector.Error{Kind: collector.Network})
	b.post("/account/resume", nil).shows(t, 503, "Telegram cannot be reached")
}
