package handlers_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
)

// doubtfulCollection makes a collection that ended with doubts about its second channel, and
// about messages of its third that could not be read.
func doubtfulCollection(c *collector.Collection) {
	c.State, c.Messages = collector.Done, 300
	c.Requested.Personal, c.Requested.Last, c.Requested.AgainDays, c.Requested.Comments = true, 500, 7, true
	c.Channels = []collector.Progress{
		{Reference: "@alpha", State: collector.Done, Messages: 100, Lo: 1, Hi: 100, Expected: ptr[int64](100)},
		{Reference: "@beta", State: collector.Done, Messages: 90, Lo: 1, Hi: 100, Absent: 10, Expected: ptr[int64](97), Unproven: 4},
		{Reference: "@gamma", State: collector.Done, Messages: 98, Lo: 1, Hi: 100, Unreadable: 2},
		{Reference: "@delta", State: collector.Partial, Messages: 5, Lo: 1, Hi: 100, Expected: ptr[int64](100)},
	}
}

// TestDoubts: the page says what is uncertain, and the button asks again.
func TestDoubts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	id := b.submit("@alpha @beta @gamma @delta")
	w, _ := onlyCollection(s)
	button := `action="/collections/` + id + `/check"`
	b.get("/collections/"+id).lacks(t, button)
	s.engine.change(w, id, 0, doubtfulCollection)
	r := b.get("/collections/" + id)
	r.shows(t, 200, button, "Check again</button>",
		"Telegram counts 97 messages here; 7 of them did not come.",
		"Of 4 absent ids nobody proved that there is no message: an earlier version did not ask twice.",
		"2 messages could not be read by this version. Their places are kept, and a newer version asks again.")

	r = b.post("/collections/"+id+"/check", nil) // a browser without JavaScript
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/collections/c002" {
		t.Fatalf("answered %d, to %q: %s", r.status, r.header.Get("Location"), r.body)
	}
	want := collector.Request{Channels: []string{"@beta"}, Check: true, Personal: true, Last: 500, List: "l001"}
	if diff := cmp.Diff(want, s.engine.find(w, "c002").Requested); diff != "" {
		t.Errorf("requested (-want +got):\n%s", diff)
	}
	live := b.swapping("view").post("/collections/"+id+"/check", nil)
	live.shows(t, 200, `<div id="view">`, `hx-ws:connect="/ws/collections/c003"`, "@beta")
	if got := live.header.Get("HX-Push-Url"); got != "/collections/c003" {
		t.Errorf("HX-Push-Url %q", got)
	}
	b.with("Accept", "application/json").post("/collections/"+id+"/check", nil).shows(t, 201, `"id":"c004"`, `"state":"queued"`,
		`"check":true`)
}

// TestNothingToCheck: nothing is started if nothing is in doubt, nor in another visitor's
// workspace.
func TestNothingToCheck(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	id := b.submit("@gamma")
	w, _ := onlyCollection(s)
	s.engine.change(w, id, 0, func(c *collector.Collection) {
		c.State, c.Messages = collector.Done, 100
		c.Channels = []collector.Progress{{Reference: "@gamma", State: collector.Done, Messages: 99, Unreadable: 1, Lo: 1, Hi: 100,
			Expected: ptr[int64](100)}}
	})
	b.get("/collections/"+id).lacks(t, "/check")
	if r := b.post("/collections/"+id+"/check", nil); r.status != http.StatusSeeOther || r.header.Get("Location") != "/collections/"+id {
		t.Errorf("answered %d, to %q", r.status, r.header.Get("Location"))
	}
	b.with("Accept", "application/json").post("/collections/"+id+"/check", nil).shows(t, 200, `"id":"`+id+`"`)
	b.post("/collections/nothing/check", nil).shows(t, 404)
	if r := s.visit(t).post("/collections/"+id+"/check", nil); r.status == http.StatusOK || r.header.Get("Location") == "/collections/c002" {
		t.Errorf("a stranger was answered %d, to %q", r.status, r.header.Get("Location"))
	}
	if n := len(s.engine.collections[w]); n != 1 {
		t.Errorf("%d collections, want 1", n)
	}
}
