package sandbox_test

import (
	"testing"

	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox"
)

func TestResolve(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{World: testWorld(t)})
	api := signedIn(t, srv, sandbox.PhonePlain).API()
	for name, want := range map[string]string{
		"nobody_has_it":                     "USERNAME_NOT_OCCUPIED",
		"four":                              "USERNAME_NOT_OCCUPIED",
		"abc":                               "USERNAME_INVALID",
		"":                                  "USERNAME_INVALID",
		"1news":                             "USERNAME_INVALID",
		"_news":                             "USERNAME_INVALID",
		"news_":                             "USERNAME_INVALID",
		"ne__ws":                            "USERNAME_INVALID",
		"new-s":                             "USERNAME_INVALID",
		"новости":                           "USERNAME_INVALID",
		"a23456789012345678901234567890123": "USERNAME_INVALID",
	} {
		_, err := api.ContactsResolveUsername(t.Context(), &tg.ContactsResolveUsernameRequest{Username: name})
		wantError(t, err, 400, want)
	}
	for _, name := range []string{"news", "NEWS"} {
		c := resolve(t, api, name)
		if c.ID != newsID || c.Title != "news" || c.AccessHash == 0 || c.Min {
			t.Errorf("%s: got %+v", name, c)
		}
	}
	r, err := api.ContactsResolveUsername(t.Context(), &tg.ContactsResolveUsernameRequest{Username: "helper_bot"})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Chats) != 0 || len(r.Users) != 1 || !r.Users[0].(*tg.User).Bot {
		t.Errorf("a bot: got %+v", r)
	}
}

func TestFullChannel(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{World: testWorld(t)})
	api := signedIn(t, srv, sandbox.PhonePlain).API()
	news := resolve(t, api, "news")
	full, err := api.ChannelsGetFullChannel(t.Context(), news.AsInput())
	if err != nil {
		t.Fatal(err)
	}
	got := full.FullChat.(*tg.ChannelFull)
	if got.ID != newsID || got.About != "about news" || got.LinkedChatID != groupID || got.ReadInboxMaxID != 900 {
		t.Errorf("got %+v", got)
	}
	if len(full.Chats) != 2 || full.Chats[0].GetID() != newsID || full.Chats[1].GetID() != groupID {
		t.Errorf("got chats %v, want the channel and its group", full.Chats)
	}
	// The group can be read with the access hash in the same answer.
	group := full.Chats[1].(*tg.Channel)
	if m := page(t, api, &tg.MessagesGetHistoryRequest{Peer: peer(group), Limit: 100}); len(m.Messages) != 5 {
		t.Errorf("group: got %d messages, want 5", len(m.Messages))
	}
	chats, err := api.ChannelsGetChannels(t.Context(), []tg.InputChannelClass{news.AsInput(), group.AsInput()})
	if err != nil {
		t.Fatal(err)
	}
	if got := chats.GetChats(); len(got) != 2 || got[1].GetID() != groupID {
		t.Errorf("got %v", got)
	}
}

// Access hashes are valid for one account, and closed channels refuse all requests.
func TestClosedChannels(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{World: testWorld(t)})
	api := signedIn(t, srv, sandbox.PhonePlain).API()
	other := signedIn(t, srv, sandbox.PhonePassword).API()
	foreign := resolve(t, other, "news")
	hidden := resolve(t, api, "hidden")
	r, err := api.ContactsResolveUsername(t.Context(), &tg.ContactsResolveUsernameRequest{Username: "banned"})
	if err != nil {
		t.Fatal(err)
	}
	forbidden, ok := r.Chats[0].(*tg.ChannelForbidden)
	if !ok {
		t.Fatalf("banned: got %T", r.Chats[0])
	}
	banned := &tg.Channel{ID: forbidden.ID, AccessHash: forbidden.AccessHash}
	tests := []struct {
		name          string
		channel       *tg.Channel
		details, read string
	}{
		{"another account's hash", foreign, "CHANNEL_INVALID", "CHANNEL_INVALID"},
		{"unknown id", &tg.Channel{ID: 5, AccessHash: foreign.AccessHash}, "CHANNEL_INVALID", "CHANNEL_INVALID"},
		{"private", hidden, "CHANNEL_PRIVATE", "CHANNEL_PRIVATE"},
		{"banned", banned, "CHANNEL_PRIVATE", "USER_BANNED_IN_CHANNEL"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ctx, c := t.Context(), test.channel
			in := &tg.InputChannel{ChannelID: c.ID, AccessHash: c.AccessHash}
			inPeer := &tg.InputPeerChannel{ChannelID: c.ID, AccessHash: c.AccessHash}
			_, err := api.ChannelsGetFullChannel(ctx, in)
			wantError(t, err, 400, test.details)
			_, err = api.MessagesGetHistory(ctx, &tg.MessagesGetHistoryRequest{Peer: inPeer, Limit: 1})
			wantError(t, err, 400, test.read)
			_, err = api.MessagesGetReplies(ctx, &tg.MessagesGetRepliesRequest{Peer: inPeer, MsgID: 3, Limit: 1})
			wantError(t, err, 400, test.read)
			_, err = api.ChannelsGetMessages(ctx, &tg.ChannelsGetMessagesRequest{Channel: in, ID: []tg.InputMessageClass{&tg.InputMessageID{ID: 3}}})
			wantError(t, err, 400, test.read)
		})
	}
	_, err = api.MessagesGetHistory(t.Context(), &tg.MessagesGetHistoryRequest{Peer: &tg.InputPeerSelf{}})
	wantError(t, err, 400, "PEER_ID_INVALID")
	_, err = api.MessagesGetDialogs(t.Context(), &tg.MessagesGetDialogsRequest{OffsetPeer: &tg.InputPeerEmpty{}})
	wantError(t, err, 400, "METHOD_INVALID")
}

func TestUsers(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{World: testWorld(t)})
	api := signedIn(t, srv, sandbox.PhonePlain).API()
	r, err := api.ContactsResolveUsername(t.Context(), &tg.ContactsResolveUsernameRequest{Username: "annwrites"})
	if err != nil {
		t.Fatal(err)
	}
	ann := r.Users[0].(*tg.User)
	users, err := api.UsersGetUsers(t.Context(), []tg.InputUserClass{
		&tg.InputUserSelf{}, ann.AsInput(), &tg.InputUser{UserID: ann.ID, AccessHash: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	if self := users[0].(*tg.User); !self.Self || self.Phone != "9996620001" {
		t.Errorf("self: got %+v", self)
	}
	if got := users[1].(*tg.User).FirstName; got != "Ann" {
		t.Errorf("user: got %q", got)
	}
	if _, ok := users[2].(*tg.UserEmpty); !ok {
		t.Errorf("with a wrong hash: got %T", users[2])
	}
	full, err := api.UsersGetFullUser(t.Context(), &tg.InputUserSelf{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := full.FullUser.ID, accountID(t, sandbox.PhonePlain); got != want {
		t.Errorf("full user: got %d, want %d", got, want)
	}
	if _, err := api.HelpGetAppConfig(t.Context(), 0); err != nil {
		t.Error(err)
	}
	if dc, err := api.HelpGetNearestDC(t.Context()); err != nil || dc.ThisDC != 2 {
		t.Errorf("nearest: got %v, %v", dc, err)
	}
}
