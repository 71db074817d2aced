package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
)

func TestTracForm(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		form url.Values
		want []string
	}{
		"empty": {url.Values{"channels": {" ,; "}}, []string{"Name at least one channel"}},
		"invite link": {url.Values{"channels": {"@good, https://t.me/+AbCd"}},
			[]string{"https://t.me/&#43;AbCd is an invite link", ">@good</textarea>", ">https://t.me/&#43;AbCd</textarea>",
				"Go on with 1, leave out 1"}},
		"unreadable":    {url.Values{"channels": {"!!"}}, []string{"“!!” is not the name of a channel"}},
		"several wrong": {url.Values{"channels": {"!! ??"}}, []string{"2 things need another look"}},
		"wrong since": {url.Values{"channels": {"@good"}, "since": {"yesterday"}},
			[]string{"&#34;yesterday&#34; is not a day", `id="since-wrong"`, "<details class=\"help\" open>"}},
		"wrong until": {url.Values{"channels": {"@good"}, "until": {"2024-02-30"}}, []string{`id="until-wrong"`}},
		"until before since": {url.Values{"channels": {"@good"}, "since": {"2024-02-02"}, "until": {"2024-02-02"}, "personal": {"1"},
			"details_only": {"1"}},
			[]string{"it must be later than Since", `name="personal" value="1" checked`, `name="details_only" value="1" checked`}},
		"comments by nothing": {url.Values{"channels": {"@good"}, "comments": {"1"}, "comments_by": {"sideways"}},
			[]string{"Choose one of the three ways to collect comments.", `name="comments" value="1" checked`}},
		"comments by post": {url.Values{"channels": {"!!"}, "comments": {"1"}, "comments_by": {"post"}},
			[]string{`<option value="post" selected>`}},
		"oversized": {url.Values{"channels": {strings.Repeat("!", 500)}, "last": {strings.Repeat("9", 500)}},
			[]string{strings.Repeat("!", 59) + "…” is not the name", strings.Repeat("9", 59) + "…&#34; is not a number"}},
		"hostile": {url.Values{"channels": {"</textarea><script>alert(1)</script>"}}, []string{"&lt;/textarea&gt;&lt;script&gt;"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			b := s.signedIn(t)
			r := b.post("/collections", tt.form)
			r.shows(t, http.StatusUnprocessableEntity, tt.want...)
			r.lacks(t, "<script>alert")
			if len(s.engine.collections) != 0 {
				t.Error("a collection was submitted")
			}
		})
	}
}

// TestHintsAreTold: screen readers read out the hint of a field.
func TestHintsAreTold(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.visit(t).get("/").shows(t, 200, `aria-describedby="phone-hint"`, `id="phone-hint"`)
	r := s.signedIn(t).get("/collections/new")
	for _, field := range []string{"channels", "since", "until", "last", "again_days", "batch"} {
		r.shows(t, 200, `aria-describedby="`+field+`-hint"`, `id="`+field+`-hint"`)
	}
	r.shows(t, 200, "What was collected before without it stays without names.")
}

func TestSubmit(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	b.get("/").shows(t, 200, "Alpha News", `<input type="checkbox" name="channels" value="@alpha">`)
	form := url.Values{"channels": {"t.me/onee; @twoo\n@TWOO", "@alpha"}, "since": {"2024-01-01"}, "until": {"2024-02-01"}, "personal": {"1"}}
	r := b.post("/collections", form)
	if r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.body)
	}
	w, id := onlyCollection(s)
	if got := r.header.Get("Location"); got != "/collections/"+id {
		t.Errorf("sent to %q", got)
	}
	want := collector.Request{Channels: []string{"t.me/onee", "@twoo", "@alpha"}, Personal: true, List: "l001"}
	want.Since, _ = collector.ParseDate("2024-01-01")
	want.Until, _ = collector.ParseDate("2024-02-01")
	if diff := cmp.Diff(want, s.engine.find(w, id).Requested); diff != "" {
		t.Errorf("requested (-want +got):\n%s", diff)
	}
	again := b.get("/collections/new?from=" + id)
	again.shows(t, 200, "t.me/onee\n@twoo</textarea>", `value="@alpha" checked`, `value="2024-01-01"`, "Which channels do you want to add?",
		"A collection is under way")

	live := b.swapping("view").post("/collections", url.Values{"channels": {"@next"}})
	live.shows(t, 200, `<div id="view">`, `hx-ws:connect="/ws/collections/c002"`, "@next", "Next: 1 channel")
	if got := live.header.Get("HX-Push-Url"); got != "/collections/c002" {
		t.Errorf("HX-Push-Url %q", got)
	}
}

