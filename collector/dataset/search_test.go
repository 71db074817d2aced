package dataset

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/query"
	"telegramtrac/collector/search"
)

// searched is a query that is one.
func searched(text string) search.Query {
	q, mistakes := search.Parse(text)
	if len(mistakes) > 0 {
		panic(fmt.Sprint(text, mistakes))
	}
	return q
}

func searchFor(tb testing.TB, text string) query.Query {
	tb.Helper()
	return query.Query{Filter: query.Filter{Search: searched(text)}, Limit: 50}
}

// pieces are what texts and queries are made of, in the forms in which people write them.
var pieces = []string{
	"ferry", "FERRY", "Ferryman", "férry", "ｆｅｒｒｙ", "cafe\u0301", "Straße", "strasse", "паром", "Паро́м", "ёлка", "елка", "мой", "мои\u0306",
	"أحمد", "احمد", "مدرسة", "مُدَرِّسه", "ســلام", "渡し船", "船は九時", "เรือข้ามฟาก", "서울에서", "서울", "फ़ेरी", "המעבורת", "🔥", "👩‍👩‍👧", "9️⃣", "C++",
	"o'clock", "o’clock", "12", "१२", "example.org", "a_b", "x", "and", "№5", "K", "\u212a",
}

var gaps = []string{" ", " ", " ", ", ", "\n", " – ", "", "... ", "\u200b", "-"}

func inventText(r *rand.Rand, n int) string {
	var out strings.Builder
	for range n {
		out.WriteString(pieces[r.IntN(len(pieces))])
		out.WriteString(gaps[r.IntN(len(gaps))])
	}
	return out.String()
}

// one picks one of some.
func one(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }

// inventQuery makes a query of any kind, up to some depth.
func inventQuery(r *rand.Rand, depth int) string {
	if depth > 0 && r.IntN(2) == 0 {
		a, b := inventQuery(r, depth-1), inventQuery(r, depth-1)
		return one(r, a+" "+b, "("+a+" OR "+b+")", "-("+a+")", "("+a+" "+b+")")
	}
	number := func() string {
		n := r.IntN(6)
		return one(r, fmt.Sprint(n), fmt.Sprintf(">%d", n), fmt.Sprintf(">=%d", n), fmt.Sprintf("<%d", n), fmt.Sprintf("<=%d", n),
			fmt.Sprintf("%d..%d", n, n+2), fmt.Sprintf("..%d", n), fmt.Sprintf("%d..", n))
	}
	piece := strings.Trim(pieces[r.IntN(len(pieces))], "+")
	letters := []rune(piece)
	from := r.IntN(len(letters))
	part := string(letters[from : from+1+r.IntN(len(letters)-from)])
	words := func() string {
		return one(r, piece, `"`+piece+one(r, " ", ", ", "-")+pieces[r.IntN(len(pieces))]+`"`, `"`+part+`*"`, `"*`+part+`"`, `"*`+part+`*"`,
			`"`+strings.TrimSpace(inventText(r, 3))+`"`)
	}
	if r.IntN(2) == 0 {
		w := words()
		if _, mistakes := search.Parse(w); len(mistakes) == 0 {
			return w
		}
		return "ferry"
	}
	return one(r,
		"/f.rr(y|i)/", "/паром|ёл/", "/^x/", "/[0-9]+/", "/船|فر/", "/(?-i)FERRY/", "/e\\b/",
		"channel:channel1", "channel:2", "channel:nobody", `channel:"Channel 3"`, "channel:chan*",
		"from:anna", "from:3", "from:author*", "forward:source", "forward:2", `forward:"hidden name"`, "forward:channel*",
		"mentions:anna", "mentions:@ann*", "domain:example.org", "domain:org", "domain:t.me", "link:x/1", "link:EXAMPLE",
		"hashtag:ferry", "hashtag:#fer*", "hashtag:*a",
		"lang:"+one(r, "en", "ru", "none", "none"),
		"media:"+one(r, "any", "none", "photo", "video", "audio", "file", "poll", "place", "page", "MessageMediaGeo"),
		"has:"+one(r, "link", "media", "poll", "reply", "comments", "geo"),
		"is:"+one(r, "forward", "edited", "gone", "pinned", "service", "album", "comment"),
		"is:"+one(r, "forward", "edited", "gone", "pinned", "service", "album", "comment"),
		"views:"+number(), "forwards:"+number(), "replies:"+number(), "reactions:"+number(),
		"date:2024", "date:2024-02", "date:2024-02-29", "date:>2024-02-29", "date:..2024-02-29", "date:2024-03-01..2024-03-02", "date:2023")
}

