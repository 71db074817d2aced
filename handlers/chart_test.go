package handlers_test

import (
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"telegramtrac/collector"
)

// TestCharts: every chart is a well-formed file, describes its numbers in words, and has a
// table.
func TestCharts(t *testing.T) {
	t.Parallel()
	_, b := lookedAt(t)
	tab := b.get("/tabs/dataset?since=2024-01-01&channel=alpha&q=number")
	for name, want := range map[string][2]string{
		"messages-by-day":   {"@alpha", "day,channel_id,channel,messages\n2024-02-01,1001,alpha,27\n2024-02-01,1003,,1\n"},
		"messages-by-week":  {"@beta", "week,channel_id,channel,messages\n2024-01-29,1001,alpha,69\n2024-01-29,1002,beta,2\n"},
		"messages-by-month": {"2024-02-01", "2024-02-01,1002,beta,2\n"},
		"views":             {"views per message", "2024-01-29,1002,beta,655\n"},
		"media":             {"Photo: 1", "none,68\n"},
		"hours":             {"Monday", "Friday,14,1\n"},
		"domains":           {"There are none", "domain,messages\n"},
		"hashtags":          {"There are none", "hashtag,messages\n"},
		"mentions":          {"beta: 1", "username,messages\nbeta,1\n"},
		"forwards":          {"beta: 1", "source,type,id,messages\nbeta,channel,1002,1\n"},
	} {
		tab.shows(t, 200, `src="/charts/`+name+`.svg?channel=1001&amp;since=2024-01-01"`,
			`href="/charts/`+name+`.csv?channel=1001&amp;since=2024-01-01"`)
		r := b.get("/charts/" + name + ".svg")
		r.shows(t, 200, want[0], "<title>", `fill="#ffffff"`)
		wellFormed(t, name, r.body)
		table := b.get("/charts/" + name + ".csv")
		if name != "messages-by-day" {
			table.shows(t, 200, want[1])
		}
		if _, err := csv.NewReader(strings.NewReader(table.body)).ReadAll(); err != nil {
			t.Errorf("%s.csv: %v", name, err)
		}
	}
	b.get("/charts/messages-by-day.csv?channel=1002").shows(t, 200, "day,channel_id,channel,messages\n2024-02-02,1002,beta,2\n")
	b.get("/charts/messages-by-day.csv?until=2024-02-01").lacks(t, "2024-02-02")
	b.get("/charts/hours.pdf").shows(t, 404)
	b.get("/charts/nothing.svg").shows(t, 404)
	b.get("/charts/hours.svg?since=soon").shows(t, 400)
}

// TestForwardsChart: two channels with the same title are two sources, a renamed channel is
// one.
func TestForwardsChart(t *testing.T) {
	t.Parallel()
	s, b := lookedAt(t)
	w, _ := onlyCollection(s)
	part := collector.Part{ChannelID: 1008, Range: collector.Range{Lo: 1, Hi: 9}, Source: collector.SourceTelegram, ObservedAt: noon}
	for i, from := range []collector.Message{
		{ForwardFromType: collector.PeerUser, ForwardFromID: 1001, ForwardFromName: "News"},
		{ForwardFromType: collector.PeerChannel, ForwardFromID: 71, ForwardFromName: "News"},
		{ForwardFromType: collector.PeerChannel, ForwardFromID: 71, ForwardFromName: "Older News"},
		{ForwardFromType: collector.PeerChannel, ForwardFromID: 72, ForwardFromName: "News"},
		{ForwardFromName: "News", ForwardDate: ptr(noon)},
	} {
		from.ID, from.ChannelID, from.Kind, from.Date, from.Source = int64(9-i), 1008, collector.KindMessage, noon, collector.SourceTelegram
		part.Messages = append(part.Messages, from)
	}
	if err := s.data[w].Writer(3).PutPart(t.Context(), part); err != nil {
		t.Fatal(err)
	}
	b.get("/charts/forwards.csv?channel=1008").shows(t, 200,
		"source,type,id,messages\nOlder News,channel,71,2\nNews,,,1\nNews,channel,72,1\nNews,user,1001,1\n")
}

func wellFormed(t *testing.T, name, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
			return
		}
	}
}
