package listed_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/listed"
)

func TestSuggestListName(t *testing.T) {
	at := time.Date(2024, 2, 29, 23, 0, 0, 0, time.UTC)
	long := strings.Repeat("ы", 100)
	for _, tt := range []struct {
		names, taken []string
		want         string
	}{
		{[]string{"Harbour News"}, nil, "Harbour News"},
		{[]string{"Harbour News"}, []string{"harbour news"}, "Harbour News (2)"},
		{[]string{"@alpha", "@beta"}, nil, "@alpha and @beta"},
		{[]string{"@alpha", "@beta", "@gamma", "17"}, nil, "@alpha, @beta and 2 more"},
		{[]string{"17", "@alpha"}, nil, "@alpha and 1 more"},
		{[]string{"17", "18"}, nil, "Channels of 29 February 2024"},
		{nil, []string{"Channels of 29 February 2024"}, "Channels of 29 February 2024 (2)"},
		{[]string{long}, []string{strings.Repeat("ы", 79) + "…"}, strings.Repeat("ы", 75) + "… (2)"},
	} {
		got := listed.Suggest(tt.names, at, tt.taken)
		if got != tt.want {
			t.Errorf("%q: %q, want %q", tt.names, got, tt.want)
		}
		if utf8.RuneCountInString(got) > listed.MostName {
			t.Errorf("%q is longer than a name may be", got)
		}
	}
}

// A list adds each channel once, however it is written, and asks for all of them as it collects.
func TestListOfChannels(t *testing.T) {
	l := listed.List{ID: "l", How: listed.How{Last: 50, Comments: true, CommentsBy: collector.ByGroup}}
	if n, err := l.Add(listed.Channels([]string{"@alpha", "https://t.me/ALPHA", "@beta"}, 0)...); n != 2 || err != nil {
		t.Errorf("added %d, %v", n, err)
	}
	if n, err := l.Add(listed.Channels([]string{"t.me/beta", "1001"}, 2)...); n != 1 || err != nil {
		t.Errorf("added %d, %v", n, err)
	}
	want := collector.Request{List: "l", Channels: []string{"@alpha", "@beta", "1001"}, Depths: []int64{0, 0, 2}, Last: 50, Comments: true,
		CommentsBy: collector.ByGroup}
	if diff := cmp.Diff(want, l.Request()); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(l.How, listed.HowOf(l.Request())); diff != "" {
		t.Errorf("how (-want +got):\n%s", diff)
	}
	if !l.IsOf([]string{"1001", "beta", "@alpha"}) || l.IsOf([]string{"beta", "@alpha"}) ||
		!l.Has([]string{"@Beta"}) || l.Has([]string{"@gamma"}) {
		t.Error("the list does not know its channels")
	}
	l.Channels[0].ChannelID, l.Channels[0].CommentsID, l.Channels[2].ChannelID = 7, 3, 7
	if diff := cmp.Diff([]int64{3, 7}, l.ChannelIDs()); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	if n := l.Remove("@alpha", "@nobody"); n != 1 || len(l.Channels) != 2 {
		t.Errorf("removed %d of them: %+v", n, l.Channels)
	}
	c := collector.Collection{Requested: want}
	for _, tt := range []struct {
		p    collector.Progress
		want int64
	}{
		{collector.Progress{Reference: "1001"}, 2}, {collector.Progress{Reference: "@g", CommentsOf: "1001"}, 2},
		{collector.Progress{Reference: "@beta"}, 0},
	} {
		if got := c.DepthOf(tt.p); got != tt.want {
			t.Errorf("depth of %s: %d, want %d", tt.p.Reference, got, tt.want)
		}
	}
}

func TestListLimits(t *testing.T) {
	var many []string
	for i := range int64(listed.MostChannels) {
		many = append(many, collector.Reference{ID: i + 1}.String())
	}
	l := listed.List{Name: "n"}
	if _, err := l.Add(listed.Channels(many, 0)...); err != nil || l.Check() != nil {
		t.Fatal(err)
	}
	if _, err := l.Add(listed.Channel{Reference: "@one_more"}); err != listed.ErrManyChannels || len(l.Channels) != len(many) {
		t.Errorf("one more: %v, %d channels", err, len(l.Channels))
	}
	long := "https://t.me/alpha/5?comment=" + strings.Repeat("1", 1900)
	if got := listed.Channels([]string{long, "t.me/beta/5"}, 0); got[0].Reference != "@alpha" || got[1].Reference != "t.me/beta/5" {
		t.Errorf("references %+v", got)
	}
	for _, name := range []string{"", " \n", strings.Repeat("я", listed.MostName+1)} {
		if err := (listed.List{Name: name}).Check(); err != listed.ErrName {
			t.Errorf("name %q: %v", name, err)
		}
	}
}
