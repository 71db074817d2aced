package handlers_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/quota"
	"telegramtrac/handlers"
)

// TestQuotas: what exceeds the quota is explained beside the form with what was typed, and
// nothing begins; what is within it begins.
func TestQuotas(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		quota    quota.Allowance
		channels string
		says     string // "": it begins
	}{
		"no limit":                 {quota.Allowance{}, "@gamma @delta", ""},
		"within all":               {quota.Allowance{Bytes: 1e9, Collections: 3, Channels: 6}, "@gamma @delta", ""},
		"collections":              {quota.Allowance{Collections: 2}, "@gamma", "may have 2 collections that have not ended"},
		"one more collection":      {quota.Allowance{Collections: 3}, "@gamma", ""},
		"disk":                     {quota.Allowance{Bytes: 100}, "@gamma", "and may hold 100 bytes"},
		"channels":                 {quota.Allowance{Channels: 5}, "@gamma @delta", "may have 5 channels and has 4,"},
		"the last channel":         {quota.Allowance{Channels: 5}, "@gamma", ""},
		"a group each":             {quota.Allowance{Channels: 5}, "@gamma +comments", "Each new channel counts twice"},
		"room for the group":       {quota.Allowance{Channels: 6}, "@gamma +comments", ""},
		"the group is here":        {quota.Allowance{Channels: 4}, "@alpha +comments", ""},
		"known ones":               {quota.Allowance{Channels: 4}, "@alpha t.me/AlphaNews 1003 @waiting", ""},
		"the same one twice":       {quota.Allowance{Channels: 5}, "@gamma t.me/Gamma", ""},
		"too many at once":         {quota.Allowance{Channels: 4}, "@alpha @gamma", "Name fewer new ones"},
		"full, and nothing is new": {quota.Allowance{Channels: 1}, "@alpha", "may have 1 channel and has 4,"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, func(o *handlers.Options) { o.Quota = tt.quota })
			b := s.signedIn(t)
			w := s.workspace(b)
			s.fill(t, w) // three channels
			for range 2 {
				if _, err := s.engine.Submit(t.Context(), w, collector.Request{Channels: []string{"@waiting"}}); err != nil {
					t.Fatal(err)
				}
			}
			s.engine.change(w, "c002", -1, func(c *collector.Collection) { c.State = collector.Paused })
			form := url.Values{"since": {"2024-02-03"}}
			names, comments := strings.CutSuffix(tt.channels, " +comments")
			if form.Set("channels", names); comments {
				form.Set("comments", "on")
			}
			r := b.post("/collections", form)
			began := len(s.engine.collections[w]) - 2
			if tt.says == "" {
				if r.status != http.StatusSeeOther || began != 1 {
					t.Errorf("status %d, %d began:\n%s", r.status, began, r.body)
				}
				return
			}
			r.shows(t, http.StatusUnprocessableEntity, tt.says, strings.Fields(tt.channels)[0], `value="2024-02-03"`)
			if began != 0 {
				t.Error("it began all the same")
			}
		})
	}
}

// TestQuotaIsKeptAtOnce: forms sent at the same time are checked one after the other.
func TestQuotaIsKeptAtOnce(t *testing.T) {
	s := newSite(t, func(o *handlers.Options) { o.Quota = quota.Allowance{Collections: 2} })
	b := s.signedIn(t)
	w := s.workspace(b)
	s.engine.mu.Lock()
	s.engine.beforeSubmit = func() { time.Sleep(time.Millisecond) } // wide open for the others
	s.engine.mu.Unlock()
	var all sync.WaitGroup
	for range 12 {
		each := *b
		all.Go(func() { each.post("/collections", url.Values{"channels": {"@alpha"}}) })
	}
	all.Wait()
	if got := len(s.engine.collections[w]); got != 2 {
		t.Errorf("%d collections began, want 2", got)
	}
}

// workspace is a browser's workspace.
func (s *site) workspace(b *browser) string {
	b.t.Helper()
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	for _, w := range s.engine.workspaces {
		return w.ID
	}
	b.t.Fatal("nobody is in a workspace")
	return ""
}

