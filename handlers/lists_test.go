package handlers_test

import (
	"html"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/listed"
	"telegramtrac/collector/quota"
	"telegramtrac/handlers"
)

// references are the channels of a list as written.
func references(l listed.List) (out []string) {
	for _, ch := range l.Channels {
		out = append(out, ch.Reference)
	}
	return out
}

// The trac form makes a list, which is named after its channels, and collects into one that
// there is.
func TestFormMakesLists(t *testing.T) {
	t.Parallel()
	s, b := lookedAt(t)
	w := b.workspace()
	b.get("/collections/new").shows(t, 200, `<option value="">A new list</option>`, `<option value="l001">@alpha</option>`,
		`<label for="list_name">Name of a new list</label>`)
	for _, form := range []url.Values{
		{"channels": {"@alpha @beta"}, "list": {""}, "list_name": {""}, "last": {"50"}, "comments": {"1"}},
		{"channels": {"@gamma"}, "list": {""}, "list_name": {"Ports"}},
		{"channels": {"@delta @gamma"}, "list": {"l003"}, "last": {"7"}},
		{"channels": {"t.me/BETA\n@alpha"}, "list": {""}}, // the same channels: the same list
		{"channels": {"@gamma @delta"}},                   // a program that knows no lists
	} {
		if r := b.post("/collections", form); r.status >= 400 {
			t.Fatalf("status %d: %s", r.status, r.body)
		}
	}
	got := s.engine.lists[w]
	for i, want := range []struct {
		name     string
		channels []string
	}{
		{"@alpha", []string{"@alpha"}}, {"Alpha News and Бета — новости", []string{"@alpha", "@beta"}},
		{"Ports", []string{"@gamma", "@delta"}},
	} {
		if diff := cmp.Diff(want.channels, references(got[i])); diff != "" || got[i].Name != want.name {
			t.Errorf("list %q (-want +got):\n%s", got[i].Name, diff)
		}
	}
	if len(got) != 3 || got[1].How.Last != 50 || !got[1].How.Comments || got[2].How.Last != 0 {
		t.Errorf("lists %+v", got)
	}
	var of []string
	for _, c := range s.engine.collections[w] {
		of = append(of, c.Requested.List)
	}
	if diff := cmp.Diff([]string{"l001", "l002", "l003", "l003", "l002", "l003"}, of); diff != "" {
		t.Errorf("lists of collections (-want +got):\n%s", diff)
	}
	b.post("/collections", url.Values{"channels": {"@omega"}, "list": {""}, "list_name": {"ports"}}).shows(t, 422,
		`<p class="wrong" id="list_name-wrong">Another list has this name.`, `value="ports"`, "@omega")
	b.post("/collections", url.Values{"channels": {"@omega"}, "list": {"l999"}}).shows(t, 422, "This list is not there any more.")
	b.get("/collections/new?from=c004").shows(t, 200, `<option value="l003" selected>Ports</option>`)
}

// The cards say what there is, what runs and what failed, and Collect new asks nothing.
func TestCards(t *testing.T) {
	t.Parallel()
	s, b := lookedAt(t)
	w := b.workspace()
	b.post("/collections", url.Values{"channels": {"@alpha @beta"}, "list_name": {"Ports"}, "list": {""}})
	s.engine.change(w, "c002", -1, func(c *collector.Collection) {
		c.State, c.FinishedAt = collector.Done, ptr(noon.Add(time.Hour))
		c.Channels[1].State, c.Channels[1].Error = collector.Failed, collector.NotFound
	})
	home := b.get("/")
	home.shows(t, 200, "Your lists", `<a href="/lists/l002"><bdi>Ports</bdi></a>`, "<strong>2 channels</strong> · <strong>71 messages</strong>",
		"1 channel could not be collected whole.", `2024-02-02 15:04`, `Collect new<span class="unseen"> of <bdi>Ports</bdi></span>`,
		`<a href="/tabs/messages">Everything</a>`, "<strong>3 channels</strong> · <strong>72 messages</strong>", `href="/collections"`)
	home.lacks(t, "hx-trigger")
	if diff := cmp.Diff([]int64{1001, 1002}, s.engine.lists[w][1].ChannelIDs()); diff != "" {
		t.Errorf("the ids are not known (-want +got):\n%s", diff)
	}
	started := b.post("/lists/l002/collect", nil)
	if started.status != 303 || started.header.Get("Location") != "/collections/c003" {
		t.Fatalf("status %d to %q", started.status, started.header.Get("Location"))
	}
	want := collector.Request{Channels: []string{"@alpha", "@beta"}, List: "l002"}
	if diff := cmp.Diff(want, s.engine.collections[w][2].Requested); diff != "" {
		t.Errorf("requested (-want +got):\n%s", diff)
	}
	if again := b.post("/lists/l002/collect", nil); again.header.Get("Location") != "/collections/c003" {
		t.Errorf("the second click led to %q", again.header.Get("Location"))
	}
	s.engine.change(w, "c003", 0, func(c *collector.Collection) { c.State, c.Channels[0].Messages, c.Messages = collector.Running, 40, 40 })
	cards := b.swapping("list-cards").get("/lists")
	cards.shows(t, 200, `hx-trigger="every 3s"`, `<p class="tone-run"><a href="/collections/c003"><span class="state">collecting</span></a>`,
		"40 messages so far")
	cards.lacks(t, "<!doctype", "<h1")
	b.swapping("view").post("/lists/l001/collect", nil).shows(t, 200, `hx-ws:connect="/ws/collections/c004"`)
	golden(t, "lists", b.swapping("view").get("/lists").body)
}

