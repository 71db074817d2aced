package handlers_test

import (
	"testing"

	"telegramtrac/static/browsertest"
)

// TestBrowserHeld takes pictures of the page, which looks like the others.
func TestBrowserHeld(t *testing.T) {
	s := newSite(t)
	p := browsertest.Start(t)
	p.Open("http://" + s.serve(t) + "/held")
	p.Holds(`document.querySelector("h1")?.textContent === "What is held about you"`)
	p.Picture("held")
}