// inventSearchable makes a message that queries can tell from others.
func inventSearchable(r *rand.Rand, channelID, id int64) collector.Message {
	m := inventMessage(r, channelID, id)
	m.Text = inventText(r, r.IntN(8))
	few := func(n **int64) {
		if *n = nil; r.IntN(3) > 0 {
			v := r.Int64N(6)
			*n = &v
		}
	}
	few(&m.Views)
	few(&m.Forwards)
	few(&m.Replies)
	few(&m.ReactionsTotal)
	m.FromType, m.FromID = one(r, "", collector.PeerUser, collector.PeerChannel), r.Int64N(4)
	if m.FromType == "" {
		m.FromID = 0
	}
	m.PostAuthor = one(r, "", "", "Author One", "Ánna")
	m.ForwardDate, m.ForwardFromType, m.ForwardFromID, m.ForwardFromName, m.ForwardFromUsername = nil, "", 0, "", ""
	if r.IntN(3) == 0 {
		m.ForwardFromType, m.ForwardFromID = collector.PeerChannel, 1+r.Int64N(5)
		m.ForwardFromName, m.ForwardFromUsername = one(r, "", "Hidden Name", "source"), one(r, "", "Source", "channel2")
	}
	m.MediaType = one(r, "", "MessageMediaPhoto", "MessageMediaDocument", "MessageMediaPoll", "MessageMediaGeo", "MessageMediaWebPage")
	m.MIMEType = one(r, "", "video/mp4", "audio/ogg", "text/plain")
	m.Links, m.Mentions, m.Hashtags = nil, nil, nil
	for range r.IntN(3) {
		m.Links = append(m.Links, one(r, "https://example.org/x/1", "http://www.Example.org", "https://t.me/anna/1", "mailto:x@y.org"))
		m.Mentions = append(m.Mentions, one(r, "Anna", "annabel", "bob"))
		m.Hashtags = append(m.Hashtags, one(r, "Ferry", "férry", "паром", "área"))
	}
	m.Domain, m.URL = one(r, "", "example.org", "news.example.org"), one(r, "", "https://news.example.org/x/1")
	if r.IntN(2) == 0 {
		m.PollID = 0
	}
	m.GeoType = one(r, "", "MessageMediaGeo")
	m.ThreadChannelID, m.ThreadMessageID = 0, 0
	m.ReplyToMessageID, m.ReplyToTopID, m.ReplyToChannelID = r.Int64N(4)*r.Int64N(20), r.Int64N(2)*r.Int64N(20), 0
	if id < 20 && channelID == 3 {
		m.ThreadChannelID, m.ThreadMessageID = 1, id
	}
	if m.Source = one(r, collector.SourceTelegram, collector.SourcePreview); r.IntN(4) == 0 {
		m.Raw = one(r, `{"_":"Message","edit_hide":true}`, `{"forwarded_from":{"name":"x"}}`)
	}
	return m
}