func TestSubmitJSON(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t).with("Accept", "application/json")
	b.post("/collections", url.Values{"channels": {"!"}}).shows(t, 422, `"sentences":["“!” is not the name of a channel.`)
	days := func(n string) url.Values { return url.Values{"channels": {"@onee"}, "again_days": {n}} }
	b.post("/collections", days("36501")).shows(t, 422, `"sentences":["Write at most 36500 days`)
	b.post("/collections", days("9999999999999")).shows(t, 422, `is not a number of days. Write a whole number, like 7, or leave it empty."]`)
	b.post("/collections", url.Values{"channels": {"@onee"}}).shows(t, 201, `"id":"c001"`, `"state":"queued"`)
}

// TestSubmitComments: which comments are collected is what was chosen, and a form that repeats
// the collection chooses it again.
func TestSubmitComments(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	b.post("/collections", url.Values{"channels": {"@onee"}, "last": {"50"}, "comments": {"1"}, "comments_by": {"group"}})
	w, id := onlyCollection(s)
	c, err := s.engine.Collection(t.Context(), w, id)
	if err != nil || !c.Requested.Comments || c.Requested.CommentsBy != collector.ByGroup {
		t.Errorf("requested %+v, %v", c.Requested, err)
	}
	b.get("/collections/new?from="+id).shows(t, 200, `<option value="group" selected>`, `name="comments" value="1" checked`)
}

func TestRecord(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	id := b.submit("@alpha @durov")
	w, _ := onlyCollection(s)
	s.engine.change(w, id, 0, running)
	j := b.with("Accept", "application/json")
	var got map[string]any
	r := j.get("/collections/" + id)
	if err := json.Unmarshal([]byte(r.body), &got); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
	if got["state"] != "running" || got["error"] != nil || got["waits_for"] != nil || got["retry_at"] != nil || got["messages"] != 12470.0 {
		t.Errorf("record: %s", r.body)
	}
	channels := got["channels"].([]any)
	first, durov := channels[0].(map[string]any), channels[3].(map[string]any)
	if first["error"] != nil || first["expected"] != 9800.0 || first["absent"] != 300.0 || first["username"] != "alpha" {
		t.Errorf("channel: %v", first)
	}
	if durov["error"] != "not_a_channel" || durov["expected"] != nil || durov["detail"] != "person" {
		t.Errorf("channel: %v", durov)
	}
	var all []map[string]any
	if err := json.Unmarshal([]byte(j.get("/collections").body), &all); err != nil || len(all) != 1 || all[0]["id"] != id {
		t.Errorf("list: %v, %v", all, err)
	}
	j.get("/collections/nothing").shows(t, 404, `"error":"not_found"`)
	stranger := s.visit(t).with("Accept", "application/json")
	stranger.get("/collections").shows(t, 401, `"error":"signed_out"`)
}

