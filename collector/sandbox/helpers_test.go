package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gotd/contrib/bg"
	"github.com/gotd/td/exchange"
	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/sandbox/world"
)

const timeout = 5 * time.Minute

func start(t testing.TB, o sandbox.Options) *sandboxtest.Server {
	t.Helper()
	srv, err := sandboxtest.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return srv
}

// connect runs a gotd client on a session until the test ends or stop is called.
func connect(t testing.TB, srv *sandboxtest.Server, st session.Storage) (c *telegram.Client, stop func()) {
	t.Helper()
	c = telegram.NewClient(sandbox.APIID, sandbox.APIHash, telegram.Options{
		DC:             2,
		DCList:         dcs.List{Options: srv.DCOptions()},
		PublicKeys:     []exchange.PublicKey{{RSA: srv.PublicKey()}},
		SessionStorage: st,
		NoUpdates:      true,
	})
	closeClient, err := bg.Connect(c, bg.WithContext(t.Context()), bg.WithStartupTimeout(timeout))
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			closeClient()
		}
	}
	t.Cleanup(stop)
	return c, stop
}

// signedIn returns a client of an account that is already signed in.
func signedIn(t testing.TB, srv *sandboxtest.Server, phone string) *telegram.Client {
	t.Helper()
	st := new(session.StorageMemory)
	if err := srv.IssueSession(t.Context(), st, phone); err != nil {
		t.Fatal(err)
	}
	c, _ := connect(t, srv, st)
	return c
}

func accountID(t testing.TB, phone string) int64 {
	t.Helper()
	id, ok := sandbox.AccountID(phone)
	if !ok {
		t.Fatalf("%s is no test account", phone)
	}
	return id
}

// resolve finds a channel by its username.
func resolve(t testing.TB, api *tg.Client, name string) *tg.Channel {
	t.Helper()
	r, err := api.ContactsResolveUsername(t.Context(), &tg.ContactsResolveUsernameRequest{Username: name})
	if err != nil {
		t.Fatalf("resolve %s: %v", name, err)
	}
	c, ok := r.Chats[0].(*tg.Channel)
	if !ok {
		t.Fatalf("resolve %s: got %T", name, r.Chats[0])
	}
	return c
}

func peer(c *tg.Channel) *tg.InputPeerChannel { return c.AsInputPeer() }

// page requests history and expects messages.channelMessages.
func page(t testing.TB, api *tg.Client, req *tg.MessagesGetHistoryRequest) *tg.MessagesChannelMessages {
	t.Helper()
	answer, err := api.MessagesGetHistory(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	m, ok := answer.(*tg.MessagesChannelMessages)
	if !ok {
		t.Fatalf("got %T", answer)
	}
	return m
}

func ids(messages []tg.MessageClass) []int {
	ids := make([]int, len(messages))
	for i, m := range messages {
		ids[i] = m.GetID()
	}
	return ids
}

// wantError checks for one of Telegram's errors.
func wantError(t testing.TB, err error, code int, message string) {
	t.Helper()
	var e *tgerr.Error
	if !errors.As(err, &e) || e.Code != code || e.Message != message {
		t.Errorf("got error %v, want %d %s", err, code, message)
	}
}

// The channels of the tests' own world.
const (
	newsID    = 1001 // @news: ids 3, 6, 9 … 900, dates 60 s apart
	groupID   = 1002 // @newstalk: the discussion of @news
	hiddenID  = 1003 // @hidden: private
	bannedID  = 1004 // @banned: the account was banned
	emptyID   = 1005 // @empty
	sourceID  = 1006 // @source: forwarded from
	authorID  = 501
	botID     = 502
	epoch     = 1_700_000_000
	newsCount = 300
)

func testWorld(t testing.TB) *world.World {
	t.Helper()
	w := world.New()
	channel := func(id int64, name string) *world.Channel {
		return &world.Channel{
			TL:   tg.Channel{ID: id, Title: name, Username: name, Broadcast: true, Date: epoch},
			Full: tg.ChannelFull{About: "about " + name},
			Log:  new(world.Log),
		}
	}
	news, group := channel(newsID, "news"), channel(groupID, "newstalk")
	hidden, banned := channel(hiddenID, "hidden"), channel(bannedID, "banned")
	news.Full.LinkedChatID = groupID
	group.TL.Broadcast, group.TL.Megagroup = false, true
	hidden.Private, banned.Banned = true, true
	w.AddUser(&tg.User{ID: authorID, FirstName: "Ann", Username: "annwrites"})
	w.AddUser(&tg.User{ID: botID, FirstName: "Bot", Username: "helper_bot", Bot: true})
	for i := 1; i <= newsCount; i++ {
		add(t, news, newsMessage(i))
	}
	fillGroup(t, group)
	for _, c := range []*world.Channel{news, group, hidden, banned, channel(emptyID, "empty"), channel(sourceID, "source")} {
		w.AddChannel(c)
	}
	return w
}

func newsMessage(i int) tg.MessageClass {
	id, date, in := 3*i, epoch+60*i, &tg.PeerChannel{ChannelID: newsID}
	if i%50 == 0 {
		return &tg.MessageService{ID: id, Post: true, PeerID: in, Date: date, Action: &tg.MessageActionChatEditTitle{Title: "News"}}
	}
	m := &tg.Message{ID: id, Post: true, PeerID: in, Date: date, Message: fmt.Sprintf("Новость %d 📰", i), Views: i}
	if i%10 == 0 {
		m.SetFwdFrom(tg.MessageFwdHeader{FromID: &tg.PeerChannel{ChannelID: sourceID}, Date: date, ChannelPost: i})
	}
	if i%15 == 0 {
		m.SetViaBotID(botID)
	}
	return m
}

// fillGroup makes thread 10 under message 3 of @news, with comments 11 and 12 and an answer 14
// to 12; message 13 is outside the thread.
func fillGroup(t testing.TB, group *world.Channel) {
	in, ann := &tg.PeerChannel{ChannelID: groupID}, &tg.PeerUser{UserID: authorID}
	root := &tg.Message{ID: 10, PeerID: in, Date: epoch, Message: "Новость 1", FromID: &tg.PeerChannel{ChannelID: newsID}}
	root.SetFwdFrom(tg.MessageFwdHeader{
		FromID: &tg.PeerChannel{ChannelID: newsID}, ChannelPost: 3, Date: epoch,
		SavedFromPeer: &tg.PeerChannel{ChannelID: newsID}, SavedFromMsgID: 3,
	})
	add(t, group, root)
	comment := func(id, to, top int) {
		m := &tg.Message{ID: id, PeerID: in, FromID: ann, Date: epoch + id, Message: "comment"}
		if to != 0 {
			m.SetReplyTo(&tg.MessageReplyHeader{ReplyToMsgID: to, ReplyToTopID: top})
		}
		add(t, group, m)
	}
	comment(11, 10, 0)
	comment(12, 10, 0)
	comment(13, 0, 0)
	comment(14, 12, 10)
}

func add(t testing.TB, c *world.Channel, m tg.MessageClass) {
	t.Helper()
	if err := c.Log.Append(m); err != nil {
		t.Fatal(err)
	}
}

// within limits a call that a faulty server would let hang.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	t.Cleanup(cancel)
	return ctx
}