// A list of others, or none, is not there.
func TestNoSuchList(t *testing.T) {
	t.Parallel()
	s, b := lookedAt(t)
	stranger := s.signedIn(t)
	for _, path := range []string{"/lists/l001", "/lists/none"} {
		stranger.get(path).shows(t, 404, "There is no such list")
	}
	for _, do := range []string{"collect", "add", "remove", "how", "name", "duplicate", "delete"} {
		form := url.Values{"channels": {"@omega"}, "channel": {"@alpha"}, "name": {"x"}}
		stranger.post("/lists/l001/"+do, form).shows(t, 404, "There is no such list")
	}
	b.get("/lists/l001").shows(t, 200, "@alpha")
}

// The page of a list adds, removes, renames, copies, deletes; what was collected stays.
func TestListPage(t *testing.T) {
	t.Parallel()
	s, b := lookedAt(t)
	w := b.workspace()
	list := func(i int) listed.List { return s.engine.lists[w][i] }
	page := b.swapping("view").get("/lists/l001")
	page.shows(t, 200, "<bdi>@alpha</bdi></h1>", "Alpha News", `<a href="/tabs/messages?channel=1001" aria-label="69 messages of @alpha">69</a>`,
		"Collects all messages.", "What was collected of them stays", `href="/network/snowball"`, `href="/collections/c001"`)
	golden(t, "list", page.body)
	b.swapping("view").post("/lists/l001/add", url.Values{"channels": {"@beta, t.me/alpha"}}).shows(t, 200,
		"1 channel was added. 1 was in the list already.", "Бета — новости")
	b.uploadTo("/lists/l001/add", part{field: "channels"}, part{"batch", "two.csv", "channel\n@omega\n@gulls\n"})
	if diff := cmp.Diff([]string{"@alpha", "@beta", "@omega", "@gulls"}, references(list(0))); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
	again := b.post("/lists/l001/add", url.Values{"channels": {"@delta\nEvening Lights 5"}})
	again.shows(t, 422, "Set aside: 1", "Adds them at once", "@delta</textarea>")
	b.post("/lists/l001/add", url.Values{"channels": {""}}).shows(t, 422, "Name at least one channel")
	b.post("/lists/l001/add", url.Values{"channels": {"@delta"}, "aside": {"Evening Lights 5"}, "set_aside": {"Evening Lights 5"},
		"go_on": {"1"}})
	b.swapping("view").post("/lists/l001/remove", url.Values{"channel": {"@alpha", "@gulls"}}).shows(t, 200,
		"2 channels were removed from the list. What was collected of them stays.")
	b.post("/lists/l001/remove", nil).shows(t, 422, "Tick the channels that the list should forget.")
	if diff := cmp.Diff([]string{"@beta", "@omega", "@delta"}, references(list(0))); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	b.get("/tabs/messages?channel=1001").shows(t, 200, "Message number")
	b.post("/lists/l001/name", url.Values{"name": {" Ports  and harbours "}, "was": {"@alpha"}})
	b.swapping("view").post("/lists/l001/duplicate", nil).shows(t, 200, "This is the copy.", "Ports and harbours (2)")
	b.post("/lists/l002/name", url.Values{"name": {"ports and HARBOURS"}, "was": {""}}).shows(t, 422, "Another list has this name")
	b.post("/lists/l002/name", url.Values{"name": {""}}).shows(t, 422, "Give the list a name of at most 80 characters.")
	if diff := cmp.Diff(list(0).Channels, list(1).Channels); diff != "" || list(0).Name != "Ports and harbours" {
		t.Errorf("copied from %q (-want +got):\n%s", list(0).Name, diff)
	}
	b.swapping("view").post("/lists/l001/delete", nil).shows(t, 200, "The list was deleted.", "Ports and harbours (2)")
	if len(s.engine.lists[w]) != 1 || len(s.engine.collections[w]) != 1 {
		t.Error("deleting a list deleted something else, or not the list")
	}
	b.with("Accept", "application/json").get("/lists").shows(t, 200, `[{"id":"l002","name":"Ports and harbours (2)"`)
	b.with("Accept", "application/json").get("/lists/l002").shows(t, 200, `"reference":"@beta","channel_id":1002`)
}

