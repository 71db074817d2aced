package telegram_test

import (
	"sync/atomic"
	"testing"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/telegram"
	"telegramtrac/collector/telegram/telegramtest"
)

// restricted is a channel that is restricted on a platform, with a reason.
func restricted(id int64, username, platform, refused string) *world.Channel {
	ch := &world.Channel{
		TL:      tg.Channel{ID: id, Title: username, Username: username, Broadcast: true, Restricted: true},
		Refused: refused, Log: new(world.Log),
	}
	ch.TL.SetRestrictionReason([]tg.RestrictionReason{{Platform: platform, Reason: "porn", Text: "Not shown there."}})
	if err := ch.Log.Append(&tg.Message{ID: 4, PeerID: &tg.PeerChannel{ChannelID: id}, Date: 1_714_521_600, Message: "hello",
		Post: true}); err != nil {
		panic(err) // an error in this test
	}
	return ch
}

func serviceOnly(t *testing.T, id int64, username string) *world.Channel {
	t.Helper()
	ch := &world.Channel{TL: tg.Channel{ID: id, Title: username, Username: username, Broadcast: true}, Log: new(world.Log)}
	for i := range 3 {
		err := ch.Log.Append(&tg.MessageService{ID: i + 1, PeerID: &tg.PeerChannel{ChannelID: id}, Date: 1_714_521_600,
			Action: &tg.MessageActionPinMessage{}, Post: true})
		if err != nil {
			t.Fatal(err)
		}
	}
	return ch
}

// An error of one channel never stops the others: each gets its own final state.
func TestBadChannels(t *testing.T) {
	t.Parallel()
	w, rows := telegramtest.Pier(t)
	w.AddChannel(restricted(5010, "blocked_pier", "all", "CHAT_RESTRICTED"))
	w.AddChannel(restricted(5011, "geo_pier", "all", "CHANNEL_PUBLIC_GROUP_NA"))
	w.AddChannel(restricted(5012, "ios_pier", "ios", ""))
	w.AddChannel(&world.Channel{TL: tg.Channel{ID: 5013, Title: "Banned", Username: "banned_pier", Megagroup: true}, Banned: true})
	w.AddChannel(serviceOnly(t, 5014, "service_pier"))
	one := restricted(5015, "single_pier", "all", "")
	one.TL.Restricted = false
	w.AddChannel(one)
	w.AddChannel(&world.Channel{TL: tg.Channel{ID: 5016, Title: "Super", Username: "super_pier", Megagroup: true},
		Log: serviceOnly(t, 5016, "super_pier").Log})
	w.AddGroup(616, "Once a group", "moved_pier", 5016)
	w.AddGroup(617, "Still a group", "group_pier", 0)

	s := telegramtest.Start(t, w)
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	store := collectortest.NewStore()
	tests := []struct {
		reference, detail string
		state             collector.State
		kind              collector.Kind
		messages, service int64
		id                int64
	}{
		{"@nobody_pier", "", collector.Failed, collector.NotFound, 0, 0, 0},
		{"@closed_pier", "", collector.Failed, collector.Private, 0, 0, 0},
		{"@mara_pier", "person", collector.Failed, collector.NotAChannel, 0, 0, 0},
		{"@pier_bot", "bot", collector.Failed, collector.NotAChannel, 0, 0, 0},
		{"@group_pier", "group", collector.Failed, collector.NotAChannel, 0, 0, 0},
		{"@blocked_pier", "all-porn: Not shown there.", collector.Failed, collector.Restricted, 0, 0, 5010},
		{"@geo_pier", "all-porn: Not shown there.", collector.Failed, collector.Restricted, 0, 0, 5011},
		{"@ios_pier", "", collector.Done, "", 1, 0, 5012},
		{"@banned_pier", "", collector.Failed, collector.Banned, 0, 0, 0},
		{"@void_pier", "", collector.Done, "", 0, 0, 5002},
		{"@service_pier", "", collector.Done, "", 0, 3, 5014},
		{"@single_pier", "", collector.Done, "", 1, 0, 5015},
		{"@moved_pier", "", collector.Done, "", 0, 3, 5016},
		{"@pier_news", "", collector.Done, "", 0, 0, 5001},
	}
	var references []string
	for _, tt := range tests {
		references = append(references, tt.reference)
	}
	progress, err := telegramtest.Collect(t.Context(), conn.Source(nil), store, references...)
	if err != nil {
		t.Fatal(err)
	}
	for i, tt := range tests {
		p := progress[i]
		if p.State != tt.state || p.Error != tt.kind || p.Detail != tt.detail || p.ChannelID != tt.id {
			t.Errorf("%s: channel %d %s, error %q (%q); want channel %d %s, %q (%q)", tt.reference, p.ChannelID, p.State, p.Error, p.Detail, tt.id,
				tt.state, tt.kind, tt.detail)
		}
		if tt.reference != "@pier_news" && (p.Messages != tt.messages || p.Service != tt.service) {
			t.Errorf("%s: %d messages and %d service messages, want %d and %d", tt.reference, p.Messages, p.Service, tt.messages, tt.service)
		}
	}
	telegramtest.Complete(t, store, rows)
}

