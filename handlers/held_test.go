package handlers_test

import (
	"net/http"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/handlers"
)

// TestHeld: visitors see which data about them is stored, and nothing about others.
func TestHeld(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *handlers.Options) { o.Keep, o.Privacy = 30*24*time.Hour, "The host's own words." })
	stranger := s.visit(t)
	stranger.get("/held").shows(t, http.StatusOK, "This browser is in no workspace")
	page := stranger.swapping("view")
	page.post("/signin/credentials", credentials())
	waits := page.swapping("").get("/held")
	waits.shows(t, http.StatusOK, "A phone number that ends in 23")
	waits.lacks(t, "900123", "0123456789abcdef")

	b := s.signedInAt(t, collector.SourceTelegram)
	w := s.workspace(b)
	s.fill(t, w)
	b.submit("@alpha")
	s.engine.mu.Lock()
	for visitor := range s.engine.workspaces {
		s.engine.imports[visitor] = collector.Import{ID: "u1", State: collector.Running, Files: []collector.ImportFile{{Name: "result.json"}}}
	}
	s.engine.mu.Unlock()
	got := b.get("/held")
	got.shows(t, http.StatusOK, "of 3 channels", "1 collection in the list", "1 browser is", "result.json",
		"The session of your Telegram account", "on 2024-02-02", "is deleted on 2024-03-04")
	got.lacks(t, "sealed session of", w, b.cookie)
	stranger.get("/held").lacks(t, "result.json", "3 channels")

	for _, path := range []string{"/tabs/options", "/privacy", "/"} {
		b.get(path).shows(t, http.StatusOK, `href="/held"`)
	}
	// The host's text comes before the built-in part on retention, and does not replace it.
	b.get("/privacy").shows(t, http.StatusOK, "own words.", "What is kept", "nobody touches for 30 days")
}
