package tracker

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/export/reading"
)

var midday = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

// written is a file.
func written(t *testing.T, write func(context.Context, io.Writer, reading.Data) error, d reading.Data) []byte {
	t.Helper()
	d.Share()
	var b bytes.Buffer
	if err := write(t.Context(), &b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pointed is a dataset of two requested channels, whose details both name a group,
// and of a channel that only messages point at.
func pointed(t *testing.T) reading.Data {
	t.Helper()
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := d.Writer(1)
	group := `{"_":"Channel","id":50,"title":"Talk","username":"alphatalk","megagroup":true}`
	for id, name := range map[int64]string{1: "alpha", 2: "beta"} {
		ch := collector.Channel{
			ID: id, Username: name, Title: name, Kind: collector.Broadcast, Source: collector.SourceTelegram, LastSeenAt: midday,
			Raw: `{"_":"ChatFull","full_chat":{"_":"ChannelFull"},"chats":[{"_":"Channel","id":` + decimal(id) + `,"title":"` + name +
				`","username":"` + name + `"},` + group + `],"users":[]}`,
			Peers: []collector.Peer{{Type: collector.PeerChannel, ID: 50, Username: "alphatalk", Title: "Talk", Kind: collector.Supergroup}},
		}
		if err := w.PutChannel(t.Context(), ch); err != nil {
			t.Fatal(err)
		}
	}
	for channel, messages := range map[int64][]collector.Message{
		1: {
			{ID: 2, ForwardFromType: collector.PeerChannel, ForwardFromID: 60, Mentions: []string{"Gamma", "gamma"}}, // one message: once
			{ID: 1, Mentions: []string{"nobody_known"}},
		},
		2: {
			{ID: 3, Mentions: []string{"gamma", "alpha"}},
			{ID: 2, TMeLinks: []collector.TMeLink{{Username: "AlphaTalk", MessageID: 7}}},
			{ID: 1, TMeLinks: []collector.TMeLink{{ChannelID: 60, MessageID: 7}}},
		},
	} {
		p := collector.Part{ChannelID: channel, Source: collector.SourceTelegram, ObservedAt: midday, Range: collector.Range{Lo: 1, Hi: 3},
			Peers: []collector.Peer{{Type: collector.PeerChannel, ID: 60, Username: "gamma", Title: "Gamma", Kind: collector.Broadcast},
				{Type: collector.PeerUser, ID: 60, Username: "a_user"}, {Type: collector.PeerChannel, ID: 61, Title: "without a name"}}}
		for _, m := range messages {
			m.ChannelID, m.Kind, m.Date, m.Source = channel, collector.KindMessage, midday, p.Source
			p.Messages = append(p.Messages, m)
		}
		if err := w.PutPart(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	return reading.Data{Dataset: d}
}

// TestChannelsNotRequested: the counts of channels that nobody asked for, worked
// out by hand.
func TestChannelsNotRequested(t *testing.T) {
	d := pointed(t)
	want := [][]string{
		counterColumns,
		{"1", "alpha", "2", "1", "1", "{'channels': ['self']}", "['alpha', 'beta']"},
		{"2", "beta", "1", "0", "1", "{'channels': ['self']}", "['beta']"},
		{"50", "alphatalk", "3", "1", "2", "{'channels': ['alpha', 'beta']}", "['alpha', 'beta']"},
		{"60", "gamma", "3", "3", "0", "{'channels': []}", "['alpha', 'beta']"},
	}
	got, err := csv.NewReader(bytes.NewReader(written(t, Counter, d))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counter.csv (-want +got):\n%s", diff)
	}
	chats, err := csv.NewReader(bytes.NewReader(written(t, CollectedChats, d))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	counted := map[string]int{}
	for i, column := range chats[0] {
		counted[column] = i
	}
	for i, row := range chats {
		var cells []string
		for _, column := range counterColumns {
			cells = append(cells, row[counted[column]])
		}
		if diff := cmp.Diff(want[i], cells); diff != "" {
			t.Errorf("collected_chats.csv (-want +got):\n%s", diff)
		}
	}
	if got := string(written(t, Chats, d)); got != "1\n2\n50\n60\n" {
		t.Errorf("chats.txt: %q", got)
	}
}

// TestSourcesInTheirOrder: channels that lead to another stand in the order in which
// they were asked for, whether by details or messages, as the original has them.
func TestSourcesInTheirOrder(t *testing.T) {
	d := pointed(t)
	w := d.Dataset.Writer(2)
	for id, name := range map[int64]string{1: "alpha", 2: "beta"} {
		first := midday.Add(-time.Duration(id) * time.Minute) // beta before alpha
		for i, began := range []time.Time{midday.Add(time.Duration(id) * time.Hour), first} {
			r := collector.Receipt{CollectionID: decimal(int64(i)), Reference: name, ChannelID: id, State: "done", StartedAt: began,
				FinishedAt: midday.Add(9 * time.Hour)}
			if err := w.PutReceipt(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, rows := collectortest.Table(t, written(t, Counter, d))
	for username, want := range map[string][2]string{
		"alpha":     {"{'channels': ['self']}", "['beta', 'alpha']"}, // beta's message, its own details
		"alphatalk": {"{'channels': ['beta', 'alpha']}", "['beta', 'alpha']"},
		"gamma":     {"{'channels': []}", "['beta', 'alpha']"},
	} {
		for _, row := range rows {
			if got := [2]string{row["channel_req_targeted_by"], row["source"]}; row["username"] == username && got != want {
				t.Errorf("%s: got %v, want %v", username, got, want)
			}
		}
	}
}
