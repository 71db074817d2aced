package loop

import (
	"cmp"
	"sync"

	"telegramtrac/collector"
)

// topics remembers a forum's topic titles from its service messages, for sources that do not
// list topics. A message gets the latest title known when it arrives. It is safe for concurrent
// use; the zero topics is empty.
type topics struct {
	mu     sync.Mutex
	titles map[int64]titled
}

// titled is a title, and the id of the message that set it.
type titled struct {
	by    int64
	title string
}

// place sets the topic of a forum's message and the topic's current title. A message without a
// topic belongs to General; the topic of an unreadable message is unknown.
func (t *topics) place(ch collector.Channel, m *collector.Message) {
	if m.Kind == collector.KindUnreadable {
		return
	}
	if ch.Forum && m.TopicID == 0 {
		m.TopicID = collector.General
	}
	if m.TopicID == 0 {
		return
	}
	if now := ch.TitleOf(m.TopicID); now != "" {
		m.TopicTitle = now
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if told := t.titles[m.TopicID]; m.TopicTitle == "" || told.by > m.ID {
		m.TopicTitle = cmp.Or(told.title, m.TopicTitle)
		return
	}
	if t.titles == nil {
		t.titles = map[int64]titled{}
	}
	t.titles[m.TopicID] = titled{m.ID, m.TopicTitle}
}
