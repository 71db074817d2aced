package loop

import (
	"testing"

	"telegramtrac/collector"
)

// TestTopicOfUnreadable: a forum's message without a topic belongs to General; the topic of an
// unreadable message is unknown.
func TestTopicOfUnreadable(t *testing.T) {
	var known topics
	for kind, want := range map[string]int64{collector.KindMessage: collector.General, collector.KindService: collector.General,
		collector.KindUnreadable: 0} {
		m := collector.Message{ID: 5, Kind: kind}
		if known.place(collector.Channel{Forum: true}, &m); m.TopicID != want {
			t.Errorf("%s: topic %d, want %d", kind, m.TopicID, want)
		}
	}
}