// What happens to a channel while it is read makes it partial, or has no effect.
func TestChannelChangesInTheMiddle(t *testing.T) {
	t.Parallel()
	swap := func(w *world.World, change func(*world.Channel)) {
		old, _ := w.Channel(5001)
		ch := *old
		change(&ch)
		w.AddChannel(&ch)
	}
	for name, tt := range map[string]struct {
		change func(*world.World)
		state  collector.State
		kind   collector.Kind
		detail string
	}{
		"deleted":      {func(w *world.World) { w.RemoveChannel(5001) }, collector.Partial, collector.NotFound, ""},
		"gone private": {func(w *world.World) { swap(w, func(c *world.Channel) { c.Private = true }) }, collector.Partial, collector.Private, ""},
		"banned":       {func(w *world.World) { swap(w, func(c *world.Channel) { c.Banned = true }) }, collector.Partial, collector.Banned, ""},
		"refused": {func(w *world.World) { swap(w, func(c *world.Channel) { c.Refused = "CHAT_RESTRICTED" }) }, collector.Partial,
			collector.Restricted, ""},
		"renamed": {func(w *world.World) {
			swap(w, func(c *world.Channel) { c.TL.Username, c.TL.Title = "new_pier", "New" })
		}, collector.Done, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, rows := telegramtest.Pier(t)
			s := telegramtest.Start(t, w)
			conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
			store := collectortest.NewStore()
			var pages atomic.Int64
			s.Hooks().SetTrouble(sandboxtest.Trouble{EmptyIf: func(channel int64, _ int) bool {
				if channel == 5001 && pages.Add(1) == 4 {
					tt.change(w)
				}
				return false
			}})
			progress, err := loop.Collect(t.Context(), loop.Run{Source: conn.Source(nil), Store: store,
				Request: collector.Request{Channels: []string{"@pier_news", "@void_pier"}}})
			if err != nil {
				t.Fatal(err)
			}
			p := progress[0]
			if p.State != tt.state || p.Error != tt.kind || p.Detail != tt.detail {
				t.Errorf("%s, error %q (%q); want %s, %q (%q)", p.State, p.Error, p.Detail, tt.state, tt.kind, tt.detail)
			}
			if got := int64(len(store.Rows(5001))); got == 0 || got != p.Messages+p.Service {
				t.Errorf("%d messages are kept, %d are told", got, p.Messages+p.Service)
			}
			if tt.state == collector.Done {
				telegramtest.Complete(t, store, rows)
			}
			if progress[1].State != collector.Done {
				t.Errorf("the next channel: %+v", progress[1])
			}
		})
	}
}

