package library

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// An answer describes every peer that its messages refer to, and the shortcut for messages
// without peers overlooks none.
func TestNamedPeers(t *testing.T) {
	in, user, channel := &tg.PeerChannel{ChannelID: 1}, &tg.PeerUser{UserID: 2}, &tg.PeerChannel{ChannelID: 3}
	mention := []tg.MessageEntityClass{&tg.MessageEntityBold{Length: 1}, &tg.MessageEntityMentionName{Length: 1, UserID: 2}}
	tests := map[string]tg.MessageClass{
		"nobody":          &tg.Message{Message: "x", Views: 1, EditDate: 1, PostAuthor: "x", GroupedID: 1, Pinned: true},
		"from":            &tg.Message{FromID: user},
		"saved peer":      &tg.Message{SavedPeerID: user},
		"forward":         &tg.Message{FwdFrom: tg.MessageFwdHeader{FromID: channel}},
		"saved from":      &tg.Message{FwdFrom: tg.MessageFwdHeader{SavedFromPeer: channel, SavedFromMsgID: 1}},
		"saved from user": &tg.Message{FwdFrom: tg.MessageFwdHeader{SavedFromID: user}},
		"bot":             &tg.Message{ViaBotID: 2},
		"business bot":    &tg.Message{ViaBusinessBotID: 2},
		"guest":           &tg.Message{GuestchatViaFrom: user},
		"reply elsewhere": &tg.Message{ReplyTo: &tg.MessageReplyHeader{ReplyToMsgID: 1, ReplyToPeerID: channel}},
		"quoted forward":  &tg.Message{ReplyTo: &tg.MessageReplyHeader{ReplyFrom: tg.MessageFwdHeader{FromID: user}}},
		"quoted mention":  &tg.Message{ReplyTo: &tg.MessageReplyHeader{QuoteText: "x", QuoteEntities: mention}},
		"story":           &tg.Message{ReplyTo: &tg.MessageReplyStoryHeader{Peer: user, StoryID: 1}},
		"mention":         &tg.Message{Message: "x", Entities: mention},
		"contact":         &tg.Message{Media: &tg.MessageMediaContact{UserID: 2}},
		"shared story":    &tg.Message{Media: &tg.MessageMediaStory{Peer: channel, ID: 1}},
		"giveaway":        &tg.Message{Media: &tg.MessageMediaGiveaway{Channels: []int64{3}}},
		"voters": &tg.Message{Media: &tg.MessageMediaPoll{
			Poll: tg.Poll{Question: tg.TextWithEntities{Text: "?"}}, Results: tg.PollResults{RecentVoters: []tg.PeerClass{user}},
		}},
		"comments": &tg.Message{Replies: tg.MessageReplies{Replies: 1, ChannelID: 3, RecentRepliers: []tg.PeerClass{user}}},
		"reactions": &tg.Message{Reactions: tg.MessageReactions{RecentReactions: []tg.MessagePeerReaction{{PeerID: user,
			Reaction: &tg.ReactionEmoji{Emoticon: "👍"}}}}},

		"service, nobody": &tg.MessageService{Action: &tg.MessageActionPinMessage{}},
		"service, from":   &tg.MessageService{FromID: user, Action: &tg.MessageActionPinMessage{}},
		"added":           &tg.MessageService{Action: &tg.MessageActionChatAddUser{Users: []int64{2}}},
		"removed":         &tg.MessageService{Action: &tg.MessageActionChatDeleteUser{UserID: 2}},
		"joined":          &tg.MessageService{Action: &tg.MessageActionChatJoinedByLink{InviterID: 2}},
		"service, reply": &tg.MessageService{ReplyTo: &tg.MessageReplyHeader{ReplyToMsgID: 1, ReplyToPeerID: channel},
			Action: &tg.MessageActionPinMessage{}},
	}
	users := map[string]bool{}
	for name, m := range tests {
		switch m := m.(type) {
		case *tg.Message:
			m.ID, m.PeerID = 1, in
		case *tg.MessageService:
			m.ID, m.PeerID = 1, in
		}
		var direct peers
		direct.addChannel(1)
		direct.addMessage(m)
		p := page{conditions: new(Conditions)}
		p.named.addChannel(1)
		encoded := encode(t, m)
		if err := p.take(func(b []byte) []byte { return append(b, encoded...) }); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(direct, p.named, cmp.AllowUnexported(peers{}, peerKey{})); diff != "" {
			t.Errorf("%s (-by hand +in a page):\n%s", name, diff)
		}
		users[name] = len(direct.users)+len(direct.channels) > 1
	}
	for name, got := range users {
		if want := name != "nobody" && name != "service, nobody"; got != want {
			t.Errorf("%s: names peers %v, want %v", name, got, want)
		}
	}
}

func encode(t *testing.T, m bin.Encoder) []byte {
	t.Helper()
	var b bin.Buffer
	if err := m.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Raw()
}
