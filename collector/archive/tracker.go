package archive

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/tl"
)

// readTracker reads telegram-tracker's <channel>_messages.json: an answer of Telegram with all
// pages in it. Chats and users come after the messages that refer to them, so they are read
// first.
func readTracker(r *input.Reader, m *input.Member) error {
	var found newest
	var named answer
	err := r.Answer(m, func(s *input.Stream, key string) error {
		switch key {
		case "messages":
			return s.Each(func(v json.RawMessage) error { return found.note(s, v) })
		case "chats", "users":
			return s.Each(func(v json.RawMessage) error { return named.add(r, s, v) })
		}
		return s.Skip()
	})
	if err != nil {
		return err
	}
	if found.others && len(found.channels) == 0 {
		return r.NotOfChannels(m)
	}
	c := converting{r: r, source: collector.SourceTracker, batch: r.Batch(found.seen()), forums: found.forums,
		peers: tl.NewLookup(named.chats)}
	for _, chat := range named.chats {
		if ch, ok := chat.(*tg.Channel); ok && ch.Forum && found.channels[ch.ID] {
			c.forums.Of(ch.ID)
		}
	}
	c.name = func(id int64) tl.Name { return c.peers[id] }
	err = r.Answer(m, func(s *input.Stream, key string) error {
		if key == "messages" {
			return s.Each(func(v json.RawMessage) error { return c.message(s, v) })
		}
		return s.Skip()
	})
	if err != nil {
		return err
	}
	if err := c.end(m, input.KindTracker); err != nil {
		return err
	}
	if peers := r.Conv.Peers(named.chats, named.users); len(peers) > 0 && !found.at.IsZero() {
		return r.Add(collector.Observations{SeenAt: found.at, Peers: peers})
	}
	return nil
}

// answer is the chats and users in an answer of Telegram, each once.
type answer struct {
	chats []tg.ChatClass
	users []tg.UserClass
	at    map[string]int // index in chats or users
}

func (a *answer) add(r *input.Reader, s *input.Stream, v json.RawMessage) error {
	obj, _, err := decode(r, s, v)
	if err != nil {
		return err
	}
	if a.at == nil {
		a.at = map[string]int{}
	}
	switch peer := obj.(type) {
	case tg.ChatClass:
		putOnce(a.at, &a.chats, fmt.Sprint("chat ", peer.GetID()), peer)
	case tg.UserClass:
		putOnce(a.at, &a.users, fmt.Sprint("user ", peer.GetID()), peer)
	default:
		return s.Bad("_", "this is no chat and no user", v)
	}
	return nil
}

// putOnce puts a peer in the place of an earlier one: the later is at least as good.
func putOnce[T any](at map[string]int, list *[]T, key string, peer T) {
	if i, ok := at[key]; ok {
		(*list)[i] = peer
		return
	}
	at[key] = len(*list)
	*list = append(*list, peer)
}

// readDetails reads telegram-tracker's <channel>.json.
func readDetails(r *input.Reader, m *input.Member) error {
	s, err := m.Stream()
	if err != nil {
		return err
	}
	defer s.Close()
	v, err := s.Value()
	if err != nil {
		return err
	}
	if err := s.End(); err != nil {
		return err
	}
	obj, _, err := decode(r, s, v)
	if err != nil {
		return err
	}
	full, ok := obj.(*tg.MessagesChatFull)
	if !ok {
		return s.Bad("full_chat", "these are no details of a channel", v)
	}
	ch, err := r.Conv.Channel(full, full.FullChat.GetID())
	if err != nil {
		return s.Bad("full_chat", input.Plain(err), v)
	}
	ch.Source = collector.SourceTracker
	if ch.CreatedAt != nil {
		input.Newer(r.Newest, ch.ID, *ch.CreatedAt)
	}
	r.Later = append(r.Later, func() error { return putDetails(r, ch) })
	r.Took(m, input.KindDetails, 0)
	m.Skip()
	return nil
}

// putDetails hands over the details of a channel. They have no time, so they get that of the
// newest message of the channel that was read, which may be in another file.
func putDetails(r *input.Reader, ch collector.Channel) error {
	seen := r.Newest[ch.ID]
	if seen.IsZero() {
		seen = time.Unix(0, 0).UTC()
	}
	return r.Add(collector.Observations{ChannelID: ch.ID, SeenAt: seen, Channel: &ch, Peers: ch.Peers})
}
