package network_test

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector/network"
	"telegramtrac/collector/network/networktest"
)

// Every edge has as many ties as its weight, on the days of its timeline.
func TestTiesAreTheEvidence(t *testing.T) {
	g := networktest.From(t, networktest.Example())
	type key struct{ source, target, kind string }
	weight := map[key]int64{}
	for tie, err := range network.Ties(t.Context(), networktest.Example()) {
		if err != nil {
			t.Fatal(err)
		}
		weight[key{strconv.FormatInt(tie.SourceID, 10), tie.Target, tie.Kind}]++
	}
	if len(weight) != len(g.Edges) || len(g.Timeline) != len(g.Edges) {
		t.Errorf("ties of %d edges, timelines of %d, want %d", len(weight), len(g.Timeline), len(g.Edges))
	}
	for i, e := range g.Edges {
		if got := weight[key{e.Source, e.Target, e.Kind}]; got != e.Weight {
			t.Errorf("%d ties of %v", got, e)
		}
		messages, first, last := g.Timeline[i].Within(network.DayOf(e.First), network.DayOf(e.Last)+1)
		if messages != e.Weight || first != network.DayOf(e.First) || last != network.DayOf(e.Last) {
			t.Errorf("timeline %v of %v", g.Timeline[i], e)
		}
	}
}

func TestTie(t *testing.T) {
	in := networktest.Example()
	in.Messages = networktest.Rows(network.Evidence{ChannelID: 1, ID: 7, Date: networktest.At(3), ForwardFromType: "channel", ForwardFromID: 2,
		ForwardMessageID: 44, ReplyToChannelID: 3, ReplyToMessageID: 5})
	var got []network.Tie
	for tie, err := range network.Ties(t.Context(), in) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, *tie)
	}
	want := []network.Tie{
		{SourceID: 1, SourceUsername: "Alpha", SourceTitle: "Alpha News", MessageID: 7, Date: networktest.At(3), Kind: network.Forward,
			Target: "2", TargetID: 2, TargetUsername: "beta", TargetTitle: "Бета", TargetMessageID: 44},
		{SourceID: 1, SourceUsername: "Alpha", SourceTitle: "Alpha News", MessageID: 7, Date: networktest.At(3), Kind: network.Reply, Target: "3",
			TargetID: 3, TargetUsername: "Gamma", TargetTitle: `</script><b>"قناة" & \ 'x'`, TargetMessageID: 5},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ties (-want +got):\n%s", diff)
	}
	g := networktest.From(t, in)
	for _, n := range g.Nodes {
		if want := map[string]int64{"2": 44, "3": 5}[n.Key]; n.SeenID != want {
			t.Errorf("%s: highest id seen %d, want %d", n.Key, n.SeenID, want)
		}
	}
}

func TestTiesFail(t *testing.T) {
	broken := errors.New("broken part")
	for _, err := range network.Ties(t.Context(),
		network.Input{Messages: func(yield func(*network.Evidence, error) bool) { yield(nil, broken) }}) {
		if !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range network.Ties(ended, networktest.Example()) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
}

func TestWriteTies(t *testing.T) {
	var file bytes.Buffer
	if err := network.WriteTies(t.Context(), &file, networktest.Example()); err != nil {
		t.Fatal(err)
	}
	got, err := parquet.Read[network.Tie](bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var want []network.Tie
	for tie, err := range network.Ties(t.Context(), networktest.Example()) {
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, *tie)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("edges.parquet (-want +got):\n%s", diff)
	}
	if err := network.WriteTies(t.Context(), networktest.FullDisk{}, networktest.Example()); err == nil {
		t.Error("no error from a full disk")
	}
}
