package dataset

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/table"
)

// named is a look at channel 5, so many days after dayZero.
func named(day int, source, username, title string) collector.Channel {
	return collector.Channel{ID: 5, Username: username, Title: title, Kind: collector.Broadcast, Source: source, Raw: "{}",
		LastSeenAt: dayZero.AddDate(0, 0, day)}
}

type stateRow struct {
	ID       int64     `parquet:"channel_id"`
	Username string    `parquet:"username,optional"`
	Title    string    `parquet:"title"`
	From     time.Time `parquet:"state_from,timestamp(microsecond)"`
	Until    time.Time `parquet:"state_until,timestamp(microsecond)"`
	Current  bool      `parquet:"current"`
}

// TestStates: what a channel was called stays, a row for each state, of which one is
// the current; channels of which only messages are there have one.
func TestStates(t *testing.T) {
	ctx := context.Background()
	d := open(t, t.TempDir())
	w := d.Writer(1)
	for _, ch := range []collector.Channel{
		named(1, collector.SourceTelegram, "harbor", "Harbor"), named(3, collector.SourceTelegram, "harbor", "Harbor"),
		named(5, collector.SourceTelegram, "harbor", "Harbor news"), named(6, collector.SourceTelegram, "quay", "Harbor news"),
		named(7, collector.SourcePreview, "quay", "Harbor news"),
	} {
		if err := w.PutChannel(ctx, ch); err != nil {
			t.Fatal(err)
		}
	}
	put1(t, w, collector.Part{ChannelID: 6, Range: collector.Range{Lo: 1, Hi: 1}, Source: collector.SourceTelegram, ObservedAt: dayZero,
		Messages: []collector.Message{{ChannelID: 6, ID: 1, Kind: collector.KindMessage, Date: dayZero, ChannelUsername: "ferry",
			ChannelTitle: "Ferry", Source: collector.SourceTelegram}}})
	var out bytes.Buffer
	if err := table.WriteChannels(ctx, d.Catalog, &out, nil); err != nil {
		t.Fatal(err)
	}
	got, err := parquet.Read[stateRow](bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	at := func(day int) time.Time { return dayZero.AddDate(0, 0, day) }
	for i := range got {
		got[i].From, got[i].Until = got[i].From.UTC(), got[i].Until.UTC()
	}
	equal(t, "states", got, []stateRow{
		{5, "harbor", "Harbor", at(1), at(3), false}, {5, "harbor", "Harbor news", at(5), at(5), false},
		{5, "quay", "Harbor news", at(6), at(7), true},
		{6, "ferry", "Ferry", at(0), at(0), true},
	})
	for key, want := range map[string]int64{"quay": 5, "@HARBOR": 5, "ferry": 6} {
		if s, err := d.Channel(ctx, key); err != nil || s.ID != want {
			t.Errorf("%s leads to channel %d, %v; want %d", key, s.ID, err, want)
		}
	}
	if _, err := d.Channel(ctx, "nobody"); err == nil {
		t.Error("@nobody leads somewhere")
	}
}

// TestKnownAs: who bore a name, collected ones first; peers that were met count, too,
// also those that are met after it was asked.
func TestKnownAs(t *testing.T) {
	ctx := context.Background()
	d := open(t, t.TempDir())
	w := d.Writer(1)
	known := func(name string, want ...int64) {
		t.Helper()
		all, err := d.KnownAs(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, k := range all {
			got = append(got, k.ID)
		}
		equal(t, "known as "+name, got, want)
	}
	met := func(id int64, name string, day int) {
		t.Helper()
		p := collector.Peer{Type: collector.PeerChannel, ID: id, Username: name, Title: name, Raw: "{}"}
		if err := w.PutPeers(ctx, []collector.Peer{p, {Type: collector.PeerUser, ID: id, Username: name, Raw: "{}"}},
			dayZero.AddDate(0, 0, day)); err != nil {
			t.Fatal(err)
		}
	}
	known("harbor")
	met(8, "Harbor", 9)
	known("harbor", 8)
	for _, ch := range []collector.Channel{named(1, collector.SourceTelegram, "harbor", "Harbor"),
		named(4, collector.SourceTelegram, "quay", "Quay")} {
		if err := w.PutChannel(ctx, ch); err != nil {
			t.Fatal(err)
		}
	}
	met(9, "harbor", 10)
	met(9, "pier", 11)
	known("HARBOR", 5, 9, 8)
	known("quay", 5)
	for id, want := range map[int64]string{5: "quay", 8: "Harbor", 9: "pier", 10: ""} {
		if got, err := d.NameOf(ctx, id); err != nil || got != want {
			t.Errorf("channel %d is called %q, %v; want %q", id, got, err, want)
		}
	}
	n, err := d.Names(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[int]collector.Bearer{1: {ID: 5}, 2: {Ambiguous: true, Among: []int64{collector.Person, 5}},
		12: {Ambiguous: true, Among: []int64{collector.Person, 9}}} {
		got := n.Bearer("harbor", dayZero.AddDate(0, 0, day))
		if day == 12 { // channel 9 has another name by then, and a person was seen with this one at the same time
			got.Among, want.Among = nil, nil
		}
		equal(t, "bearer", got, want)
	}
}

// TestStatesOfLinkedGroup: the group that a channel's comments are in is part of its
// state, also where the web preview, which does not tell it, looked in between.
func TestStatesOfLinkedGroup(t *testing.T) {
	d := open(t, t.TempDir())
	w := d.Writer(1)
	for day, group := range []int64{6, 6, 0, 7} {
		ch := named(day, collector.SourceTelegram, "harbor", "Harbor")
		if ch.LinkedChannelID = group; group == 0 {
			ch.Source = collector.SourcePreview
		}
		if err := w.PutChannel(t.Context(), ch); err != nil {
			t.Fatal(err)
		}
	}
	got, err := d.States(t.Context(), 5)
	if err != nil || len(got) != 2 || got[0].LinkedChannelID != 6 || got[1].LinkedChannelID != 7 || !got[1].Current ||
		!got[0].Until.Equal(dayZero.AddDate(0, 0, 2)) {
		t.Errorf("states %+v, %v; want one with group 6, one with group 7", got, err)
	}
}