func TestStates(t *testing.T) {
	t.Parallel()
	soon := noon.Add(18 * time.Second)
	tests := map[string]struct {
		with  func(*collector.Collection)
		shows []string
		lacks []string
	}{
		"running": {running, []string{"Collecting 5 channels", "12\u202f470", "5\u202f210 of 9\u202f800", `max="9800" value="5210"`,
			"41 ids absent", "waited 18 s", "@durov is a person, not a channel.", "There is no channel @nobody_there on Telegram.", "/pause",
			"/cancel"}, []string{"/resume"}},
		"flood": {func(c *collector.Collection) {
			running(c)
			c.State, c.Waits, c.RetryAt = collector.Waiting, collector.Flood, &soon
		}, []string{"Telegram asks this account to wait 18 seconds before reading on. Collecting goes on by itself at 14:04 UTC.",
			`datetime="2024-02-02T14:04:18Z" data-countdown`}, nil},
		"network": {func(c *collector.Collection) {
			running(c)
			c.State, c.Waits, c.RetryAt = collector.Waiting, collector.Network, &soon
		}, []string{"Telegram cannot be reached. Trying again in 18 seconds; nothing is lost."}, nil},
		"network through a proxy": {func(c *collector.Collection) {
			running(c)
			c.State, c.Waits, c.WaitsMethod, c.RetryAt = collector.Waiting, collector.Network, "proxy socks5://10.0.0.1:1080", &soon
		}, []string{"Telegram cannot be reached through the proxy socks5://10.0.0.1:1080. Trying again in 18 seconds; nothing is lost."}, nil},
		"session in doubt": {func(c *collector.Collection) {
			running(c)
			c.State, c.Waits, c.WaitsMethod, c.RetryAt = collector.Waiting, collector.Network, "session", &soon
		}, []string{"Telegram does not accept this session at the moment, which may pass. Trying again in 18 seconds; nothing is lost."},
			[]string{"ended this session"}},
		"wrong clock": {func(c *collector.Collection) {
			running(c)
			c.State, c.Waits, c.WaitsMethod, c.RetryAt = collector.Waiting, collector.Clock, "30 hours behind", &soon
		}, []string{"The clock of the computer that runs telegramtrac is wrong by more than a day (30 hours behind). Set its date and time;"},
			nil},
		"signed out": {func(c *collector.Collection) {
			running(c)
			c.State, c.Waits = collector.Waiting, collector.SignedOut
		}, []string{"Telegram ended this session. Sign in again;", `href="/?step=credentials"`}, []string{"data-countdown"}},
		"paused": {func(c *collector.Collection) { running(c); c.State = collector.Paused }, []string{"Paused: 5 channels", "/resume", "/cancel"},
			[]string{"/pause"}},
		"done": {func(c *collector.Collection) {
			running(c)
			c.State = collector.Done
			c.Channels[0].State, c.Channels[2].State = collector.Done, collector.Done
		}, []string{"Collected 3 of 5 channels", "2 channels could not be collected. The reason", "Change the list and try again",
			"Look at the messages"}, []string{"hx-ws:connect", "/pause", "/cancel\""}},
		"failed": {func(c *collector.Collection) {
			c.State, c.Error = collector.Failed, collector.SignedOut
		}, []string{"Could not collect", "Telegram ended this session."}, []string{"Look at the messages"}},
		"canceled": {func(c *collector.Collection) {
			running(c)
			c.State, c.Channels[0].State = collector.Canceled, collector.Partial
		}, []string{"Canceled: 5 channels", "It was stopped before it was complete."}, nil},
		"paused rows": {func(c *collector.Collection) { running(c); c.State = collector.Paused }, []string{`<span class="state">paused</span>`},
			[]string{`<span class="state">queued</span>`, `<span class="state">collecting</span>`}},
		"canceled rows": {func(c *collector.Collection) {
			running(c)
			c.State, c.Channels[1].State = collector.Canceled, collector.Canceled
		}, []string{`<span class="state">canceled</span>`},
			[]string{`<span class="state">queued</span>`, `<span class="state">collecting</span>`}},
		"named twice": {func(c *collector.Collection) {
			c.State, c.Messages = collector.Done, 7270
			c.Channels = []collector.Progress{
				{Reference: "@beta", Username: "beta", State: collector.Done, Messages: 7270, Lo: 1, Hi: 7270},
				{Reference: "1002", Username: "beta", State: collector.Done, SameAs: "t.me/beta"},
				{Reference: "1003", Title: "Talk", State: collector.Done, CommentsOf: "t.me/beta", Messages: 3, Lo: 1, Hi: 3},
			}
		}, []string{"Collected 2 channels", "The same channel as @beta; its counts stand there.", "comments of @beta", "Everything is here"},
			nil},
		"comments by post": {func(c *collector.Collection) {
			c.State, c.Messages = collector.Done, 60
			c.Channels = []collector.Progress{
				{Reference: "@beta", Username: "beta", State: collector.Done, Messages: 6, Lo: 1, Hi: 6},
				{Reference: "1003", Title: "Talk", State: collector.Done, CommentsOf: "t.me/beta", Messages: 54, ByPost: true,
					Threads: 3, ThreadsAll: 3, CommentsSaid: ptr[int64](54), CommentsStored: ptr[int64](54), CommentsShort: ptr[int64](0)},
			}
		}, []string{"All comments of the posts are here: 54.", "Everything is here"}, []string{"history is closed"}},
		"comments by post, not all": {func(c *collector.Collection) {
			c.State, c.Messages = collector.Done, 58
			c.Channels = []collector.Progress{
				{Reference: "@beta", Username: "beta", State: collector.Done, Messages: 6, Lo: 1, Hi: 6},
				{Reference: "1003", Title: "Talk", State: collector.Done, CommentsOf: "t.me/beta", Messages: 52, ByPost: true,
					Threads: 3, ThreadsAll: 3, CommentsSaid: ptr[int64](54), CommentsStored: ptr[int64](52), CommentsShort: ptr[int64](2)},
			}
		}, []string{"Of 54 comments that the posts are said to have, 2 could not be had", "some comments could not be had"},
			[]string{"Everything is here"}},
		"comments by post, on the way": {func(c *collector.Collection) {
			running(c)
			c.Channels = append(c.Channels, collector.Progress{Reference: "1003", State: collector.Collecting, CommentsOf: "t.me/beta",
				ByPost: true, Messages: 9, Threads: 3, ThreadsAll: 40})
		}, []string{"Comments are read post by post: 3 of 40 posts so far, each in a request or more.", `max="40"`}, nil},
		"comments by post, paused": {func(c *collector.Collection) {
			running(c)
			c.State = collector.Paused
			c.Channels = append(c.Channels, collector.Progress{Reference: "1003", State: collector.Queued, CommentsOf: "t.me/beta",
				ByPost: true, Messages: 9, Threads: 3, ThreadsAll: 40, CommentsSaid: ptr[int64](54), CommentsStored: ptr[int64](9),
				CommentsShort: ptr[int64](45)})
		}, []string{"3 of 40 posts so far"}, []string{"could not be had"}},
		"comments of a closed group": {func(c *collector.Collection) {
			c.State, c.Messages = collector.Done, 60
			c.Channels = []collector.Progress{
				{Reference: "@beta", Username: "beta", State: collector.Done, Messages: 6, Lo: 1, Hi: 6},
				{Reference: "1003", Title: "Talk", State: collector.Done, CommentsOf: "t.me/beta", Messages: 54, Threads: 3, ThreadsAll: 3,
					CommentsSaid: ptr[int64](54), CommentsStored: ptr[int64](54), CommentsShort: ptr[int64](0)},
			}
		}, []string{"history is closed", "Everything is here"}, []string{"unaccounted"}},
		"unaccounted": {func(c *collector.Collection) {
			c.State, c.Messages = collector.Done, 10
			c.Channels = []collector.Progress{{Reference: "@beta", State: collector.Done, Messages: 10, Lo: 1, Hi: 20}}
		}, []string{"some ids are still unaccounted for"}, []string{"Everything is here"}},
		"service messages": {running, []string{"of which 10 service", "12 service messages"}, nil},
		"a resumed first time": {func(c *collector.Collection) {
			c.State, c.Messages = collector.Done, 100
			c.Channels = []collector.Progress{{Reference: "@beta", State: collector.Done, Messages: 100, New: 60, Lo: 1, Hi: 100,
				Before: ptr[int64](0)}}
		}, []string{"100 messages"}, []string{"60 new"}},
		"a second time": {func(c *collector.Collection) {
			c.State, c.Messages = collector.Done, 100
			c.Channels = []collector.Progress{{Reference: "@beta", State: collector.Done, Messages: 100, New: 60, Lo: 1, Hi: 100,
				Before: ptr[int64](40)}}
		}, []string{"60 new"}, nil},
		"unknown number": {func(c *collector.Collection) {
			c.State = collector.Failed
			c.Channels = []collector.Progress{{Reference: "t.me/c/1234567890/5", State: collector.Failed, Error: collector.NotFound}}
		}, []string{"This account has not met channel 1234567890 yet. Name it by its @name once; a t.me/c/… link usually belongs to a private " +
			"channel."}, []string{"There is no channel"}},
		"private, restricted, banned": {func(c *collector.Collection) {
			c.State = collector.Done
			c.Channels = []collector.Progress{
				{Reference: "@secret", State: collector.Failed, Error: collector.Private},
				{Reference: "@hidden", State: collector.Failed, Error: collector.Restricted, Detail: hostile},
				{Reference: "@angry", State: collector.Failed, Error: collector.Banned},
				{Reference: "@robot", State: collector.Failed, Error: collector.NotAChannel, Detail: "bot"},
			}
		}, []string{"@secret is private. This tool reads public channels only.", "Telegram does not show @hidden to this account (restricted:",
			"banned from @angry", "@robot is a bot, not a channel.", "None of the channels"}, []string{"<img", "<script>alert"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			b := s.signedIn(t)
			id := b.submit("@alpha")
			w, _ := onlyCollection(s)
			s.engine.change(w, id, -1, tt.with)
			r := b.get("/collections/" + id)
			r.shows(t, 200, tt.shows...)
			r.lacks(t, tt.lacks...)
		})
	}
}

