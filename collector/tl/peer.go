package tl

import (
	"slices"
	"strings"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
)

// Lookup finds the channels of an answer by their bare ids.
type Lookup map[int64]Name

// Name is the username and title of a channel.
type Name struct{ Username, Title string }

// NewLookup makes a Lookup of an answer's chats.
func NewLookup(chats []tg.ChatClass) Lookup {
	l := make(Lookup, len(chats))
	for _, chat := range chats {
		switch ch := chat.(type) {
		case *tg.Channel:
			l[ch.ID] = Name{Username: mainUsername(usernames(ch)), Title: clean(ch.Title)}
		case *tg.ChannelForbidden:
			l[ch.ID] = Name{Title: clean(ch.Title)}
		}
	}
	return l
}

// Peers converts an answer's chats and users to peers. In a private collection a person has
// only a pseudonym; a bot keeps its username, which shows that a mention of it is not one of a
// channel. Communities are omitted.
func (c Converter) Peers(chats []tg.ChatClass, users []tg.UserClass) []collector.Peer {
	peers := make([]collector.Peer, 0, len(chats)+len(users))
	for _, chat := range chats {
		if p, ok := chatPeer(chat); ok {
			p.Raw = string(c.raw(nil, chat))
			peers = append(peers, p)
		}
	}
	for _, user := range users {
		if p, ok := c.userPeer(user); ok {
			p.Raw = string(c.raw(nil, user))
			peers = append(peers, p)
		}
	}
	return peers
}

func chatPeer(chat tg.ChatClass) (collector.Peer, bool) {
	switch ch := chat.(type) {
	case *tg.Channel:
		return collector.Peer{
			Type: collector.PeerChannel, ID: ch.ID,
			Username: mainUsername(usernames(ch)), Title: clean(ch.Title),
			Kind:     channelKind(ch.Megagroup, ch.Gigagroup),
			Verified: ch.Verified, Scam: ch.Scam, Fake: ch.Fake,
			Participants: count(ch.GetParticipantsCount()),
		}, true
	case *tg.ChannelForbidden:
		return collector.Peer{
			Type: collector.PeerChannel, ID: ch.ID, Title: clean(ch.Title),
			Kind: channelKind(ch.Megagroup, false),
		}, true
	case *tg.Chat:
		return collector.Peer{
			Type: collector.PeerChat, ID: ch.ID, Title: clean(ch.Title),
			Participants: count(ch.ParticipantsCount, true),
		}, true
	case *tg.ChatForbidden:
		return collector.Peer{Type: collector.PeerChat, ID: ch.ID, Title: clean(ch.Title)}, true
	case *tg.ChatEmpty:
		return collector.Peer{Type: collector.PeerChat, ID: ch.ID}, true
	}
	return collector.Peer{}, false
}

func (c Converter) userPeer(user tg.UserClass) (collector.Peer, bool) {
	switch u := user.(type) {
	case *tg.User:
		p := collector.Peer{
			Type: collector.PeerUser, ID: c.userID(u.ID),
			Username: c.personal(mainUsername(activeUsernames(u.Username, u.Usernames))),
			Title:    c.personal(fullName(u.FirstName, u.LastName)),
			Verified: u.Verified, Scam: u.Scam, Fake: u.Fake,
		}
		if u.Bot {
			p.Kind = "bot"
			p.Username = mainUsername(activeUsernames(u.Username, u.Usernames)) // not private: the name is public
		}
		return p, true
	case *tg.UserEmpty:
		return collector.Peer{Type: collector.PeerUser, ID: c.userID(u.ID)}, true
	}
	return collector.Peer{}, false
}

func channelKind(megagroup, gigagroup bool) string {
	switch {
	case gigagroup:
		return collector.Gigagroup
	case megagroup:
		return collector.Supergroup
	}
	return collector.Broadcast
}

// usernames are the active usernames of a channel, the main one first.
func usernames(ch *tg.Channel) []string { return activeUsernames(ch.Username, ch.Usernames) }

// activeUsernames joins the two places where Telegram has usernames: a single
// one, or the list where there are several.
func activeUsernames(main string, list []tg.Username) []string {
	var names []string
	if main != "" {
		names = append(names, clean(main))
	}
	for _, u := range list {
		name := clean(u.Username)
		same := func(have string) bool { return strings.EqualFold(have, name) }
		if u.Active && name != "" && !slices.ContainsFunc(names, same) {
			names = append(names, name)
		}
	}
	return names
}

func mainUsername(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}
