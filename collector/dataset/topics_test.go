package dataset

import (
	"context"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/query"
)

// forumPart has messages 1 to 6 of a forum: two in General, three in topic 10, whose
// title changes, and one in a topic of which nobody told the title.
func forumPart(lo int64, source string) collector.Part {
	p := collector.Part{ChannelID: 9, Range: collector.Range{Lo: lo, Hi: lo + 5}, Source: source, ObservedAt: dayZero}
	for i, in := range []collector.Topic{{ID: 1, Title: "General"}, {ID: 10, Title: "Boats"}, {ID: 10, Title: "Big boats"}, {ID: 12}, {ID: 10},
		{ID: 1}} {
		p.Messages = append([]collector.Message{{
			ChannelID: 9, ID: lo + int64(i), Kind: collector.KindMessage, Date: dayZero, Text: "said", Source: source, TopicID: in.ID,
			TopicTitle: in.Title,
		}}, p.Messages...)
	}
	return p
}

func TestTopics(t *testing.T) {
	ctx := context.Background()
	d := open(t, t.TempDir())
	w := d.Writer(1)
	put1(t, w, forumPart(20, collector.SourceTelegram))
	told := func(want ...collector.Topic) {
		t.Helper()
		got, err := d.Topics(ctx, 9)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "topics", got, want)
	}
	told(collector.Topic{ID: 1, Title: "General"}, collector.Topic{ID: 10, Title: "Big boats"}, collector.Topic{ID: 12})
	found := func(when string, topic, want int64) {
		t.Helper()
		page, err := d.Page(ctx, query.Query{ChannelID: 9, Filter: query.Filter{Topic: topic}, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		if page.Total != want {
			t.Errorf("%s: %d messages in topic %d, want %d", when, page.Total, topic, want)
		}
		for _, m := range page.Messages {
			if m.TopicID != topic {
				t.Errorf("%s: message %d is in topic %d, want %d", when, m.ID, m.TopicID, topic)
			}
		}
	}
	found("as it is", 10, 3)
	put1(t, w, forumPart(23, collector.SourceTelegram)) // the block is merged now
	found("merged", 10, 5)
	found("merged", 12, 1)
	found("merged", 13, 0)
	if err := w.PutChannel(ctx, collector.Channel{ID: 9, Kind: collector.Supergroup, Forum: true, LastSeenAt: dayZero,
		Topics: []collector.Topic{{ID: 10, Title: "Boats of all sizes"}, {ID: 14, Title: "Empty"}}}); err != nil {
		t.Fatal(err)
	}
	told(collector.Topic{ID: 1, Title: "General"}, collector.Topic{ID: 10, Title: "Boats of all sizes"}, collector.Topic{ID: 12},
		collector.Topic{ID: 14, Title: "Empty"})
	if err := w.Compact(ctx, 9); err != nil {
		t.Fatal(err)
	}
	found("compacted", 10, 5)
	put1(t, w, collector.Part{ChannelID: 8, Range: collector.Range{Lo: 1, Hi: 2}, Source: collector.SourceTelegram, ObservedAt: dayZero,
		Messages: []collector.Message{{ChannelID: 8, ID: 2, Kind: collector.KindMessage, Date: dayZero, Source: collector.SourceTelegram}}})
	got, err := d.Topics(ctx, 8)
	if err != nil || len(got) != 0 {
		t.Errorf("topics of a channel that is no forum: %v, %v; want none", got, err)
	}
}
