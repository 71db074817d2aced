package suite_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/gate"
	"telegramtrac/collector/preview"
	"telegramtrac/collector/sandbox/web"
)

// TestPace holds the distance of requests, of several collections at once.
func TestPace(t *testing.T) {
	w, _, _ := harbour(t, 300)
	c := newClock()
	h := web.New(w)
	var mu sync.Mutex
	var at []time.Time
	h.Set(web.Hooks{Before: func(*http.Request) {
		mu.Lock()
		defer mu.Unlock()
		at = append(at, c.Now())
	}})
	site := siteOf(t, h, c)
	began := c.Now()
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			src := site.Source(nil, nil)
			ch, err := src.Channel(t.Context(), collector.Reference{Username: "harbour_news"})
			if err != nil {
				t.Error(err)
				return
			}
			for _, err := range src.Messages(t.Context(), ch, collector.Range{Lo: 1, Hi: 200}) {
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if took, least := c.Now().Sub(began), time.Duration(len(at)-1)*500*time.Millisecond; len(at) < 10 || took < least {
		t.Errorf("%d requests within %v, want at least %v", len(at), took, least)
	}
}

// TestRefused holds the back-off: as long as is asked for, longer each time, and
// an end of it.
func TestRefused(t *testing.T) {
	w, _, _ := harbour(t, 50)
	h, site, c := serve(t, w)
	h.Set(web.Hooks{Refuse: func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Retry-After", "9")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}})
	var waits []time.Duration
	src := site.Source(nil, func(w collector.Wait) {
		if w.Kind == collector.Flood {
			waits = append(waits, w.Until.Sub(c.Now()))
		}
	})
	_, err := src.Channel(t.Context(), collector.Reference{Username: "harbour_news"})
	if collector.KindOf(err) != collector.Guarded {
		t.Fatalf("got %v, want it stopped", err)
	}
	want := []time.Duration{9 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second}
	if len(waits) != len(want) {
		t.Fatalf("waits %v, want %v", waits, want)
	}
	for i := range want {
		if waits[i] != want[i] {
			t.Errorf("wait %d is %v, want %v", i, waits[i], want[i])
		}
	}
	if u := src.Usage(); u.Waits != 6 || u.Requests != 6 || u.Waited != 159*time.Second {
		t.Errorf("usage %+v", u)
	}
	asked := len(h.Asked())
	other := site.Source(nil, nil)
	if _, err := other.Channel(t.Context(), collector.Reference{Username: "harbour_news"}); collector.KindOf(err) != collector.Guarded ||
		len(h.Asked()) != asked {
		t.Errorf("another collection: %v, %d requests; want it stopped, too", err, len(h.Asked())-asked)
	}
	h.Set(web.Hooks{})
	site.Resume()
	before := c.Now()
	if _, err := other.Channel(t.Context(), collector.Reference{Username: "harbour_news"}); err != nil ||
		c.Now().Sub(before) < 30*time.Second {
		t.Errorf("resumed: %v after %v", err, c.Now().Sub(before))
	}
}

// TestLost waits out a connection that is refused, and says so.
func TestLost(t *testing.T) {
	w, _, _ := harbour(t, 50)
	failing := &transport{fail: 3}
	c := newClock()
	h := web.New(w)
	url := serverURL(t, h)
	site, err := preview.New(preview.Options{URL: url, Clock: c, Transport: failing})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []collector.Kind
	src := site.Source(nil, func(w collector.Wait) { kinds = append(kinds, w.Kind) })
	if _, err := src.Channel(t.Context(), collector.Reference{Username: "harbour_news"}); err != nil {
		t.Fatal(err)
	}
	if u := src.Usage(); len(kinds) != 6 || kinds[0] != collector.Network || kinds[5] != "" || u.Retries != 3 {
		t.Errorf("waits %q, usage %+v", kinds, u)
	}
	failing.fail = 1 << 30
	if _, err := site.Look(t.Context(), "harbour_talk"); collector.KindOf(err) != collector.Network {
		t.Errorf("a person who waits gets %v, want it at once", err)
	}
}

type transport struct{ fail int }

func (f *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.fail > 0 {
		f.fail--
		return nil, errors.New("no route")
	}
	if !strings.Contains(r.UserAgent(), "telegramtrac") {
		return nil, errors.New("the request does not say who asks")
	}
	return http.DefaultTransport.RoundTrip(r)
}

// TestForeignAnswers: what is not the preview's is never followed, read at
// length, or taken for a page without messages.
func TestForeignAnswers(t *testing.T) {
	followed := false
	elsewhere := serverURL(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	w, _, _ := harbour(t, 50)
	for name, answer := range map[string]http.HandlerFunc{
		"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere, http.StatusFound) },
		"json": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Write([]byte("{}"))
		},
		"empty":     func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/html") },
		"other":     func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html><p>Hello")) },
		"teapot":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) },
		"endless":   endless,
		"not found": http.NotFound,
	} {
		t.Run(name, func(t *testing.T) {
			h, site, _ := serve(t, w)
			src := site.Source(nil, nil)
			ch, err := src.Channel(t.Context(), collector.Reference{Username: "harbour_news"})
			if err != nil {
				t.Fatal(err)
			}
			h.Set(web.Hooks{Refuse: func(w http.ResponseWriter, r *http.Request) bool { answer(w, r); return true }})
			var last error
			for _, err := range src.Messages(t.Context(), ch, collector.Range{Lo: 1, Hi: 20}) {
				last = err
			}
			if last == nil || followed {
				t.Errorf("got error %v, followed %v; want an error, for the range is not complete", last, followed)
			}
		})
	}
}

func endless(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	chunk := []byte(strings.Repeat("x", 1<<20))
	for range 20 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// TestMoved: a name that another channel took over meanwhile gives no messages.
func TestMoved(t *testing.T) {
	w, _, _ := harbour(t, 50)
	_, site, _ := serve(t, w)
	src := site.Source(nil, nil)
	ch, err := src.Channel(t.Context(), collector.Reference{Username: "harbour_news"})
	if err != nil {
		t.Fatal(err)
	}
	ch.ID++
	var last error
	for _, err := range src.Messages(t.Context(), ch, collector.Range{Lo: 1, Hi: 20}) {
		last = err
	}
	if collector.KindOf(last) != collector.NotFound {
		t.Errorf("got %v, want not_found", last)
	}
}

// TestSleepEnds: a wait ends with its context.
func TestSleepEnds(t *testing.T) {
	w, _, _ := harbour(t, 50)
	h, site, _ := serve(t, w)
	ctx, cancel := context.WithCancel(t.Context())
	h.Set(web.Hooks{Refuse: func(w http.ResponseWriter, _ *http.Request) bool {
		cancel()
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}})
	if _, err := site.Source(nil, nil).Channel(ctx, collector.Reference{Username: "harbour_news"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it canceled", err)
	}
}

func TestAddress(t *testing.T) {
	for address, ok := range map[string]bool{
		"": true, "https://t.me": true, "http://127.0.0.1:8081/": true, "t.me": false, "ftp://t.me": false, "https://t.me/s": false,
		"https://t.me?x": false,
	} {
		if _, err := preview.New(preview.Options{URL: address}); (err == nil) != ok {
			t.Errorf("New(%q): %v, want ok %v", address, err, ok)
		}
	}
}

// TestRefusedOverRestart: what refused the process before it ended holds back
// the one that comes after it, as long and as often.
func TestRefusedOverRestart(t *testing.T) {
	w, _, _ := harbour(t, 50)
	h, site, c := serve(t, w)
	var kept gate.SiteMemory
	keep := func(m gate.SiteMemory) { kept = m }
	site.Remember(kept, keep)
	ref := collector.Reference{Username: "harbour_news"}
	refuse := web.Hooks{Refuse: func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}}
	for restarts := 1; restarts <= 6; restarts++ {
		h.Set(refuse)
		ctx, cancel := context.WithCancel(t.Context())
		_, err := site.Source(nil, func(collector.Wait) { cancel() }).Channel(ctx, ref) // the process ends as it waits
		if cancel(); err == nil {
			t.Fatal("a refused request was answered")
		}
		asked := len(h.Asked())
		site = siteOf(t, h, c)
		site.Remember(kept, keep)
		_, err = site.Looking().Channel(t.Context(), ref)
		e := collector.AsError(err)
		if e == nil || e.Kind != collector.Flood && e.Kind != collector.Guarded || len(h.Asked()) != asked {
			t.Fatalf("restart %d: %v, %d requests; want it held back", restarts, err, len(h.Asked())-asked)
		}
		if left := e.RetryAt.Sub(c.Now()); restarts < 6 && (left <= 500*time.Second || left > 600*time.Second) {
			t.Errorf("restart %d: it says to try again in %v, want what is left of ten minutes", restarts, left)
		}
		if restarts == 6 && e.Kind != collector.Guarded {
			t.Errorf("after six refusals in a row: %v, want it stopped", err)
		}
		if restarts < 6 {
			c.Pass(600 * time.Second)
		}
	}
	h.Set(web.Hooks{})
	if site.Resume(); !kept.Stop.IsZero() {
		t.Errorf("kept %+v: it was let go on", kept)
	}
	if _, err := site.Source(nil, nil).Channel(t.Context(), ref); err != nil || kept.Refused != 0 {
		t.Errorf("let go on: %v, kept %+v", err, kept)
	}
}

// TestConditional: a page that did not change is not sent again.
func TestConditional(t *testing.T) {
	w, _, _ := harbour(t, 50)
	h := web.New(w)
	h.Set(web.Hooks{Tags: true})
	answers := &statuses{}
	c := newClock()
	site, err := preview.New(preview.Options{URL: serverURL(t, h), Clock: c, Transport: answers})
	if err != nil {
		t.Fatal(err)
	}
	var want collector.Channel
	for n := range 3 {
		ch, err := site.Source(nil, nil).Channel(t.Context(), collector.Reference{Username: "harbour_news"})
		if err != nil {
			t.Fatal(err)
		}
		if ch.LastSeenAt = want.LastSeenAt; n > 0 && ch.Raw != want.Raw {
			t.Errorf("from a page that was kept: %+v, want %+v", ch, want)
		}
		want = ch
		c.Pass(2 * time.Minute) // nothing is asked again before a minute
	}
	if got := []int{200, 200, 304, 304, 304, 304}; !slices.Equal(got, answers.all) {
		t.Errorf("answers %v, want %v", answers.all, got)
	}
}

// statuses notes what was answered.
type statuses struct{ all []int }

func (s *statuses) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		s.all = append(s.all, resp.StatusCode)
	}
	return resp, err
}
