package handlers_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
)

// TestGoldenTabs compares the tabs, and the pages that they link to, with their golden files.
func TestGoldenTabs(t *testing.T) {
	t.Parallel()
	s, b := lookedAt(t)
	w, id := onlyCollection(s)
	s.putReceipts(t, w)
	s.engine.setStanding(strained())
	pages := map[string]string{
		"messages-searched": "look /tabs/messages?channel=1001&q=message&sort=oldest&since=2024-01-01",
		"metadata":          "look /tabs/metadata",
		"dataset":           "look /tabs/dataset?q=number&columns=text&columns=views&columns=date&sort=most-views",
		"options-standing":  "look /tabs/options",
		"collections":       "view /collections",
		"held":              "view /held",
	}
	charts := "messages-by-week.svg messages-by-week.csv views.csv media.csv hours.csv mentions.svg forwards.csv"
	for _, chart := range strings.Fields(charts) {
		pages["chart-"+chart] = "view /charts/" + chart
	}
	goldenPages(t, b, pages)

	for name, change := range map[string]func(*collector.Collection){
		"live-running": running,
		"live-done": func(c *collector.Collection) {
			running(c)
			c.State = collector.Done
			for i := range c.Channels[:3] {
				c.Channels[i].State = collector.Done
			}
			c.Channels[1].Unproven, c.Channels[1].Unreadable = 3, 2
			c.Channels[2].Threads, c.Channels[2].CommentsOf, c.Channels[2].Renamed = 4, "@alpha", true
			c.Channels = append(c.Channels, collector.Progress{Reference: "@alphanews", SameAs: "@alpha", State: collector.Done})
		},
		"live-look-ups": func(c *collector.Collection) {
			running(c)
			until := noon.Add(26 * time.Hour)
			c.State, c.Waits, c.RetryAt = collector.Waiting, collector.LookUps, &until
			c.Channels[2].State, c.Channels[2].Detail, c.Channels[2].RetryAt = collector.Waiting, "budget", &until
		},
		"live-paused": func(c *collector.Collection) {
			running(c)
			c.State, c.Error, c.Requested.Depth = collector.Paused, collector.Quota, 2
		},
	} {
		s.engine.change(w, id, -1, func(c *collector.Collection) {
			c.Error, c.Waits, c.RetryAt, c.Requested.Depth = "", "", nil, 0
			change(c)
		})
		golden(t, name, b.swapping("view").get("/collections/"+id).body)
	}
}

// TestGoldenNetwork compares the Network tab, and the pages that it links to, with golden
// files.
func TestGoldenNetwork(t *testing.T) {
	t.Parallel()
	_, b, _ := networked(t, collector.SourceTelegram)
	goldenPages(t, b, map[string]string{
		"network":         "look /tabs/network?kinds=forward&kinds=mention&least=1&until=x&nodes=-rank",
		"network-details": "network-details /tabs/network?channel=2001&until=2024-02-06",
		"network-tables":  "network-tables /tabs/network",
		"ties":            "look /network/ties?source=1001&target=2001&since=2024-02-04&until=2024-02-06",
		"ties-side":       "network-details /network/ties?source=1001&target=2001",
		"snowball":        "look /network/snowball?least=1&kinds=mention&kinds=forward",
		"price":           "look /network/price?key=2001&key=1002&key=nobody&key=@unknown_one&last=1000",
	})
}

// goldenPages compares pages, each given as the element that htmx swaps and the address.
func goldenPages(t *testing.T, b *browser, pages map[string]string) {
	t.Helper()
	for name, page := range pages {
		target, address, _ := strings.Cut(page, " ")
		r := b.swapping(target).get(address)
		if r.status >= 400 && r.status != 422 {
			t.Errorf("%s: status %d", address, r.status)
		}
		golden(t, name, r.body)
	}
}

// TestGoldenImports compares the results of imports, and of looking first, with golden files.
func TestGoldenImports(t *testing.T) {
	t.Parallel()
	s := newSite(t, offersPreview)
	b := s.without(t, true)
	for name, now := range map[string]collector.Import{
		"import-done": {
			ID: "u", State: collector.Done, Files: []collector.ImportFile{{Name: "bundle.zip"}}, LocalDay: true,
			Sum:     collector.Imported{New: 3, Newer: 2, Older: 1, Known: 7},
			LeftOut: []string{hostile}, LeftOutMore: 1, Dropped: map[string]int{"MessageMediaNovel": 2, "PhotoSize.location": 5},
			Channels: []collector.Imported{{ChannelID: 5, Username: "alpha", Title: hostile, New: 3, Newer: 2, Older: 1, Known: 7}},
			Read:     []collector.ImportedFile{{Name: "bundle.zip/messages.parquet", Kind: "messages.parquet of telegramtrac", Messages: 13}},
			Apart: []collector.TakenOver{{Username: "quay", Why: collector.ApartUnknown},
				{Username: "mole", Why: collector.ApartDiffers, MessageID: 17}},
		},
		"import-failed": {ID: "u", State: collector.Failed, Error: collector.ImportBadFile,
			Fault: &collector.FileError{File: "a.json", Line: 1200, Field: "date", Problem: "there is a text"}},
		"import-running": {ID: "u", State: collector.Running, Step: collector.ImportMerging, Done: 1000, Total: 4000,
			Files: []collector.ImportFile{{Name: "a.json"}}},
	} {
		for v := range s.engine.workspaces {
			s.engine.imports[v] = now
		}
		golden(t, name, b.swapping("view").get("/import").body)
	}
	s.engine.looks = []engine.Look{
		{Reference: "@harbour", Channel: collector.Channel{Username: "harbour", Title: "Harbour News", About: "News",
			Participants: ptr[int64](4100), ParticipantsRounded: true, Verified: true},
			Messages: []collector.Message{{ID: 5, Date: noon, Text: "Ships", MediaType: "MessageMediaPhoto"}}},
		{Reference: "@talk_group", Error: collector.NoPreview, Detail: "group"},
		{Reference: "@held_back", Error: collector.Flood, RetryAt: noon.Add(18 * time.Second)},
	}
	names := url.Values{"channels": {"@harbour @talk_group @held_back"}}
	golden(t, "look", b.swapping("look").post("/look", names).body)
}
