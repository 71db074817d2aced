package telegram_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/telegram/telegramtest"
)

// forumChannel is a forum with messages in General and in two topics, one of which was renamed,
// and n more topics.
func forumChannel(t *testing.T, n int) *world.World {
	t.Helper()
	w := world.New()
	w.AddUser(&tg.User{ID: 77, FirstName: "Mara"})
	ch := &world.Channel{TL: tg.Channel{ID: 5100, Title: "Forum harbor", Username: "forumharbor", Megagroup: true, Forum: true},
		Log: new(world.Log)}
	add := func(id int, m tg.MessageClass) {
		peer, from, date := &tg.PeerChannel{ChannelID: 5100}, &tg.PeerUser{UserID: 77}, 1_709_632_800+id
		switch m := m.(type) {
		case *tg.Message:
			m.ID, m.PeerID, m.Date = id, peer, date
			m.SetFromID(from)
		case *tg.MessageService:
			m.ID, m.PeerID, m.Date = id, peer, date
			m.SetFromID(from)
		}
		if err := ch.Log.Append(m); err != nil {
			t.Fatal(err)
		}
	}
	said := func(text string, h *tg.MessageReplyHeader) *tg.Message {
		m := &tg.Message{Message: text}
		if h != nil {
			m.SetReplyTo(h)
		}
		return m
	}
	in := func(topic int) *tg.MessageReplyHeader {
		return &tg.MessageReplyHeader{ForumTopic: true, ReplyToMsgID: topic}
	}
	answer := &tg.MessageReplyHeader{ForumTopic: true, ReplyToMsgID: 12}
	answer.SetReplyToTopID(10)
	renamed := &tg.MessageService{Action: new(tg.MessageActionTopicEdit)}
	renamed.Action.(*tg.MessageActionTopicEdit).SetTitle("Big boats")
	renamed.SetReplyTo(in(10))
	add(2, &tg.MessageService{Action: &tg.MessageActionChannelCreate{Title: "Forum harbor"}})
	add(10, &tg.MessageService{Action: &tg.MessageActionTopicCreate{Title: "Boats"}})
	add(11, &tg.MessageService{Action: &tg.MessageActionTopicCreate{Title: "Nets"}})
	add(12, said("A boat came in", in(10)))
	add(13, said("What colour?", answer))
	add(14, said("A net was torn", in(11)))
	add(15, said("General talk", nil))
	add(16, said("General reply", &tg.MessageReplyHeader{ReplyToMsgID: 15}))
	add(17, renamed)
	for i := range n {
		add(100+i, &tg.MessageService{Action: &tg.MessageActionTopicCreate{Title: fmt.Sprintf("Topic %d", i)}})
	}
	w.AddChannel(ch)
	return w
}

func TestForum(t *testing.T) {
	t.Parallel()
	type row struct {
		Topic int64
		Title string
		Reply int64
	}
	listed := map[int64]row{
		2: {1, "General", 0}, 10: {10, "Big boats", 0}, 11: {11, "Nets", 0}, 12: {10, "Big boats", 0}, 13: {10, "Big boats", 12},
		14: {11, "Nets", 0}, 15: {1, "General", 0}, 16: {1, "General", 15}, 17: {10, "Big boats", 0},
	}
	told := map[int64]row{ // only rows that set titles themselves: other titles depend on the order
		2: {1, "", 0}, 10: {10, "", 0}, 11: {11, "Nets", 0}, 12: {10, "", 0}, 13: {10, "", 12},
		14: {11, "", 0}, 15: {1, "", 0}, 16: {1, "", 15}, 17: {10, "Big boats", 0},
	}
	refuse := func(code int, name string) func(*sandboxtest.Hooks) {
		return func(h *sandboxtest.Hooks) {
			h.SetRefusal(func(_ int64, method string) (int, string) {
				if method == "messages.getForumTopics" {
					return code, name
				}
				return 0, ""
			})
		}
	}
	for name, tt := range map[string]struct {
		prepare func(*sandboxtest.Hooks)
		want    map[int64]row
	}{
		"whole pages":        {func(*sandboxtest.Hooks) {}, listed},
		"short pages":        {func(h *sandboxtest.Hooks) { h.SetPages(sandboxtest.Pages{Max: 7, Shorter: 0.5, Seed: 3}) }, listed},
		"no topics are told": {refuse(400, "CHANNEL_FORUM_MISSING"), told},
		"an unheard-of word": {refuse(403, "TOPICS_ARE_CLOSED_TODAY"), told},
	} {
		t.Run(name, func(t *testing.T) {
			const more = 250
			s := telegramtest.Start(t, forumChannel(t, more))
			tt.prepare(s.Hooks())
			store := collectortest.NewStore()
			conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
			progress, err := telegramtest.Collect(t.Context(), conn.Source(nil), store, "@forumharbor")
			if err != nil || progress[0].State != collector.Done {
				t.Fatalf("ended as %+v, %v", progress, err)
			}
			got := map[int64]row{}
			for _, m := range store.Rows(5100) {
				if m.ID < 100 {
					if tt.want[m.ID].Title == "" {
						m.TopicTitle = ""
					}
					got[m.ID] = row{m.TopicID, m.TopicTitle, m.ReplyToMessageID}
				} else if want := fmt.Sprintf("Topic %d", m.ID-100); m.TopicID != m.ID || m.TopicTitle != want {
					t.Errorf("message %d is in topic %d %q, want in its own, %q", m.ID, m.TopicID, m.TopicTitle, want)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("topics (-want +got):\n%s", diff)
			}
		})
	}
}

// A refusal that concerns the account ends the channel.
func TestForumOfAnEndedSession(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, forumChannel(t, 0))
	s.Hooks().SetRefusal(func(_ int64, method string) (int, string) {
		if method == "messages.getForumTopics" {
			return 401, "SESSION_REVOKED"
		}
		return 0, ""
	})
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	_, err := conn.Source(nil).Channel(t.Context(), collector.Reference{Username: "forumharbor"})
	if got := collector.KindOf(err); got != collector.SignedOut {
		t.Errorf("got %q, want %q", got, collector.SignedOut)
	}
}

// A forum costs at most one request more per hundred topics.
func TestForumRequests(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, forumChannel(t, 250))
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	ch, err := conn.Source(nil).Channel(t.Context(), collector.Reference{Username: "forumharbor"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(ch.Topics), 253; got != want {
		t.Errorf("%d topics, want %d", got, want)
	}
	if got, want := s.Hooks().Requests("messages.getForumTopics"), 3; got != want {
		t.Errorf("%d requests, want %d", got, want)
	}
	if !ch.LastSeenAt.Equal(time.Time{}) || !ch.Forum {
		t.Errorf("forum %v, seen %v; want a forum that nobody has dated yet", ch.Forum, ch.LastSeenAt)
	}
}
