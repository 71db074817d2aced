// Package suite_test tests the source against served pages. It is a package of its
// own so that fuzzing the readers need not instrument all of gotd.
package suite_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/gate/gatetest"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/preview"
	"telegramtrac/collector/sandbox/web"
	"telegramtrac/collector/sandbox/world"
)

// newClock is a clock that stands still but for the waits, which take no time.
func newClock() *gatetest.Still {
	return gatetest.NewStill(time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC))
}

// serve serves a world's pages, and makes a site of them.
func serve(t testing.TB, w *world.World) (*web.Handler, *preview.Site, *gatetest.Still) {
	t.Helper()
	h := web.New(w)
	c := newClock()
	return h, siteOf(t, h, c), c
}

func serverURL(t testing.TB, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func siteOf(t testing.TB, h http.Handler, c *gatetest.Still) *preview.Site {
	t.Helper()
	site, err := preview.New(preview.Options{URL: serverURL(t, h), Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	return site
}

var begun = time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)

// harbour is a channel of n messages over many days with gaps in its ids, each
// ninth beginning an album of up to five, and the messages that were said.
func harbour(t testing.TB, n int) (*world.World, *world.Channel, []collector.Message) {
	t.Helper()
	w := world.New()
	ch := &world.Channel{TL: tg.Channel{ID: 7001, Title: "Harbour", Username: "harbour_news", Broadcast: true}}
	ch.Full.ParticipantsCount = 82_932
	w.AddChannel(ch)
	var rows []collector.Message
	id := 1
	for i := 0; i < n; i++ {
		switch {
		case i == 300:
			id += 400 // a long gap
		case i%13 == 5:
			id += 2
		}
		date := int(begun.Unix()) + i*7000
		row := collector.Message{ChannelID: 7001, ID: int64(id), Kind: collector.KindMessage, Date: time.Unix(int64(date), 0).UTC()}
		var m tg.MessageClass
		switch album := i % 9; {
		case i%50 == 20 && album > 4:
			m = &tg.MessageService{ID: id, PeerID: &tg.PeerChannel{ChannelID: 7001}, Date: date, Post: true,
				Action: &tg.MessageActionChatEditPhoto{Photo: &tg.PhotoEmpty{}}}
			row.Kind = collector.KindService
		case album <= 4 && i%2000/9%3 == 1: // of a third of the nines, the first five are an album
			p := &tg.Message{ID: id, PeerID: &tg.PeerChannel{ChannelID: 7001}, Date: date - album*7000, Post: true, GroupedID: int64(1000 + i/9),
				Media: &tg.MessageMediaPhoto{Photo: &tg.Photo{ID: int64(id), Sizes: []tg.PhotoSizeClass{}}}}
			row.Date = time.Unix(int64(p.Date), 0).UTC()
			if album == 0 {
				p.Message = fmt.Sprintf("album %d\nof the harbour", id)
				row.Text = p.Message
			}
			m = p
		default:
			row.Text = fmt.Sprintf("message %d <b>&amp; 😀", id)
			p := &tg.Message{ID: id, PeerID: &tg.PeerChannel{ChannelID: 7001}, Date: date, Post: true, Message: row.Text}
			p.SetViews(id * 7)
			m = p
		}
		if err := ch.Log.Append(m); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
		id++
	}
	w.AddChannel(&world.Channel{TL: tg.Channel{ID: 7002, Title: "Talk", Username: "harbour_talk", Megagroup: true}})
	w.AddChannel(&world.Channel{TL: tg.Channel{ID: 7003, Title: "Closed", Username: "harbour_off", Broadcast: true}})
	w.AddChannel(&world.Channel{TL: tg.Channel{ID: 7004, Title: "Refused", Username: "harbour_refused", Broadcast: true},
		Refused: "CHAT_RESTRICTED"})
	w.AddChannel(&world.Channel{TL: tg.Channel{ID: 7005, Title: "Empty", Username: "harbour_empty", Broadcast: true}})
	w.AddUser(&tg.User{ID: 77, FirstName: "Mara", Username: "harbour_mara"})
	w.AddUser(&tg.User{ID: 78, FirstName: "Bot", Username: "harbour_bot", Bot: true})
	return w, ch, rows
}

var off = map[string]bool{"harbour_off": true}

func TestSourceConformance(t *testing.T) {
	w, _, rows := harbour(t, 700)
	for name, hooks := range map[string]web.Hooks{
		"as Telegram":          {Off: off},
		"small pages":          {Off: off, Blocks: 3},
		"no more link":         {Off: off, NoOlder: true, Blocks: 7},
		"conditional":          {Off: off, Tags: true},
		"refused now and then": {Off: off, Refuse: everyFifth(new(atomic.Int64))},
	} {
		t.Run(name, func(t *testing.T) {
			h, site, _ := serve(t, w)
			h.Set(hooks)
			collectortest.TestSource(t, site.Source(nil, nil), collectortest.Truth{
				Username: "harbour_news", Rows: slices.Clone(rows),
				Wrong: map[string]collector.Kind{
					"@nobody_here": collector.NotFound, "@harbour_mara": collector.NotAChannel, "@harbour_bot": collector.NotAChannel,
					"@harbour_talk": collector.NoPreview, "@harbour_off": collector.NoPreview, "@harbour_refused": collector.Restricted,
					"@harbour_empty": collector.NoPreview, "9999999": collector.NotFound, "t.me/+abc": collector.Private,
				},
			})
		})
	}
}

// TestDamagedPosts: what one post lacks costs that post, in a whole channel; it is
// counted with what cannot be read.
func TestDamagedPosts(t *testing.T) {
	w, _, rows := harbour(t, 120)
	h, site, _ := serve(t, w)
	date := regexp.MustCompile(`(harbour_news/30"><time datetime=)"[^"]*"`)
	h.Set(web.Hooks{Damage: func(page string) string {
		return date.ReplaceAllString(strings.Replace(page, `data-post="harbour_news/50"`, "", 1), `$1""`)
	}})
	store := collectortest.NewStore()
	progress, err := loop.Collect(t.Context(),
		loop.Run{ID: "one", Source: site.Source(nil, nil), Store: store, Request: collector.Request{Channels: []string{"@harbour_news"}},
			MaxInFlight: 1})
	if err != nil {
		t.Fatal(err)
	}
	if p := progress[0]; p.State != collector.Done || p.Unreadable != 1 || p.Messages+p.Service != int64(len(rows))-1 {
		t.Errorf("%+v, want %d messages and 1 that cannot be read", p, len(rows)-1)
	}
}

// everyFifth refuses each fifth request, with one wait or none to ask for.
func everyFifth(n *atomic.Int64) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		switch n.Add(1) % 10 {
		case 4:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		case 9:
			w.WriteHeader(http.StatusBadGateway)
		default:
			return false
		}
		return true
	}
}