// A collection that reached the quota says so beside its state, and offers to go on.
func TestPausedByQuota(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	id := b.submit("@alpha")
	w, _ := onlyCollection(s)
	s.engine.change(w, id, -1, func(c *collector.Collection) { c.State, c.Error = collector.Paused, collector.Quota })
	b.get("/collections/"+id).shows(t, 200, "This workspace holds as much as this server allows.", "Everything is kept.",
		"/collections/"+id+"/resume")
}

// TestKeeping: the pages before collecting say on which day an abandoned workspace is deleted;
// without a retention they say nothing.
func TestKeeping(t *testing.T) {
	t.Parallel()
	until := engine.ExpiresAt(noon, 30*24*time.Hour)
	day := until.Format("2006-01-02")
	for keep, want := range map[time.Duration]bool{30 * 24 * time.Hour: true, 0: false} {
		s := newSite(t, func(o *handlers.Options) { o.Keep = keep })
		b := s.signedIn(t)
		for _, path := range []string{"/collections/new", "/tabs/options"} {
			r := b.get(path)
			if got := strings.Contains(r.body, `datetime="`+day+"T00:00:00Z") && strings.Contains(r.body, "for 30 days"); got != want {
				t.Errorf("keep %v: %s tells the day: %v", keep, path, got)
			}
		}
		privacy := b.get("/privacy")
		if got := strings.Contains(privacy.body, "nobody touches for 30 days"); got != want {
			t.Errorf("keep %v: the page on privacy tells: %v", keep, got)
		}
		if got := strings.Contains(privacy.body, "Nothing is deleted by itself here"); got == want {
			t.Errorf("keep %v: the page on privacy says that nothing is deleted: %v", keep, got)
		}
	}
}

// The end of the period of grace is shown too, and the day is not before it.
func TestKeepingInGrace(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *handlers.Options) { o.Keep = 2 * 24 * time.Hour })
	s.engine.grace = noon.Truncate(24 * time.Hour).Add(7 * 24 * time.Hour)
	b := s.signedIn(t)
	day := s.engine.grace.Format("2006-01-02")
	want := `datetime="` + day + "T00:00:00Z"
	r := b.get("/tabs/options")
	if got := strings.Count(r.body, want); got != 2 {
		t.Errorf("%s is told %d times, want twice: as the day of deletion and as the end of the time of grace", day, got)
	}
	r.shows(t, 200, "deletes no workspace by its age before")
}

// Opening a page touches the workspace; a stranger, a health check and a stylesheet do not.
func TestOpeningTouches(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	w := s.workspace(b)
	s.engine.touched = nil
	stranger := s.visit(t)
	stranger.get("/privacy")
	b.get("/healthz")
	if len(s.engine.touched) != 0 {
		t.Errorf("touched by nobody: %v", s.engine.touched)
	}
	b.get("/tabs/messages")
	if !slices.Contains(s.engine.touched, w) {
		t.Error("opening a page does not touch the workspace")
	}
	s.engine.failing("touch", errors.New("the engine is busy"))
	b.get("/tabs/messages").shows(t, 200)
}

// TestDiskFull: while the disk is full, new collections are refused with a sentence, data can
// be read, and /healthz says why; afterwards all works again.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	var full atomic.Bool
	s := newSite(t, func(o *handlers.Options) {
		o.Room = func() error {
			if full.Load() {
				return errors.New("no room")
			}
			return nil
		}
	})
	b := s.signedIn(t)
	id := b.submit("@alpha")
	w, _ := onlyCollection(s)
	s.engine.change(w, id, -1, func(c *collector.Collection) { c.State = collector.Running })
	b.get("/collections/"+id).lacks(t, "the disk is full")
	full.Store(true)
	b.get("/collections/"+id).shows(t, 200, "the disk is full", "The disk is full") // which no record could be written to say
	b.get("/collections").shows(t, 200, "the disk is full")
	b.get("/collections/new")
	b.post("/collections", url.Values{"channels": {"@gamma"}}).shows(t, 422, "The disk is full", "Make room")
	b.get("/tabs/dataset").shows(t, 200, "Dataset")
	b.get("/healthz").shows(t, 503, "the disk is full")
	b.get("/healthz?pages").shows(t, 200, "the disk is full")
	full.Store(false)
	b.get("/collections/new")
	if r := b.post("/collections", url.Values{"channels": {"@gamma"}}); r.status >= 400 {
		t.Errorf("with room again: %d", r.status)
	}
}
