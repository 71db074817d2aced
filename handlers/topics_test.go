package handlers_test

import (
	"testing"

	"telegramtrac/collector"
)

// TestTopics: messages of a forum are shown with their topic, which is a filter and a link;
// other channels show no topics.
func TestTopics(t *testing.T) {
	t.Parallel()
	s, b := lookedAt(t)
	w, _ := onlyCollection(s)
	writer := s.data[w].Writer(3)
	said := func(id, topic int64, title, text string) collector.Message {
		return collector.Message{ID: id, ChannelID: 1009, Kind: collector.KindMessage, Date: noon, Source: collector.SourceTelegram, Text: text,
			TopicID: topic, TopicTitle: title}
	}
	created := said(10, 10, "Boats & <b>nets</b>", "")
	created.Kind, created.Action = collector.KindService, "MessageActionTopicCreate"
	part := collector.Part{ChannelID: 1009, Range: collector.Range{Lo: 1, Hi: 20}, Source: collector.SourceTelegram, ObservedAt: noon,
		Messages: []collector.Message{
			said(15, 12, "", "in a topic without a title"), said(14, 10, "", "of which the title came later"), said(13, 1, "General", "in general"),
			said(12, 10, "Boats & <b>nets</b>", "A boat came in"), created,
		}}
	if err := writer.PutPart(t.Context(), part); err != nil {
		t.Fatal(err)
	}
	all := b.get("/tabs/messages?channel=1009")
	all.shows(t, 200, `<select id="f-topic" name="topic"><option value="" selected>all topics</option><option value="10">Boats &amp; &lt;b&gt;nets&lt;/b&gt;</option><option value="1">General</option><option value="12">topic 12</option>`,
		`class="badge topic" href="/tabs/messages?channel=1009&amp;topic=10"`, "<bdi>topic 12</bdi>", "A topic was created", "1–5 of 5")
	all.lacks(t, "<b>nets")
	one := b.get("/tabs/messages?channel=1009&topic=10")
	one.shows(t, 200, "1–3 of 3", `<option value="10" selected>`, "A boat came in", "of which the title came later", "Show everything")
	one.lacks(t, "in general")
	b.get("/tabs/messages?channel=1009&topic=99").shows(t, 200, "1–5 of 5")
	b.get("/tabs/messages?channel=1009&topic=%22%3E").shows(t, 200, "1–5 of 5")
	b.get("/tabs/dataset?channel=1009&topic=10").shows(t, 200, "1–3 of 3", `id="f-topic"`)
	b.get("/tabs/messages").lacks(t, `id="f-topic"`)
	b.get("/tabs/messages?channel=alpha").lacks(t, `id="f-topic"`)
}