// TestCollect collects a channel whole, while it changes, and then what is new.
func TestCollect(t *testing.T) {
	w, ch, rows := harbour(t, 900)
	h, site, _ := serve(t, w)
	late := &tg.Message{ID: 5000, PeerID: &tg.PeerChannel{ChannelID: 7001}, Date: int(begun.Unix()) + 10_000_000, Post: true, Message: "late"}
	gone := rows[100].ID
	var pages atomic.Int64
	h.Set(web.Hooks{Refuse: everyFifth(new(atomic.Int64)), Before: func(r *http.Request) {
		if r.URL.Query().Has("before") && pages.Add(1) == 3 {
			if err := ch.Log.Append(late); err != nil {
				t.Error(err)
			}
			ch.Log.Delete(int(gone))
		}
	}})
	store := collectortest.NewStore()
	run := loop.Run{ID: "one", Source: site.Source(nil, nil), Store: store, Request: collector.Request{Channels: []string{"@Harbour_News"}},
		MaxInFlight: 1}
	progress, err := loop.Collect(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	want := map[int64]string{}
	for _, m := range rows {
		if m.ID != gone {
			want[m.ID] = m.Text
		}
	}
	wantTexts(t, store, want)
	p := progress[0]
	if p.State != collector.Done || p.Absent != 0 || p.Messages+p.Service != int64(len(want)) || p.Waits == 0 {
		t.Errorf("progress %+v, want %d rows, none absent", p, len(want))
	}
	if store.Doubled() != 0 {
		t.Errorf("%d messages were put twice", store.Doubled())
	}
	if n := p.Requests; n > int64(len(rows))/20*3/2+20 {
		t.Errorf("%d requests for %d messages: pages were read more than once", n, len(rows))
	}
	receipt, _ := store.Receipt("one", "@Harbour_News")
	if receipt.Source != collector.SourcePreview || receipt.AbsentCount != 0 || len(receipt.Absent) != 0 || len(receipt.Covered) != 1 {
		t.Errorf("receipt %+v: the preview proves no absence, and covers everything", receipt)
	}

	before := len(h.Asked())
	run.ID, run.Source = "two", site.Source(nil, nil)
	if _, err = loop.Collect(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	want[5000] = "late"
	wantTexts(t, store, want)
	if n := len(h.Asked()) - before; n > 6 {
		t.Errorf("%d requests for one new message: %v", n, h.Asked()[before:])
	}
}

func wantTexts(t *testing.T, store *collectortest.Store, want map[int64]string) {
	t.Helper()
	got := map[int64]string{}
	for id, m := range store.Rows(7001) {
		got[id] = m.Text
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

// TestGap: a page without messages in the middle of a channel is no end. What lies
// below it is read from the other side, while messages come and go.
func TestGap(t *testing.T) {
	for name, hooks := range map[string]web.Hooks{"as Telegram": {}, "small pages": {Blocks: 3}, "no more link": {NoOlder: true, Blocks: 5}} {
		t.Run(name, func(t *testing.T) {
			w, ch, rows := harbour(t, 400)
			h, site, _ := serve(t, w)
			var forward atomic.Int64
			gone, low := rows[30].ID, rows[200].ID
			hooks.Empty = func(r *http.Request) bool {
				before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
				return err == nil && before < low
			}
			hooks.Before = func(r *http.Request) {
				if r.URL.Query().Has("after") && forward.Add(1) == 2 {
					late := &tg.Message{ID: 5000, PeerID: &tg.PeerChannel{ChannelID: 7001}, Date: int(begun.Unix()) + 10_000_000, Post: true,
						Message: "late"}
					if err := ch.Log.Append(late); err != nil {
						t.Error(err)
					}
					ch.Log.Delete(int(gone))
				}
			}
			h.Set(hooks)
			store := collectortest.NewStore()
			progress, err := loop.Collect(t.Context(),
				loop.Run{ID: "one", Source: site.Source(nil, nil), Store: store, Request: collector.Request{Channels: []string{"harbour_news"}},
					MaxInFlight: 1})
			if err != nil || progress[0].State != collector.Done {
				t.Fatalf("%+v, %v", progress, err)
			}
			want := map[int64]string{}
			for _, m := range rows {
				want[m.ID] = m.Text
			}
			delete(want, gone) // it went before its page was read
			wantTexts(t, store, want)
			if store.Doubled() != 0 || forward.Load() < 2 {
				t.Errorf("%d were put twice, %d pages were read from below", store.Doubled(), forward.Load())
			}
		})
	}
}

// TestBoundsOverGap: dates are found where pages without messages stand over a gap,
// and in a channel that has none.
func TestBoundsOverGap(t *testing.T) {
	w, _, rows := harbour(t, 400)
	between := func(lo, hi int) func(*http.Request) bool {
		return func(r *http.Request) bool {
			before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
			return err == nil && before > rows[lo].ID && before < rows[hi].ID
		}
	}
	for name, empty := range map[string]func(*http.Request) bool{
		"no gap": nil, "to the bottom": between(0, 200), "in the middle": between(100, 300), "just below the newest page": between(350, 385),
	} {
		for _, blocks := range []int{3, 20} {
			h, site, _ := serve(t, w)
			h.Set(web.Hooks{Empty: empty, Blocks: blocks})
			src := site.Source(nil, nil)
			ch, err := src.Channel(t.Context(), collector.Reference{Username: "harbour_news"})
			if err != nil {
				t.Fatal(err)
			}
			for n := 0; n < len(rows); n += 67 {
				since, until := rows[n].Date, rows[min(n+40, len(rows)-1)].Date
				before := len(h.Asked())
				got, err := src.Bounds(t.Context(), ch, since, until)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range rows {
					if in := !m.Date.Before(since) && m.Date.Before(until); in && !got.Contains(m.ID) {
						t.Errorf("%s, %d blocks: %v to %v are %d to %d, without %d of %v", name, blocks, since, until, got.Lo, got.Hi, m.ID, m.Date)
						break
					}
				}
				if low := rows[max(0, n-1)].ID; n > 10 && got.Lo < low-20 {
					t.Errorf("%s, %d blocks: since %v begins at %d, message %d was before", name, blocks, since, got.Lo, low)
				}
				if asked := len(h.Asked()) - before; asked > 45 {
					t.Errorf("%s, %d blocks: %d requests for two dates", name, blocks, asked)
				}
			}
		}
	}
}

// TestInterleavedAlbums: messages may come in between the parts of an album, and a
// page may begin there. Every range tells each of its messages once, newest first,
// whatever the pages look like.
func TestInterleavedAlbums(t *testing.T) {
	groups := map[int]int64{10: 1, 11: 1, 13: 1, 15: 2, 17: 3, 18: 2, 20: 3, 22: 3, 30: 4, 36: 4, 38: 5, 39: 5}
	gone := map[int]bool{5: true, 21: true, 31: true, 32: true, 40: true}
	w := world.New()
	ch := &world.Channel{TL: tg.Channel{ID: 7001, Title: "Harbour", Username: "harbour_news", Broadcast: true}}
	w.AddChannel(ch)
	var ids []int64
	for id := 1; id <= 45; id++ {
		if gone[id] {
			continue
		}
		m := &tg.Message{ID: id, PeerID: &tg.PeerChannel{ChannelID: 7001}, Date: int(begun.Unix()) + id, Post: true, Message: fmt.Sprint(id)}
		if groups[id] != 0 {
			m.GroupedID, m.Media = groups[id], &tg.MessageMediaPhoto{Photo: &tg.Photo{ID: int64(id), Sizes: []tg.PhotoSizeClass{}}}
		}
		if err := ch.Log.Append(m); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, int64(id))
	}
	for _, blocks := range []int{1, 2, 4, 7} {
		for name, hooks := range map[string]web.Hooks{"down": {}, "from below": {Empty: func(r *http.Request) bool {
			before, err := strconv.Atoi(r.URL.Query().Get("before"))
			return err == nil && before <= 19
		}}} {
			h, site, _ := serve(t, w)
			hooks.Blocks = blocks
			h.Set(hooks)
			src := site.Source(nil, nil)
			c, err := src.Channel(t.Context(), collector.Reference{Username: "harbour_news"})
			if err != nil {
				t.Fatal(err)
			}
			for lo := int64(1); lo <= 45; lo += 1 + lo%3 {
				for hi := lo; hi <= 45; hi += 1 + hi%9 {
					var want, got []int64
					for _, id := range slices.Backward(ids) {
						if id >= lo && id <= hi {
							want = append(want, id)
						}
					}
					for page, err := range src.Messages(t.Context(), c, collector.Range{Lo: lo, Hi: hi}) {
						if err != nil {
							t.Errorf("%s, %d blocks, %d to %d: %v", name, blocks, lo, hi, err)
						}
						for _, m := range page.Messages {
							got = append(got, m.ID)
						}
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Fatalf("%s, %d blocks, %d to %d (-want +got):\n%s", name, blocks, lo, hi, diff)
					}
				}
			}
		}
	}
}

// TestBottom: below a channel's first message one request tells that there is
// nothing, and no more.
func TestBottom(t *testing.T) {
	w, ch, rows := harbour(t, 100)
	for _, m := range rows[:40] {
		ch.Log.Delete(int(m.ID))
	}
	h, site, _ := serve(t, w)
	src := site.Source(nil, nil)
	c, err := src.Channel(t.Context(), collector.Reference{Username: "harbour_news"})
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for page, err := range src.Messages(t.Context(), c, collector.Range{Lo: 1, Hi: rows[len(rows)-1].ID}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Messages {
			got = append(got, m.ID)
		}
	}
	var want []int64
	for _, m := range slices.Backward(rows[40:]) {
		want = append(want, m.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	n := 0
	for _, path := range h.Asked() {
		if strings.Contains(path, "after=") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("asked %v, want one look from below", h.Asked())
	}
}

// TestResume breaks collecting off in the middle again and again: what was put
// is not fetched again, and in the end each message is there once.
func TestResume(t *testing.T) {
	w, _, rows := harbour(t, 2500)
	_, site, _ := serve(t, w)
	store := collectortest.NewStore()
	for n := range 4 {
		ctx, cancel := context.WithCancel(t.Context())
		store.OnPut = func(collector.Part) error {
			if n < 3 {
				cancel()
			}
			return nil
		}
		_, _ = loop.Collect(ctx, loop.Run{ID: "x", Source: site.Source(nil, nil), Store: store,
			Request: collector.Request{Channels: []string{"harbour_news"}}})
		cancel()
	}
	if got := len(store.Rows(7001)); got != len(rows) || store.Doubled() > 0 {
		t.Errorf("%d messages, %d put twice; want %d, 0", got, store.Doubled(), len(rows))
	}
}

// TestWorld collects every channel of the sandbox's invented city.
func TestWorld(t *testing.T) {
	w := world.Generate(1)
	_, site, _ := serve(t, w)
	for _, c := range w.Public() {
		if c.TL.Megagroup || c.Refused != "" || c.Log.Len() == 0 || c.Log.Len() > 3000 {
			continue
		}
		store := collectortest.NewStore()
		progress, err := loop.Collect(t.Context(),
			loop.Run{ID: "w", Source: site.Source(nil, nil), Store: store, Request: collector.Request{Channels: []string{c.Name()}}})
		if err != nil || progress[0].State != collector.Done {
			t.Errorf("@%s: %+v, %v", c.Name(), progress[0], err)
			continue
		}
		got := slices.Sorted(maps.Keys(store.Rows(c.TL.ID)))
		var want []int64
		for i := range c.Log.Len() {
			want = append(want, int64(c.Log.ID(i)))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("@%s: ids (-want +got):\n%s", c.Name(), diff)
		}
	}
}

// TestRow holds everything that a page shows of a message to its columns.
func TestRow(t *testing.T) {
	w, ch, _ := harbour(t, 20)
	m := &tg.Message{ID: 900, PeerID: &tg.PeerChannel{ChannelID: 7001}, Date: int(begun.Unix()) + 900_000, Post: true, PostAuthor: "Mara Quay",
		ViaBotID: 78,
		Message:  "See harbour.example and @harbour_talk #tide or read on, 😀 bold",
		Entities: []tg.MessageEntityClass{
			&tg.MessageEntityURL{Offset: 4, Length: 15}, &tg.MessageEntityMention{Offset: 24, Length: 13},
			&tg.MessageEntityHashtag{Offset: 38, Length: 5},
			&tg.MessageEntityTextURL{Offset: 47, Length: 7, URL: "https://t.me/harbour_off/12"}, &tg.MessageEntityBold{Offset: 59, Length: 4},
		},
		FwdFrom: tg.MessageFwdHeader{FromID: &tg.PeerChannel{ChannelID: 7003}, ChannelPost: 44, Date: 1},
		ReplyTo: &tg.MessageReplyHeader{ReplyToMsgID: 3},
		Media: &tg.MessageMediaDocument{Document: &tg.Document{ID: 5, Size: 53_862, MimeType: "application/pdf",
			Attributes: []tg.DocumentAttributeClass{&tg.DocumentAttributeFilename{FileName: "tide.pdf"}}}},
	}
	m.SetViews(82_931)
	m.SetEditDate(int(begun.Unix()) + 900_100)
	m.Reactions.Results = []tg.ReactionCount{{Reaction: &tg.ReactionEmoji{Emoticon: "👍"}, Count: 1240},
		{Reaction: &tg.ReactionCustomEmoji{DocumentID: 99}, Count: 3}, {Reaction: &tg.ReactionPaid{}, Count: 7}}
	m.SetFlags()
	if err := ch.Log.Append(m); err != nil {
		t.Fatal(err)
	}
	_, site, _ := serve(t, w)
	ptr := func(n int64) *int64 { return &n }
	want := collector.Message{
		ChannelID: 7001, ID: 900, Kind: collector.KindMessage, Date: begun.Add(900_000 * time.Second), Text: m.Message,
		Entities: []collector.Entity{
			{Type: "MessageEntityUrl", Offset: 4, Length: 15}, {Type: "MessageEntityMention", Offset: 24, Length: 13},
			{Type: "MessageEntityHashtag", Offset: 38, Length: 5},
			{Type: "MessageEntityTextUrl", Offset: 47, Length: 7, URL: "https://t.me/harbour_off/12"},
			{Type: "MessageEntityBold", Offset: 59, Length: 4},
		},
		Views: ptr(82_900), ViewsRounded: true, ReactionsTotal: ptr(1203), Stars: ptr(7), ReactionsRounded: true,
		Reactions:       []collector.Reaction{{Emoji: "👍", Count: 1200}, {CustomEmojiID: 99, Count: 3}},
		ForwardFromType: collector.PeerChannel, ForwardFromUsername: "harbour_off", ForwardFromName: "Closed", ForwardMessageID: 44,
		ReplyToMessageID: 3, MediaType: "MessageMediaDocument", FileName: "tide.pdf", FileSize: ptr(53_862), FileSizeRounded: true,
		Links:    []string{"harbour.example", "https://t.me/harbour_off/12"},
		TMeLinks: []collector.TMeLink{{Username: "harbour_off", MessageID: 12}},
		Mentions: []string{"harbour_talk"}, Hashtags: []string{"tide"},
	}
	want.Reactions[0].Count, *want.ReactionsTotal = 1240, 1243 // two decimals are shown
	for name, pseudonym := range map[string]collector.Pseudonym{"personal": nil, "private": func(id int64) int64 { return -id }} {
		src := site.Source(pseudonym, nil)
		got := one(t, src, 900)
		want.PostAuthor = ""
		if pseudonym == nil {
			want.PostAuthor = "Mara Quay"
		}
		if held := strings.Contains(got.Raw, "Mara") || strings.Contains(got.Raw, "harbour_bot"); held != (pseudonym == nil) {
			t.Errorf("%s: names in raw: %v: %s", name, held, got.Raw)
		}
		if !strings.Contains(got.Raw, `"edited":true`) {
			t.Errorf("%s: raw does not say that it was edited: %s", name, got.Raw)
		}
		got.Raw = ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func one(t *testing.T, src *preview.Source, id int64) collector.Message {
	t.Helper()
	ch, err := src.Channel(t.Context(), collector.Reference{Username: "harbour_news"})
	if err != nil {
		t.Fatal(err)
	}
	if ch.Participants == nil || *ch.Participants != 82_932 || ch.ParticipantsRounded {
		t.Errorf("participants %v, rounded %v; want 82932 from the info page", ch.Participants, ch.ParticipantsRounded)
	}
	for page, err := range src.Messages(t.Context(), ch, collector.Range{Lo: id, Hi: id}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Messages {
			return m
		}
	}
	t.Fatalf("message %d is not there", id)
	return collector.Message{}
}
