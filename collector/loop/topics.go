package loop

import (
	"cmp"
	"sync"

	"telegramtrac/collector"
)

// topics knows how a forum's topics are called where only its service messages tell:
// a message's title is the last one that was met when it came. It is safe for
// concurrent use; the zero topics know none.
type topics struct {
	mu     sync.Mutex
	titles map[int64]titled
}

// titled is a title, and the message that gave it.
type titled struct {
	by    int64
	title string
}

// place says of a message of a forum which topic it is in, and how that is called
// now. What is said in no topic is said in General; of a message that could not be
// read nobody knows.
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