// What a name hides is shown, and a list whose name nobody could see can be clicked.
func TestHostileListNames(t *testing.T) {
	t.Parallel()
	s, b := lookedAt(t)
	b.post("/collections", url.Values{"channels": {"@beta"}, "list": {""}, "list_name": {"Po\r\n\trts \u202e<b>"}})
	b.post("/collections", url.Values{"channels": {"@gamma"}, "list": {""}, "list_name": {" \u200b "}})
	b.post("/collections", url.Values{"channels": {"@delta"}, "list": {""}, "list_name": {" \n "}})
	if got := s.engine.lists[b.workspace()]; got[1].Name != "Po rts \u202e<b>" || got[3].Name != "@delta" {
		t.Errorf("lists %+v", got)
	}
	const name = "Po rts [U&#43;202E]&lt;b&gt;"
	b.get("/lists").shows(t, 200, `<a href="/lists/l002"><bdi>`+name+"</bdi></a>", `<a href="/lists/l003"><bdi>[U&#43;200B]</bdi></a>`)
	b.get("/lists/l002").shows(t, 200, "<bdi>"+name+"</bdi></h1>", "<title>"+name)
	b.get("/collections/new").shows(t, 200, `<option value="l002">`+name+"</option>")
	b.post("/lists/l002/name", url.Values{"name": {"Two"}, "was": {"One"}}).shows(t, 422, "it is called “"+name+"” now")
}

// How a list is collected is changed; two windows lose nothing silently.
func TestListIsChangedInTwoWindows(t *testing.T) {
	t.Parallel()
	s, b := lookedAt(t)
	w := b.workspace()
	wasHow := regexp.MustCompile(`name="was" value="(\{[^"]*)"`)
	was := func(r response) string { return html.UnescapeString(wasHow.FindStringSubmatch(r.body)[1]) }
	first, second := was(b.get("/lists/l001")), was(b.get("/lists/l001"))
	how := func(was, last string) url.Values {
		return url.Values{"was": {was}, "last": {last}, "comments": {"1"}, "since": {"2024-01-01"}}
	}
	b.swapping("view").post("/lists/l001/how", how(first, "50")).shows(t, 200,
		"Collects the newest 50 messages of each channel, from 2024-01-01 on, all comments of these too.")
	r := b.post("/lists/l001/how", how(second, "70"))
	r.shows(t, 422, "was changed in another window meanwhile: it now collects the newest 50 messages", `value="70"`)
	if got := s.engine.lists[w][0].How.Last; got != 50 {
		t.Errorf("last %d: the other window's change was lost", got)
	}
	b.post("/lists/l001/how", how(was(r), "70"))
	if got := s.engine.lists[w][0].How; got.Last != 70 || !got.Comments {
		t.Errorf("how %+v", got)
	}
	b.post("/lists/l001/how", url.Values{"last": {"many"}}).shows(t, 422, "is not a number of messages", `value="many"`)
	b.post("/lists/l001/name", url.Values{"name": {"One"}, "was": {"@alpha"}})
	b.post("/lists/l001/name", url.Values{"name": {"Two"}, "was": {"@alpha"}}).shows(t, 422, "it is called “One” now", `value="Two"`)
}

// Collect new stays within the same limits as the form, and says why not.
func TestCollectNewHasLimits(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *handlers.Options) { o.Quota = quota.Allowance{Collections: 1} })
	b := s.signedIn(t)
	b.submit("@alpha")
	w := b.workspace()
	b.post("/lists/l001/add", url.Values{"channels": {"@beta"}})
	b.post("/lists/l001/collect", nil).shows(t, 422, "This workspace may have 1 collection that have not ended")
	s.engine.change(w, "c001", -1, func(c *collector.Collection) { c.State = collector.Done })
	for _, click := range []string{"first", "second"} {
		if r := b.post("/lists/l001/collect", nil); r.header.Get("Location") != "/collections/c002" {
			t.Errorf("the %s click: status %d to %q", click, r.status, r.header.Get("Location"))
		}
	}
	s.engine.change(w, "c002", -1, func(c *collector.Collection) { c.State = collector.Done })
	b.post("/lists/l001/remove", url.Values{"channel": {"@alpha", "@beta"}})
	b.post("/lists/l001/collect", nil).shows(t, 422, "This list has no channels yet. Add some first.")
	if n := len(s.engine.collections[w]); n != 2 {
		t.Errorf("%d collections", n)
	}
}

// Candidates of the network go into the list that is chosen with the price.
func TestCandidatesGoIntoAList(t *testing.T) {
	t.Parallel()
	s, b, w := networked(t, collector.SourceTelegram)
	b.get("/network/price?key=2001&last=1000").shows(t, 200, `<select id="list"`, "If empty: <bdi>")
	id := s.engine.lists[w][0].ID
	b.post("/network/trac", url.Values{"key": {"2001"}, "last": {"1000"}, "list": {id}})
	l := s.engine.lists[w][0]
	if got := l.Channels[len(l.Channels)-1]; got.Reference != "@sourceful" || got.Depth != 1 {
		t.Errorf("the list got %+v", got)
	}
	if r := l.Request(); len(r.Depths) != len(l.Channels) || r.Depth != 0 {
		t.Errorf("the list asks for %+v", r)
	}
}
