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
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/network"
	"telegramtrac/collector/tl"
)

var day = time.Date(2024, 2, 2, 14, 4, 0, 0, time.UTC)

// put keeps messages of one channel as a part.
func put(t testing.TB, w *dataset.Writer, channel int64, messages []collector.Message, peers ...collector.Peer) {
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
	if err := w.PutChannel(t.Context(), collector.Channel{ID: 1, Username: "alpha", Usernames: []string{"alpha", "first"}, Title: "Alpha", Kind: collector.Broadcast, Source: collector.SourceTelegram, LastSeenAt: day}); err != nil {
		t.Fatal(err)
	}
	put(t, w, 1, []collector.Message{
		{ChannelID: 1, ID: 1, Kind: collector.KindMessage, Date: day, ForwardFromType: collector.PeerChannel, ForwardFromID: 3},
		{ChannelID: 1, ID: 2, Kind: collector.KindMessage, Date: day.Add(time.Hour), Mentions: []string{"Gamma", "some_bot"}, TMeLinks: []collector.TMeLink{{Username: "elsewhere", MessageID: 5}}},
		{ChannelID: 1, ID: 3, Kind: collector.KindService, Action: "MessageActionPinMessage", Date: day},
	}, collector.Peer{Type: collector.PeerChannel, ID: 3, Username: "gamma", Title: "Gamma"},
		collector.Peer{Type: collector.PeerUser, ID: 4, Username: "Some_Bot", Kind: "bot"})
	put(t, w, 2, []collector.Message{{ChannelID: 2, ID: 9, Kind: collector.KindMessage, Date: day, ReplyToChannelID: 1, Mentions: []string{"FIRST"}}})

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
	if diff := cmp.Diff(map[string]string{"1": "Alpha true 2", "2": "2 true 1", "3": "Gamma false 0", "@elsewhere": "@elsewhere false 0"}, titles); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
}

// fixtures returns the folder of real material, or skips the test: it is not
// part of the repository.
func fixtures(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", "fixtures", "telethon")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("REQUIRE_FIXTURES") == "1" {
			t.Fatalf("fixtures are required: %v", err)
		}
		t.Skipf("no fixtures: %v", err)
	}
	return dir
}

// tally counts edges straight from Telethon's JSON, without the product's code.
type tally map[string]network.Edge

func (c tally) add(source int64, target, kind, date string) {
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

// line is the little that counting needs of a message in Telethon's JSON.
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
	Message  string
	Entities []struct {
		Kind   string `json:"_"`
		Offset int
		Length int
	}
}

func (c tally) read(raw []byte) error {
	var m line
	if err := json.Unmarshal(raw, &m); err != nil {
		return err
	}
	if m.FwdFrom != nil && m.FwdFrom.FromID != nil && m.FwdFrom.FromID.ChannelID != 0 {
		c.add(m.PeerID.ChannelID, strconv.FormatInt(m.FwdFrom.FromID.ChannelID, 10), network.Forward, m.Date)
	}
	mentioned := map[string]bool{}
	units := utf16.Encode([]rune(m.Message))
	for _, e := range m.Entities {
		if e.Kind == "MessageEntityMention" {
			mentioned[strings.ToLower(string(utf16.Decode(units[e.Offset:e.Offset+e.Length])))] = true
		}
	}
	for name := range mentioned {
		c.add(m.PeerID.ChannelID, name, network.Mention, m.Date)
	}
	return nil
}

// The forwards and mentions of real channels are those that a count made
// straight from their files finds, with numbers and dates.
func TestRealChannels(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(fixtures(t), "*.ndjson"))
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
			obj, _, err := tl.DecodeTelethon(lines.Bytes())
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
	g, err := network.Build(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	got := tally{}
	for _, e := range g.Edges {
		if e.Kind == network.Forward || e.Kind == network.Mention {
			got[fmt.Sprint(e.Source, " ", e.Target, " ", e.Kind)] = e
		}
	}
	if len(want) < 5 {
		t.Errorf("only %d edges counted in the files", len(want))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("edges of %v (-want +got):\n%s", slices.Collect(maps.Keys(rows)), diff)
	}
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
			m := collector.Message{ChannelID: channel + 1, ID: id + 1, Kind: collector.KindMessage, Date: day.Add(time.Duration(id) * time.Hour), Text: strings.Repeat("text ", 40), Raw: strings.Repeat("raw ", 200)}
			if id%4 == 0 {
				m.ForwardFromType, m.ForwardFromID = collector.PeerChannel, channel/50*500+next(500)+1
			}
			messages = append(messages, m)
		}
		ch := collector.Channel{ID: channel + 1, Title: fmt.Sprint("Channel ", channel+1), Kind: collector.Broadcast, Source: collector.SourceTelegram, LastSeenAt: day}
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
				if err := g.WriteJSON(io.Discard); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(g.Nodes)), "nodes")
				b.ReportMetric(float64(len(g.Edges)), "edges")
			}
		})
	}
}

// An edge opens into its messages, newest first, with their words.
func TestFind(t *testing.T) {
	d := open(t)
	w := d.Writer(1)
	var messages []collector.Message
	for id := range int64(30) {
		m := collector.Message{ChannelID: 1, ID: id + 1, Kind: collector.KindMessage, Date: day.AddDate(0, 0, int(id)), Text: fmt.Sprint("Message ", id+1), Source: collector.SourceTelegram, Raw: "{}"}
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
		{network.Question{Source: 1, Target: "2", Limit: 3}, 14, []string{"28 forward 527 Message 28", "26 mention 0 Message 26", "25 forward 524 Message 25"}},
		{network.Question{Source: 1, Target: "2", Limit: 3, Offset: 12}, 14, []string{"4 forward 503 Message 4", "1 forward 500 Message 1"}},
		{network.Question{Source: 1, Target: "2", Limit: 2, Filter: network.Filter{Kinds: []string{network.Mention}}}, 4, []string{"26 mention 0 Message 26", "21 mention 0 Message 21"}},
		{network.Question{Source: 1, Target: "2", Limit: 9, Filter: network.Filter{Since: day.AddDate(0, 0, 3), Until: day.AddDate(0, 0, 6)}}, 2, []string{"6 mention 0 Message 6", "4 forward 503 Message 4"}},
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
