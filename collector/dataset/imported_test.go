package dataset

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/staging"
)

// TestImportRecords: an import leaves a record of what it brought, of each channel
// and source, once; one that brings nothing leaves none. A merge brings those of the
// other dataset, and none of its own.
func TestImportRecords(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	bring := func(d *Dataset, at time.Time, personal bool, all ...collector.Observations) {
		t.Helper()
		s, err := staging.NewStaging(t.TempDir(), at)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		s.Personal = personal
		for _, o := range all {
			if err := s.Add(t.Context(), o); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := d.Writer(1).Import(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	message := func(id int64, source string) collector.Message {
		return collector.Message{ID: id, Kind: collector.KindMessage, Date: dayZero, Text: "x", Source: source}
	}
	channel := collector.Observations{ChannelID: 7, SeenAt: dayZero,
		Messages: []collector.Message{message(1, collector.SourceTDL), message(2, collector.SourceTDL), message(3, collector.SourceDesktop)}}
	first, second := dayZero.Add(time.Hour), dayZero.Add(2*time.Hour)
	bring(d, first, true, channel)
	bring(d, second, false, channel) // known
	bring(d, second, false, collector.Observations{ChannelID: 9, SeenAt: dayZero,
		Channel: &collector.Channel{ID: 9, Title: "t", Source: collector.SourceTracker}})
	bring(d, second.Add(time.Hour), true,
		collector.Observations{SeenAt: dayZero, Peers: []collector.Peer{{Type: collector.PeerUser, ID: 5, Title: "Ann"}}})
	want := []part.ImportRecord{
		{At: first, Personal: true, ChannelID: 7, Source: collector.SourceTDL, Rows: 2},
		{At: first, Personal: true, ChannelID: 7, Source: collector.SourceDesktop, Rows: 1},
		{At: second, ChannelID: 9, Source: collector.SourceTracker},
		{At: second.Add(time.Hour), Personal: true},
	}
	into := open(t, t.TempDir())
	for range 2 { // merging again changes nothing
		if _, err := into.Writer(1).Merge(t.Context(), d.Catalog, second.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	for name, d := range map[string]*Dataset{"imported": d, "opened anew": open(t, dir), "merged": into} {
		got, err := d.Imports(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	sources, err := into.Sources(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(
		map[string]catalog.SourceRows{collector.SourceTDL: {Rows: 2, Newest: dayZero}, collector.SourceDesktop: {Rows: 1, Newest: dayZero}},
		sources,
	); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
}
