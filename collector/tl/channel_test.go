package tl_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
)

func fullChannel() *tg.MessagesChatFull {
	details := &tg.ChannelFull{
		ID: 1000, About: "About us", ChatPhoto: &tg.Photo{ID: 55, AccessHash: 9, FileReference: []byte{1}, Date: 1},
		BotInfo: []tg.BotInfo{},
	}
	details.SetParticipantsCount(82932)
	details.SetLinkedChatID(3000)
	details.SetRecentRequesters([]int64{4242})
	details.SetRequestsPending(1)
	details.SetDefaultSendAs(&tg.PeerUser{UserID: 4242})
	invite := &tg.ChatInviteExported{Link: "https://t.me/+x", AdminID: 4242, Date: 1}
	details.SetExportedInvite(invite)

	ch := &tg.Channel{ID: 1000, Title: "Title", Broadcast: true, Verified: true, Signatures: true, Noforwards: true, Restricted: true,
		Photo: &tg.ChatPhotoEmpty{}, Date: 1442880000}
	ch.SetAccessHash(77)
	ch.SetRestrictionReason([]tg.RestrictionReason{{Platform: "ios", Reason: "porn", Text: "Not here."},
		{Platform: "android", Reason: "copyright", Text: "Gone."}})
	ch.SetUsernames([]tg.Username{{Username: "old"}, {Username: "Main", Active: true}, {Username: "second", Active: true}})

	group := &tg.Channel{ID: 3000, Title: "Talk", Megagroup: true, Photo: &tg.ChatPhotoEmpty{}}
	group.SetUsername("talk")
	user := &tg.User{ID: 4242, Bot: true}
	user.SetFirstName("Ada")
	user.SetLastName("L")
	user.SetUsername("ada")
	user.SetPhone("49123")
	return &tg.MessagesChatFull{
		FullChat: details,
		Chats: []tg.ChatClass{group, ch, &tg.Chat{ID: 5, Title: "Basic", ParticipantsCount: 0, Photo: &tg.ChatPhotoEmpty{}},
			&tg.CommunityForbidden{ID: 6}},
		Users: []tg.UserClass{user},
	}
}

func TestChannel(t *testing.T) {
	created := time.Date(2015, 9, 22, 0, 0, 0, 0, time.UTC)
	n := func(n int64) *int64 { return &n }
	want := collector.Channel{
		ID: 1000, Username: "Main", Usernames: []string{"Main", "second"}, Title: "Title", About: "About us", Kind: collector.Broadcast,
		CreatedAt: &created, Participants: n(82932), LinkedChannelID: 3000, PhotoID: 55,
		Verified: true, Restricted: true, RestrictionReason: "ios-porn: Not here.; android-copyright: Gone.", NoForwards: true, Signatures: true,
		Peers: []collector.Peer{
			{Type: "channel", ID: 3000, Username: "talk", Title: "Talk", Kind: collector.Supergroup},
			{Type: "channel", ID: 1000, Username: "Main", Title: "Title", Kind: collector.Broadcast, Verified: true},
			{Type: "chat", ID: 5, Title: "Basic", Participants: n(0)},
			{Type: "user", ID: 7000000004242, Username: "ada", Kind: "bot"},
		},
	}
	got, err := private.Channel(fullChannel(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	opts := []cmp.Option{cmpopts.IgnoreFields(collector.Channel{}, "Raw"), cmpopts.IgnoreFields(collector.Peer{}, "Raw")}
	if diff := cmp.Diff(want, got, opts...); diff != "" {
		t.Errorf("private (-want +got):\n%s", diff)
	}
	all := got.Raw
	for _, p := range got.Peers {
		all += p.Raw
		if !json.Valid([]byte(p.Raw)) {
			t.Errorf("raw of %s %d is no JSON", p.Type, p.ID)
		}
	}
	for _, word := range []string{"Ada", "ada", "49123", "access_hash", "file_reference", ":4242", "[4242"} {
		if strings.Contains(all, word) {
			t.Errorf("private raw holds %s:\n%s", word, all)
		}
	}
	if !strings.HasPrefix(got.Raw, `{"_":"ChatFull","full_chat":{"_":"ChannelFull","id":1000,`) {
		t.Errorf("raw: got %.100s", got.Raw)
	}

	want.Peers[3] = collector.Peer{Type: "user", ID: 4242, Username: "ada", Title: "Ada L", Kind: "bot"}
	got, err = personal.Channel(fullChannel(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, opts...); diff != "" {
		t.Errorf("personal (-want +got):\n%s", diff)
	}
	if !strings.Contains(got.Peers[3].Raw, `"phone":"49123"`) {
		t.Errorf("personal raw of a user: got %s", got.Peers[3].Raw)
	}
}

func TestChannelErrors(t *testing.T) {
	forbidden := fullChannel()
	forbidden.Chats = []tg.ChatClass{&tg.ChannelForbidden{ID: 1000}}
	missing := fullChannel()
	missing.Chats = nil
	group := &tg.MessagesChatFull{FullChat: &tg.ChatFull{ID: 1000}}
	tests := []struct {
		name string
		full *tg.MessagesChatFull
		id   int64
		want collector.Kind
	}{
		{"forbidden", forbidden, 1000, collector.Private},
		{"missing", missing, 1000, collector.Internal},
		{"another", fullChannel(), 3000, collector.Internal},
		{"basic group", group, 1000, collector.NotAChannel},
		{"nothing", &tg.MessagesChatFull{}, 1000, collector.NotAChannel},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := private.Channel(tt.full, tt.id)
			if got := collector.KindOf(err); got != tt.want {
				t.Errorf("got %q (%v), want %q", got, err, tt.want)
			}
		})
	}
}