// A ban after the username was looked up is distinguished from a channel that went private.
func TestBannedSinceItWasMet(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	src := conn.Source(nil)
	ref := collector.Reference{Username: "pier_news"}
	if _, err := src.Channel(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	for _, want := range []collector.Kind{collector.Banned, collector.Private} {
		old, _ := w.Channel(5001)
		ch := *old
		ch.Banned, ch.Private = want == collector.Banned, want == collector.Private
		w.AddChannel(&ch)
		if _, err := src.Channel(t.Context(), ref); collector.KindOf(err) != want {
			t.Errorf("Channel gives %v, want %s", err, want)
		}
	}
}

// discussion is a channel with a linked group, whose history may be closed, and a message with
// n comments.
func discussion(t *testing.T, closed bool, n int) *world.World {
	t.Helper()
	w := world.New()
	channel := &world.Channel{TL: tg.Channel{ID: 5101, Title: "Talk", Username: "talk_pier", Broadcast: true}, Log: new(world.Log)}
	channel.Full.SetLinkedChatID(5102)
	group := &world.Channel{TL: tg.Channel{ID: 5102, Title: "Talk chat", Megagroup: true}, Log: new(world.Log), Private: closed}
	group.Full.SetLinkedChatID(5101)
	add := func(l *world.Log, m tg.MessageClass) {
		t.Helper()
		if err := l.Append(m); err != nil {
			t.Fatal(err)
		}
	}
	date := 1_714_521_600
	w.AddUser(&tg.User{ID: 77, FirstName: "Mara"})
	for id := range 2 { // messages 1 and 2, each with its automatic forward: 1 and 2 in the group
		m := &tg.Message{ID: id + 1, PeerID: &tg.PeerChannel{ChannelID: 5101}, Date: date, Message: "news", Post: true}
		m.SetReplies(tg.MessageReplies{Comments: true, Replies: n, ChannelID: 5102})
		add(channel.Log, m)
		auto := &tg.Message{ID: id + 1, PeerID: &tg.PeerChannel{ChannelID: 5102}, Date: date, Message: "news"}
		auto.SetFromID(&tg.PeerChannel{ChannelID: 5101})
		auto.SetFwdFrom(tg.MessageFwdHeader{FromID: &tg.PeerChannel{ChannelID: 5101}, ChannelPost: id + 1, Date: date,
			SavedFromPeer: &tg.PeerChannel{ChannelID: 5101}, SavedFromMsgID: id + 1})
		add(group.Log, auto)
	}
	for i := range n { // comments on message 2, except for every tenth
		reply := &tg.MessageReplyHeader{}
		reply.SetReplyToMsgID(2)
		switch {
		case i%10 == 9:
			reply.SetReplyToMsgID(1)
		case i > 0 && i%3 == 0:
			reply.SetReplyToMsgID(3)
			reply.SetReplyToTopID(2)
		}
		m := &tg.Message{ID: 3 + i, PeerID: &tg.PeerChannel{ChannelID: 5102}, Date: date + i, Message: "comment"}
		m.SetFromID(&tg.PeerUser{UserID: 77})
		m.SetReplyTo(reply)
		add(group.Log, m)
	}
	w.AddChannel(channel)
	w.AddChannel(group)
	return w
}

// Comments are read thread by thread if the group's history is closed.
func TestReplies(t *testing.T) {
	t.Parallel()
	const n = 330
	for name, short := range map[string]sandboxtest.Pages{"whole pages": {}, "short pages": {Max: 40, Shorter: .5, Seed: 4}} {
		t.Run(name, func(t *testing.T) {
			s := telegramtest.Start(t, discussion(t, true, n))
			s.Hooks().SetPages(short)
			conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
			src := conn.Source(func(id int64) int64 { return id + 1 })
			ch, err := src.Channel(t.Context(), collector.Reference{Username: "talk_pier"})
			if err != nil || ch.LinkedChannelID != 5102 {
				t.Fatalf("Channel = %+v, %v", ch, err)
			}
			for message, want := range map[int64]int{2: n - n/10, 1: n / 10, 3: 0} {
				got, last := 0, int64(1<<40)
				for page, err := range src.Replies(t.Context(), ch, message) {
					if err != nil {
						t.Fatal(err)
					}
					for _, m := range page.Messages {
						if m.ChannelID != 5102 || m.ThreadChannelID != 5101 || m.ThreadMessageID != message || m.ID >= last || m.FromID != 78 {
							t.Fatalf("comment %+v after %d", m, last)
						}
						last = m.ID
						got++
					}
				}
				if got != want {
					t.Errorf("message %d has %d comments, want %d", message, got, want)
				}
			}
		})
	}
}

// In an open group's history the automatic forwards name the channel's message, and every
// comment refers to one of them.
func TestThreadsInTheGroup(t *testing.T) {
	t.Parallel()
	w := discussion(t, false, 50)
	group, _ := w.Channel(5102)
	group.TL.Username = "talk_chat"
	w.AddChannel(group)
	s := telegramtest.Start(t, w)
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	store := collectortest.NewStore()
	if p, err := telegramtest.Collect(t.Context(), conn.Source(nil), store, "@talk_chat"); err != nil || p[0].State != collector.Done {
		t.Fatalf("collected %+v, %v", p, err)
	}
	rows := store.Rows(5102)
	for id, m := range rows {
		if id <= 2 {
			if m.ThreadChannelID != 5101 || m.ThreadMessageID != id {
				t.Errorf("automatic forward %d: thread %d/%d, want 5101/%d", id, m.ThreadChannelID, m.ThreadMessageID, id)
			}
			continue
		}
		top := m.ReplyToTopID
		if top == 0 {
			top = m.ReplyToMessageID
		}
		if rows[top].ThreadMessageID == 0 {
			t.Errorf("comment %d leads to %d, which is no root", id, top)
		}
	}
}

// repliesRefused is a channel with comments whose reading is refused.
func repliesRefused(t *testing.T, word string) (*sandboxtest.Server, *telegram.Source, collector.Channel) {
	t.Helper()
	s := telegramtest.Start(t, discussion(t, true, 150))
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	src := conn.Source(nil)
	ch, err := src.Channel(t.Context(), collector.Reference{Username: "talk_pier"})
	if err != nil {
		t.Fatal(err)
	}
	s.Hooks().SetRefusal(func(_ int64, method string) (int, string) {
		if method == "messages.getReplies" {
			return 400, word
		}
		return 0, ""
	})
	return s, src, ch
}

// Comments that are refused cause an error, not an empty result.
func TestRepliesRefused(t *testing.T) {
	t.Parallel()
	_, src, ch := repliesRefused(t, "CHANNEL_PRIVATE")
	var last error
	for _, err := range src.Replies(t.Context(), ch, 2) {
		last = err
	}
	if collector.KindOf(last) != collector.Private {
		t.Errorf("Replies end with %v, want private", last)
	}
}

// A message without a thread costs one request.
func TestRepliesWithoutThread(t *testing.T) {
	t.Parallel()
	s, src, ch := repliesRefused(t, "MSG_ID_INVALID")
	for page, err := range src.Replies(t.Context(), ch, 2) {
		t.Errorf("Replies gave %+v, %v; want nothing", page, err)
	}
	if n := s.Hooks().Requests("messages.getReplies"); n != 1 {
		t.Errorf("a message without a thread took %d requests, want 1", n)
	}
}

// Ids hidden from the account are neither requested nor absent.
func TestHiddenHistory(t *testing.T) {
	t.Parallel()
	w, rows := telegramtest.Pier(t)
	ch, _ := w.Channel(5001)
	hidden := rows[99].ID
	ch.Full.SetAvailableMinID(int(hidden))
	w.AddChannel(ch)
	s := telegramtest.Start(t, w)
	conn, _ := telegramtest.Connect(t, s, telegramtest.SignedIn(t, s, sandbox.PhonePlain), nil)
	store := collectortest.NewStore()
	progress, err := telegramtest.Collect(t.Context(), conn.Source(nil), store, "@pier_news")
	if err != nil {
		t.Fatal(err)
	}
	p := progress[0]
	if p.State != collector.Done || p.Lo != hidden+1 || p.Hi != rows[len(rows)-1].ID || p.Messages+p.Service != int64(len(rows)-100) ||
		p.Accounted() != p.Span() {
		t.Errorf("collected %+v, want the ids above %d", p, hidden)
	}
	if covered, _ := store.Covered(t.Context(), 5001, collector.SourceTelegram); len(covered) != 1 || covered[0].Lo != hidden+1 {
		t.Errorf("covered %v, want the ids above %d", covered, hidden)
	}
}
