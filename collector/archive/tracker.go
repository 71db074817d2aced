package archive

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl"
)

// readTracker reads telegram-tracker's <channel>_messages.json: an answer of
// Telegram's with all pages in it. The chats and users that messages name come
// after them, so they are read first.
func readTracker(r *reader, m *member) error {
	var found newest
	var named answer
	err := r.answer(m, func(s *stream, key string) error {
		switch key {
		case "messages":
			return s.each(func(v json.RawMessage) error { return found.note(s, v) })
		case "chats", "users":
			return s.each(func(v json.RawMessage) error { return named.add(r, s, v) })
		}
		return s.skip()
	})
	if err != nil {
		return err
	}
	if found.others && len(found.channels) == 0 {
		return r.notOfChannels(m)
	}
	c := converting{r: r, source: collector.SourceTracker, batch: r.batch(found.at), forums: found.forums, peers: tl.NewLookup(named.chats)}
	for _, chat := range named.chats {
		if ch, ok := chat.(*tg.Channel); ok && ch.Forum && found.channels[ch.ID] {
			c.forums.of(ch.ID)
		}
	}
	c.name = func(id int64) tl.Name { return c.peers[id] }
	err = r.answer(m, func(s *stream, key string) error {
		if key == "messages" {
			return s.each(func(v json.RawMessage) error { return c.message(s, v) })
		}
		return s.skip()
	})
	if err != nil {
		return err
	}
	if err := c.batch.flush(); err != nil {
		return err
	}
	for id := range found.channels {
		r.saw(id, found.at)
	}
	if c.others > 0 {
		r.report.Dropped[ofOtherChats] += c.others
	}
	if peers := r.conv.Peers(named.chats, named.users); len(peers) > 0 && !found.at.IsZero() {
		if err := r.add(collector.Observations{SeenAt: found.at, Peers: peers}); err != nil {
			return err
		}
	}
	r.read(m, kindTracker, c.batch.all)
	m.skip()
	return nil
}

// answer is whom an answer of Telegram's names, each once.
type answer struct {
	chats []tg.ChatClass
	users []tg.UserClass
	at    map[string]int // of chats or users
}

func (a *answer) add(r *reader, s *stream, v json.RawMessage) error {
	obj, _, err := decode(r, s, v)
	if err != nil {
		return err
	}
	if a.at == nil {
		a.at = map[string]int{}
	}
	switch peer := obj.(type) {
	case tg.ChatClass:
		key := fmt.Sprint("chat ", peer.GetID())
		if i, ok := a.at[key]; ok {
			a.chats[i] = peer // the later one is as good, or better
			return nil
		}
		a.at[key] = len(a.chats)
		a.chats = append(a.chats, peer)
	case tg.UserClass:
		key := fmt.Sprint("user ", peer.GetID())
		if i, ok := a.at[key]; ok {
			a.users[i] = peer
			return nil
		}
		a.at[key] = len(a.users)
		a.users = append(a.users, peer)
	default:
		return s.bad("_", "this is no chat and no user", v)
	}
	return nil
}

// readDetails reads telegram-tracker's <channel>.json.
func readDetails(r *reader, m *member) error {
	s, err := m.stream()
	if err != nil {
		return err
	}
	defer s.close()
	v, err := s.value()
	if err != nil {
		return err
	}
	if err := s.end(); err != nil {
		return err
	}
	obj, _, err := decode(r, s, v)
	if err != nil {
		return err
	}
	full, ok := obj.(*tg.MessagesChatFull)
	if !ok {
		return s.bad("full_chat", "these are no details of a channel", v)
	}
	ch, err := r.conv.Channel(full, full.FullChat.GetID())
	if err != nil {
		return s.bad("full_chat", plain(err), v)
	}
	ch.Source = collector.SourceTracker
	if ch.CreatedAt != nil {
		r.saw(ch.ID, *ch.CreatedAt)
	}
	r.later = append(r.later, func() error { return putDetails(r, ch) })
	r.read(m, kindDetails, 0)
	m.skip()
	return nil
}

// putDetails hands over the details of a channel. They have no time: they are taken for
// as old as the newest message that was read of the channel, which may be in another file.
func putDetails(r *reader, ch collector.Channel) error {
	seen := r.newest[ch.ID]
	if seen.IsZero() {
		seen = time.Unix(0, 0).UTC()
	}
	return r.add(collector.Observations{ChannelID: ch.ID, SeenAt: seen, Channel: &ch, Peers: ch.Peers})
}
