package collector

import "testing"

// TestTopicOfUnreadable: what is said in no topic of a forum is said in General; which
// topic an unreadable message is in, nobody knows.
func TestTopicOfUnreadable(t *testing.T) {
	var known topics
	for kind, want := range map[string]int64{KindMessage: General, KindService: General, KindUnreadable: 0} {
		m := Message{ID: 5, Kind: kind}
		if known.place(Channel{Forum: true}, &m); m.TopicID != want {
			t.Errorf("%s: topic %d, want %d", kind, m.TopicID, want)
		}
	}
}
