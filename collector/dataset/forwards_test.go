package dataset

import (
	"fmt"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/query"
)

// hiddenForwards has messages 1 to 6: a forward that its columns tell of, two that
// only the object tells of, one that quotes such an object, and two that are none.
func hiddenForwards(source string) collector.Part {
	p := collector.Part{ChannelID: 7, Source: source, ObservedAt: dayZero, Range: collector.Range{Lo: 1, Hi: 6}}
	for id, raw := range map[int64]string{
		1: `{"_":"Message","id":1}`,
		2: `{"_":"Message","preview":{"forwarded_from":{},"username":"a"}}`,
		3: `{"_":"Message","preview":{"forwarded_from":{"name":"X"}}}`,
		4: `{"_":"Message","message":"\"forwarded_from\":{","preview":{}}`,
		5: `{"_":"Message","preview":{}}`,
		6: `{"_":"Message","forwarded_from":null}`,
	} {
		m := collector.Message{ChannelID: 7, ID: id, Kind: collector.KindMessage, Date: dayZero, Text: "x", Source: source, Raw: raw}
		if id == 1 {
			m.ForwardFromName = "Somebody"
		}
		p.Messages = append(p.Messages, m)
	}
	return p
}

// TestHiddenForwards: the filter and the chart take for a forward what only its
// object says is one, in merged rows and in plain ones, and from the sources
// whose objects may say so.
func TestHiddenForwards(t *testing.T) {
	for name, tt := range map[string]struct {
		source     string
		times      int
		want       []int64
		wantHidden int64
	}{
		"preview":         {collector.SourcePreview, 1, []int64{1, 2, 3}, 2},
		"preview, merged": {collector.SourcePreview, 2, []int64{1, 2, 3}, 2},
		"desktop":         {collector.SourceDesktop, 1, []int64{1, 2, 3}, 2},
		"telegram":        {collector.SourceTelegram, 1, []int64{1}, 0},
	} {
		d := open(t, t.TempDir())
		w := d.Writer(1)
		for i := range tt.times {
			p := hiddenForwards(tt.source)
			p.Range.Hi += int64(i) // so that neither part is the other's equal
			put1(t, w, p)
		}
		var none []int64
		for id := int64(len(tt.want)) + 1; id <= 6; id++ {
			none = append(none, id)
		}
		for asked, want := range map[query.Condition][]int64{query.Yes: tt.want, query.No: none} {
			page, err := d.Page(
				t.Context(),
				query.Query{ChannelID: 7, Filter: query.Filter{Forwarded: asked}, Order: query.Order{Ascending: true}, Limit: 10},
			)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, m := range page.Messages {
				got = append(got, m.ID)
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("%s: forwards asked for with %d (-want +got):\n%s", name, asked, diff)
			}
		}
		stats, err := d.Stats(t.Context(), query.StatsQuery{})
		if err != nil {
			t.Fatal(err)
		}
		want := map[query.Origin]int64{{Name: "Somebody"}: 1}
		if tt.wantHidden > 0 {
			want[query.Origin{}] = tt.wantHidden
		}
		if diff := gocmp.Diff(fmt.Sprint(want), fmt.Sprint(stats.Forwards)); diff != "" {
			t.Errorf("%s: forwards in the chart (-want +got):\n%s", name, diff)
		}
	}
}