// searchable has parts that overlap, gaps, edits, messages that are gone, comments and names.
func searchable(t *testing.T, r *rand.Rand) *Dataset {
	t.Helper()
	d := open(t, t.TempDir())
	w := d.Writer(1)
	put := func(channel, lo, hi int64, at time.Time) {
		p := collector.Part{ChannelID: channel, Range: collector.Range{Lo: lo, Hi: hi}, Source: collector.SourceTelegram, ObservedAt: at,
			ProvedAt: at.Add(time.Minute)}
		for id := hi; id >= lo; id-- {
			if r.IntN(8) > 0 {
				p.Messages = append(p.Messages, inventSearchable(r, channel, id))
			}
		}
		for id, name := range map[int64]string{1: "", 2: "Anna", 3: "Source"} {
			p.Peers = append(p.Peers, collector.Peer{Type: collector.PeerUser, ID: id, Title: name},
				collector.Peer{Type: collector.PeerChannel, ID: id + 2, Username: strings.ToLower(name), Title: "Channel of " + name})
		}
		put1(t, w, p)
	}
	for channel := int64(1); channel <= 3; channel++ {
		kind := collector.Broadcast
		if channel == 3 {
			kind = collector.Supergroup
		}
		if err := w.PutChannel(t.Context(), collector.Channel{ID: channel, Username: fmt.Sprintf("channel%d", channel), Kind: kind,
			Title: fmt.Sprintf("Channel %d", channel), Source: collector.SourceTelegram, LastSeenAt: dayZero}); err != nil {
			t.Fatal(err)
		}
		for lo := int64(1); lo < 150; lo += 50 {
			put(channel, lo, lo+49, dayZero)
		}
	}
	put(2, 31, 80, dayZero.Add(time.Hour))
	put(3, 1, 30, dayZero.Add(2*time.Hour))
	put(3, 20, 60, dayZero.Add(3*time.Hour))
	return d
}

// known is what naive evaluation knows of names: the same, told by hand.
func known(do func(search.Who, ...string)) {
	for id := int64(1); id <= 3; id++ {
		do(search.Who{Type: collector.PeerChannel, ID: id}, fmt.Sprintf("channel%d", id), fmt.Sprintf("Channel %d", id))
	}
	for id, name := range map[int64]string{2: "Anna", 3: "Source", 1: ""} {
		do(search.Who{Type: collector.PeerUser, ID: id}, name)
		do(search.Who{Type: collector.PeerChannel, ID: id + 2}, strings.ToLower(name), "Channel of "+name)
	}
}

// TestSearches holds what is found of random queries, over columns, to what each row says of
// itself, before and after the channels are compacted.
func TestSearches(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(17, 4))
	d := searchable(t, r)
	found := 0
	for i, state := range []string{"in parts", "compacted"} { // rows of parts that overlap are merged one by one
		queries := []int{150, 350}[i]
		var all []collector.Message
		earlier := map[[2]int64][]string{}
		for channel := int64(1); channel <= 3; channel++ {
			for m, err := range d.Scan(t.Context(), channel) {
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, *m)
			}
			if err := d.EachVersion(t.Context(), channel, func(vs []part.Version) error {
				for _, v := range vs {
					key := [2]int64{v.ChannelID, v.ID}
					earlier[key] = append(earlier[key], v.Text)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		if len(earlier) == 0 {
			t.Fatal("nothing was edited")
		}
		for range queries {
			text := inventQuery(r, 3)
			if r.IntN(8) == 0 {
				text = "(" + text + ") in:history"
			}
			q := searched(text)
			naive := q.Matcher(known)
			bound, err := d.Matcher(t.Context(), q, 0)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for i := range all {
				m := &all[i]
				is := naive.Match(m, earlier[[2]int64{m.ChannelID, m.ID}]...)
				if is {
					want = append(want, fmt.Sprint(m.ChannelID, "/", m.ID))
				}
				if bound.Match(m) != is {
					t.Fatalf("%s, %s: the dataset's matcher says %t of %d/%d", state, q, !is, m.ChannelID, m.ID)
				}
			}
			page, err := d.Page(t.Context(), query.Query{Filter: query.Filter{Search: q}, Limit: len(all), Columns: []string{"text"}})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range page.Messages {
				got = append(got, fmt.Sprint(m.ChannelID, "/", m.ID))
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("%s, %s: %d found, want %d\nlost: %v\nmore: %v", state, q, len(got), len(want), without(want, got), without(got, want))
			}
			if len(got) > 0 && len(got) < len(all) {
				found++
			}
		}
		w := d.Writer(2)
		for channel := int64(1); channel <= 3; channel++ {
			if err := w.Compact(t.Context(), channel); err != nil {
				t.Fatal(err)
			}
		}
	}
	if found < 250 {
		t.Errorf("only %d of 500 queries find some and not all", found)
	}
}

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}
