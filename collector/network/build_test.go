package network_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/staging"
	"telegramtrac/collector/network"
	"telegramtrac/collector/network/draw"
	"telegramtrac/collector/tl"
	"telegramtrac/collector/tl/telethon"
)

var day = time.Date(2024, 2, 2, 14, 4, 0, 0, time.UTC)

// put writes messages of one channel as a part.
func put(t testing.TB, w *staging.Writer, channel int64, messages []collector.Message, peers ...collector.Peer) {
	t.Helper()
	slices.SortFunc(messages, func(a, b collector.Message) int { return int(b.ID - a.ID) })
	err := w.PutPart(t.Context(), collector.Part{
		ChannelID:  channel,
		Range:      collector.Range{Lo: 1, Hi: messages[0].ID},
		Source:     collector.SourceTelegram,
		ObservedAt: day,
		Messages:   messages,
		Peers:      peers,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB) *dataset.Dataset {
	t.Helper()
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestBuild(t *testing.T) {
	d := open(t)
	w := d.Writer(1)
	if err := w.PutChannel(t.Context(),
		collector.Channel{ID: 1, Username: "alpha", Usernames: []string{"alpha", "first"}, Title: "Alpha", Kind: collector.Broadcast,
			Source: collector.SourceTelegram, LastSeenAt: day}); err != nil {
		t.Fatal(err)
	}
	put(t, w, 1, []collector.Message{
		{ChannelID: 1, ID: 1, Kind: collector.KindMessage, Date: day, ForwardFromType: collector.PeerChannel, ForwardFromID: 3},
		{ChannelID: 1, ID: 2, Kind: collector.KindMessage, Date: day.Add(time.Hour), Mentions: []string{"Gamma", "some_bot"},
			TMeLinks: []collector.TMeLink{{Username: "elsewhere", MessageID: 5}}},
		{ChannelID: 1, ID: 3, Kind: collector.KindService, Action: "MessageActionPinMessage", Date: day},
	}, collector.Peer{Type: collector.PeerChannel, ID: 3, Username: "gamma", Title: "Gamma"},
		collector.Peer{Type: collector.PeerUser, ID: 4, Username: "Some_Bot", Kind: "bot"})
	put(t, w, 2, []collector.Message{{ChannelID: 2, ID: 9, Kind: collector.KindMessage, Date: day, ReplyToChannelID: 1,
		Mentions: []string{"FIRST"}}})

	g, err := network.Build(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	want := []network.Edge{
		{Source: "1", Target: "3", Kind: network.Forward, Weight: 1, First: day, Last: day},
		{Source: "1", Target: "3", Kind: network.Mention, Weight: 1, First: day.Add(time.Hour), Last: day.Add(time.Hour)},
		{Source: "1", Target: "@elsewhere", Kind: network.Link, Weight: 1, First: day.Add(time.Hour), Last: day.Add(time.Hour)},
		{Source: "2", Target: "1", Kind: network.Mention, Weight: 1, First: day, Last: day},
		{Source: "2", Target: "1", Kind: network.Reply, Weight: 1, First: day, Last: day},
	}
	if diff := cmp.Diff(want, g.Edges); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
	titles := map[string]string{}
	for _, n := range g.Nodes {
		titles[n.Key] = fmt.Sprint(n.Label(), " ", n.Collected, " ", n.Messages)
	}
	if diff := cmp.Diff(map[string]string{"1": "Alpha true 2", "2": "2 true 1", "3": "Gamma false 0", "@elsewhere": "@elsewhere false 0"},
		titles); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
}

// Peers that are not channels make no nodes, even where no users are stored: a bot in an
// answer, and persons that a look-up found.
func TestUsersMakeNoNodes(t *testing.T) {
	d := open(t)
	w := d.Writer(1)
	private := tl.Converter{Pseudonym: func(id int64) int64 { return id + 1<<40 }}
	users := []tg.UserClass{
		&tg.User{ID: 4, Bot: true, FirstName: "A bot", Username: "Some_Bot"},
		&tg.User{ID: 5, FirstName: "Ada", Username: "ada_person"},
	}
	peers := private.Peers(nil, users)
	for _, p := range peers {
		if p.Title != "" || p.Username != "" && p.Kind != "bot" || strings.Contains(p.Raw, "ada_person") || p.ID < 1<<40 {
			t.Errorf("something of a user is kept: %+v", p)
		}
	}
	put(t, w, 1, []collector.Message{
		{ChannelID: 1, ID: 1, Kind: collector.KindMessage, Date: day, Mentions: []string{"some_bot", "a_person", "a_channel"},
			TMeLinks: []collector.TMeLink{{Username: "Some_Bot"}, {Username: "A_Person"}}},
	}, peers...)
	for reference, kind := range map[string]collector.Kind{"https://t.me/A_Person": collector.NotAChannel, "@a_channel": collector.NotFound} {
		r := collector.Receipt{CollectionID: "c", Reference: reference, State: string(collector.Failed), Error: string(kind),
			Source: collector.SourceTelegram, StartedAt: day, FinishedAt: day}
		if err := w.PutReceipt(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	g, err := network.Build(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	want := []network.Edge{{Source: "1", Target: "@a_channel", Kind: network.Mention, Weight: 1, First: day, Last: day}}
	if diff := cmp.Diff(want, g.Edges); diff != "" || len(g.Nodes) != 2 {
		t.Errorf("%d nodes, edges (-want +got):\n%s", len(g.Nodes), diff)
	}
	found, err := network.Find(t.Context(), d, network.Question{Source: 1, Target: "@a_person", Limit: 9})
	if err != nil || found.Total != 0 {
		t.Errorf("%d messages point at a person, %v", found.Total, err)
	}
}

// tally counts edges directly from Telethon's JSON, without the product's code.
type tally map[string]network.Edge

func (c tally) Add(source int64, target, kind, date string) {
	at, err := time.Parse("2006-01-02 15:04:05.000000", date)
	if err != nil {
		panic(err)
	}
	key := fmt.Sprint(source, " ", target, " ", kind)
	e, ok := c[key]
	if !ok {
		e = network.Edge{Source: strconv.FormatInt(source, 10), Target: target, Kind: kind, First: at, Last: at}
	}
	e.Weight++
	if at.Before(e.First) {
		e.First = at
	}
	if at.After(e.Last) {
		e.Last = at
	}
	c[key] = e
}

// merged is the tally after usernames were resolved: edges to a username are added to those of
// its channel.
func (c tally) merged(ids map[string]string) tally {
	out := tally{}
	for _, e := range c {
		if id, known := ids[e.Target]; known {
			e.Target = id
		}
		key := fmt.Sprint(e.Source, " ", e.Target, " ", e.Kind)
		if o, ok := out[key]; ok {
			e.Weight += o.Weight
			if o.First.Before(e.First) {
				e.First = o.First
			}
			if o.Last.After(e.Last) {
				e.Last = o.Last
			}
		}
		out[key] = e
	}
	return out
}

// line is the part of a message in Telethon's JSON that counting needs.
type line struct {
	Date   string
	PeerID struct {
		ChannelID int64 `json:"channel_id"`
	} `json:"peer_id"`
	FwdFrom *struct {
		FromID *struct {
			ChannelID int64 `json:"channel_id"`
		} `json:"from_id"`
	} `json:"fwd_from"`
	ReplyTo *struct {
		ReplyToPeerID *struct {
			ChannelID int64 `json:"channel_id"`
		} `json:"reply_to_peer_id"`
	} `json:"reply_to"`
	Message  string
	Entities []struct {
		Kind   string `json:"_"`
		Offset int
		Length int
		URL    string
	}
}

// linked matches the forms of links to channels in the fixtures; links of other forms there do
// not lead to channels.
var linked = regexp.MustCompile(`(?i)^(?:https?://)?(?:(?:www\.)?(?:t|telegram)\.(?:me|dog)/(?:s/)?)?([a-z][a-z0-9_]{3,31})(?:$|[/?#]|\.t\.me(?:$|/))`)

// noNames are first path segments that are not usernames.
var noNames = []string{"joinchat", "addstickers", "addemoji", "addtheme", "addlist", "proxy", "socks", "share", "setlanguage", "bg", "iv",
	"login", "confirmphone", "invoice", "giftcode", "boost"}

func (c tally) read(raw []byte) error {
	var m line
	if err := json.Unmarshal(raw, &m); err != nil {
		return err
	}
	if m.FwdFrom != nil && m.FwdFrom.FromID != nil && m.FwdFrom.FromID.ChannelID != 0 {
		c.Add(m.PeerID.ChannelID, strconv.FormatInt(m.FwdFrom.FromID.ChannelID, 10), network.Forward, m.Date)
	}
	if m.ReplyTo != nil && m.ReplyTo.ReplyToPeerID != nil && m.ReplyTo.ReplyToPeerID.ChannelID != 0 {
		c.Add(m.PeerID.ChannelID, strconv.FormatInt(m.ReplyTo.ReplyToPeerID.ChannelID, 10), network.Reply, m.Date)
	}
	mentioned, links := map[string]bool{}, map[string]bool{}
	units := utf16.Encode([]rune(m.Message))
	for _, e := range m.Entities {
		span := string(utf16.Decode(units[e.Offset : e.Offset+e.Length]))
		switch e.Kind {
		case "MessageEntityMention":
			mentioned[strings.ToLower(span)] = true
		case "MessageEntityTextUrl":
			span = e.URL
			fallthrough
		case "MessageEntityUrl":
			if found := linked.FindStringSubmatch(span); found != nil && found[0] != found[1] &&
				!slices.Contains(noNames, strings.ToLower(found[1])) {
				links["@"+strings.ToLower(found[1])] = true
			}
		}
	}
	for name := range links {
		c.Add(m.PeerID.ChannelID, name, network.Link, m.Date)
	}
	for name := range mentioned {
		c.Add(m.PeerID.ChannelID, name, network.Mention, m.Date)
	}
	return nil
}

// The edges of real channels, of all kinds, equal a count made directly from their files, with
// numbers and dates: both before names are resolved and after peers resolve them.
func TestRealChannels(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(collectortest.Fixtures(t, "telethon"), "*.ndjson"))
	if err != nil || len(files) == 0 {
		t.Fatalf("the fixtures' folder holds no NDJSON: %v", err)
	}
	want := tally{}
	rows := map[int64][]collector.Message{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(b))
		lines.Buffer(nil, 1<<24)
		for lines.Scan() {
			if err := want.read(lines.Bytes()); err != nil {
				t.Fatal(err)
			}
			obj, _, err := telethon.DecodeTelethon(lines.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			m, ok := tl.Converter{}.Message(obj.(tg.MessageClass), tl.NewLookup(nil))
			if !ok {
				t.Fatalf("%s: a line is no message", file)
			}
			rows[m.ChannelID] = append(rows[m.ChannelID], m)
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t)
	w := d.Writer(1)
	for id, messages := range rows {
		put(t, w, id, messages)
	}
	compare := func(what string, want tally) {
		t.Helper()
		g, err := network.Build(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		got := tally{}
		for _, e := range g.Edges {
			got[fmt.Sprint(e.Source, " ", e.Target, " ", e.Kind)] = e
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: edges of %v (-want +got):\n%s", what, slices.Collect(maps.Keys(rows)), diff)
		}
	}
	count := map[string]int64{}
	for _, e := range want {
		count[e.Kind] += e.Weight
	}
	t.Logf("counted in the files: %v", count)
	if len(want) < 5 || count[network.Forward] == 0 || count[network.Mention] == 0 || count[network.Link] == 0 {
		t.Errorf("too little is counted in the files: %v", count)
	}
	compare("no name is resolved", want)

	// Two of the files' own channels, a channel with two of the usernames that one of them
	// links to, and every second other username.
	ids := map[string]string{"@telegram": "1005640892", "@telegramtips": "1224624669"}
	two := collector.Channel{ID: 4999, Title: "Of two names", Kind: collector.Broadcast, Source: collector.SourceTelegram, LastSeenAt: day,
		Raw: "{}"}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if e := want[key]; e.Kind == network.Link && e.Source == "1224624669" && ids[e.Target] == "" && len(two.Usernames) < 2 {
			two.Usernames, ids[e.Target] = append(two.Usernames, e.Target[1:]), "4999"
		}
	}
	if err := w.PutChannel(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	for _, e := range want {
		if _, known := ids[e.Target]; !known && strings.HasPrefix(e.Target, "@") && len(e.Target)%2 == 0 {
			ids[e.Target] = strconv.Itoa(5000 + len(ids))
		}
	}
	peers := make([]collector.Peer, 0, len(ids))
	for name, id := range ids {
		if slices.Contains(two.Usernames, name[1:]) {
			continue
		}
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		peers = append(peers, collector.Peer{Type: collector.PeerChannel, ID: n, Username: strings.ToUpper(name[1:]), Title: name,
			FirstSeenAt: day, LastSeenAt: day})
	}
	for id, messages := range rows {
		put(t, w, id, messages, peers...)
	}
	resolved := want.merged(ids)
	if len(resolved) == len(want) {
		t.Error("no two edges became one: nothing is shown of merging")
	}
	compare("names are resolved", resolved)
}

// BenchmarkBuild reads 200,000 messages of 500 channels that point at 5,000
// and writes graph.json: measured without the layout, placed with it.
func BenchmarkBuild(b *testing.B) {
	d := open(b)
	w := d.Writer(1)
	var seed uint64 = 1
	next := func(n int64) int64 {
		seed = seed*6364136223846793005 + 1442695040888963407
		return int64(seed>>33) % n
	}
	for channel := range int64(500) {
		var messages []collector.Message
		for id := range int64(400) {
			m := collector.Message{ChannelID: channel + 1, ID: id + 1, Kind: collector.KindMessage, Date: day.Add(time.Duration(id) * time.Hour),
				Text: strings.Repeat("text ", 40), Raw: strings.Repeat("raw ", 200)}
			if id%4 == 0 {
				m.ForwardFromType, m.ForwardFromID = collector.PeerChannel, channel/50*500+next(500)+1
			}
			messages = append(messages, m)
		}
		ch := collector.Channel{ID: channel + 1, Title: fmt.Sprint("Channel ", channel+1), Kind: collector.Broadcast,
			Source: collector.SourceTelegram, LastSeenAt: day}
		if err := w.PutChannel(b.Context(), ch); err != nil {
			b.Fatal(err)
		}
		put(b, w, channel+1, messages)
	}
	measured := func(ctx context.Context, d *dataset.Dataset) (*network.Graph, error) {
		in, err := network.Read(ctx, d, 0)
		if err != nil {
			return nil, err
		}
		return network.Measured(ctx, in)
	}
	for _, way := range []struct {
		name  string
		build func(context.Context, *dataset.Dataset) (*network.Graph, error)
	}{{"measured", measured}, {"placed", network.Build}} {
		b.Run(way.name, func(b *testing.B) {
			for b.Loop() {
				g, err := way.build(b.Context(), d)
				if err != nil {
					b.Fatal(err)
				}
				if err := draw.JSON(io.Discard, g); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(g.Nodes)), "nodes")
				b.ReportMetric(float64(len(g.Edges)), "edges")
			}
		})
	}
}

// The messages of an edge come newest first, with their texts.
func TestFind(t *testing.T) {
	d := open(t)
	w := d.Writer(1)
	var messages []collector.Message
	for id := range int64(30) {
		m := collector.Message{ChannelID: 1, ID: id + 1, Kind: collector.KindMessage, Date: day.AddDate(0, 0, int(id)),
			Text: fmt.Sprint("Message ", id+1), Source: collector.SourceTelegram, Raw: "{}"}
		switch {
		case id%3 == 0:
			m.ForwardFromType, m.ForwardFromID, m.ForwardMessageID = collector.PeerChannel, 2, 500+id
			m.Mentions = []string{"somebody"}
		case id%5 == 0:
			m.Mentions = []string{"Beta"}
		}
		messages = append(messages, m)
	}
	put(t, w, 1, messages, collector.Peer{Type: collector.PeerChannel, ID: 2, Username: "beta"})
	tests := []struct {
		q     network.Question
		total int
		want  []string
	}{
		{network.Question{Source: 1, Target: "2", Limit: 3}, 14,
			[]string{"28 forward 527 Message 28", "26 mention 0 Message 26", "25 forward 524 Message 25"}},
		{network.Question{Source: 1, Target: "2", Limit: 3, Offset: 12}, 14, []string{"4 forward 503 Message 4", "1 forward 500 Message 1"}},
		{network.Question{Source: 1, Target: "2", Limit: 2, Filter: network.Filter{Kinds: []string{network.Mention}}}, 4,
			[]string{"26 mention 0 Message 26", "21 mention 0 Message 21"}},
		{network.Question{Source: 1, Target: "2", Limit: 9, Filter: network.Filter{Since: day.AddDate(0, 0, 3), Until: day.AddDate(0, 0, 6)}}, 2,
			[]string{"6 mention 0 Message 6", "4 forward 503 Message 4"}},
		{network.Question{Source: 1, Target: "@somebody", Limit: 1}, 10, []string{"28 mention 0 Message 28"}},
		{network.Question{Source: 1, Target: "3", Limit: 1}, 0, nil},
		{network.Question{Source: 9, Target: "2", Limit: 1}, 0, nil},
	}
	for _, tt := range tests {
		a, err := network.Find(t.Context(), d, tt.q)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range a.Statements {
			got = append(got, fmt.Sprint(s.MessageID, " ", s.Kind, " ", s.TargetMessageID, " ", s.Text))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || a.Total != tt.total {
			t.Errorf("%+v: %d in all, want %d (-want +got):\n%s", tt.q, a.Total, tt.total, diff)
		}
	}
}

// A link that only a button of the message has is distinguished from one in its text.
func TestFindButtons(t *testing.T) {
	d := open(t)
	inText := []collector.Entity{{Type: "MessageEntityBold", Length: 1}, {Type: "MessageEntityTextUrl", Length: 4, URL: "https://t.me/beta/7"}}
	beta := collector.TMeLink{Username: "beta", MessageID: 7}
	message := func(id int64, links []string, entities []collector.Entity) collector.Message {
		return collector.Message{ChannelID: 1, ID: id, Kind: collector.KindMessage, Date: day, Text: "Text", Links: links, Entities: entities,
			TMeLinks: []collector.TMeLink{beta}, Source: collector.SourceTelegram, Raw: "{}"}
	}
	put(t, d.Writer(1), 1, []collector.Message{
		message(1, []string{"https://t.me/beta/7"}, inText),
		message(2, []string{"https://t.me/beta/7"}, nil),
		message(3, []string{"https://t.me/beta/7", "https://t.me/Beta"}, inText),
		message(4, []string{"https://example.org", "https://t.me/Beta"}, inText),
	}, collector.Peer{Type: collector.PeerChannel, ID: 2, Username: "beta"})
	a, err := network.Find(t.Context(), d, network.Question{Source: 1, Target: "2", Limit: 9})
	if err != nil {
		t.Fatal(err)
	}
	got := map[int64]bool{}
	for _, s := range a.Statements {
		got[s.MessageID] = s.Button
	}
	if diff := cmp.Diff(map[int64]bool{1: false, 2: true, 3: false, 4: true}, got); diff != "" {
		t.Errorf("on a button (-want +got):\n%s", diff)
	}
}