func TestAsk(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	id := b.submit("@alpha")
	at := "/collections/" + id
	b.swapping("live").post(at+"/pause", nil).shows(t, 200, `<section id="live"`, "Paused: 1 channel")
	if r := b.post(at+"/resume", nil); r.status != http.StatusSeeOther || r.header.Get("Location") != at {
		t.Errorf("resume: status %d to %q", r.status, r.header.Get("Location"))
	}
	b.with("Accept", "application/json").post(at+"/cancel", nil).shows(t, 200, `"state":"canceled"`)
	b.post(at+"/pause", nil).shows(t, http.StatusConflict, "This collection has ended")
	late := b.swapping("live").post(at+"/pause", nil)
	late.shows(t, http.StatusConflict, `<div id="view">`, "This collection has ended")
	if late.header.Get("HX-Retarget") != "#view" || late.header.Get("HX-Reswap") != "outerHTML" {
		t.Errorf("headers: %v", late.header)
	}
	b.post("/collections/nothing/pause", nil).shows(t, 404, "There is no such collection")
}

func TestListAndHome(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	b.get("/collections").shows(t, 200, "Nothing was collected yet")
	first := b.submit("@onee @twoo @three @four @five")
	second := b.submit("@sixx")
	r := b.get("/collections")
	r.shows(t, 200, "@onee, @twoo, @three and 2 more", "@sixx", "2024-02-02 14:04")
	if strings.Index(r.body, second) > strings.Index(r.body, first) {
		t.Error("the newest is not first")
	}
	w := b.workspace()
	b.get("/").shows(t, 200, "Your lists", "<bdi>@onee, @twoo and 3 more</bdi>", "<bdi>@sixx</bdi>", `href="/collections/`+second)
	b.get("/tabs/dataset").shows(t, 200, "/ws/collections/"+second)
	s.engine.change(w, first, -1, running)
	b.get("/").shows(t, 200, `class="tone-run"><a href="/collections/`+first)
	b.get("/tabs/dataset").shows(t, 200, "/ws/collections/"+first, "The rows that are collected are counted here")
}
