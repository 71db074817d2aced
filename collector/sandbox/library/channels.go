package library

import (
	"regexp"
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector/sandbox/world"
)

// usernames follow Telegram's syntax; four-letter names were sold.
var usernameSyntax = regexp.MustCompile(`^[A-Za-z](_?[A-Za-z0-9])+$`)

func validUsername(name string) bool {
	return len(name) >= 4 && len(name) <= 32 && usernameSyntax.MatchString(name)
}

func (c Reader) resolveUsername(req *tg.ContactsResolveUsernameRequest) (bin.Encoder, error) {
	if !validUsername(req.Username) {
		return nil, errUsernameInvalid
	}
	peer, ok := c.world.Username(req.Username)
	if !ok {
		return nil, errUsernameUnknown
	}
	var named peers
	named.add(peer)
	answer := &tg.ContactsResolvedPeer{Peer: peer}
	answer.Chats, answer.Users = named.objects(c, false, named.channels)
	if len(answer.Chats)+len(answer.Users) == 0 {
		return nil, errUsernameUnknown
	}
	return c.locked(answer), nil
}

// channel finds a channel by id and access hash.
func (c Reader) channel(id, hash int64) (*world.Channel, error) {
	found, ok := c.world.Channel(id)
	if !ok || hash != c.hash(kindChannel, id) {
		return nil, errChannelInvalid
	}
	// A channel that the world has only a name of has no messages.
	if found.Private || found.TL.Min {
		return nil, errChannelPrivate
	}
	return found, nil
}

func (c Reader) inputChannel(in tg.InputChannelClass) (*world.Channel, error) {
	switch in := in.(type) {
	case *tg.InputChannel:
		return c.channel(in.ChannelID, in.AccessHash)
	case *tg.InputChannelFromMessage:
		return c.channelFrom(in.Peer, in.MsgID, in.ChannelID)
	}
	return nil, errChannelInvalid
}

// channelFrom finds a channel that the caller saw in a message: a min constructor has no
// usable access hash, so the message identifies it. See https://core.telegram.org/api/min
func (c Reader) channelFrom(peer tg.InputPeerClass, msgID int, id int64) (*world.Channel, error) {
	in, err := c.readable(peer)
	if err != nil {
		return nil, err
	}
	i := in.Log.Search(msgID)
	if msgID <= 0 || i >= in.Log.Len() || in.Log.ID(i) != msgID {
		return nil, errMessageInvalid
	}
	m, err := in.Log.Message(i)
	if err != nil {
		return nil, err
	}
	var named peers
	if named.addMessage(m); !slices.Contains(named.channels, id) {
		return nil, errChannelInvalid
	}
	return c.channel(id, c.hash(kindChannel, id))
}

// readable finds a channel whose messages the caller may read.
func (c Reader) readable(in tg.InputPeerClass) (*world.Channel, error) {
	var found *world.Channel
	var err error
	switch in := in.(type) {
	case *tg.InputPeerChannel:
		found, err = c.channel(in.ChannelID, in.AccessHash)
	case *tg.InputPeerChannelFromMessage:
		found, err = c.channelFrom(in.Peer, in.MsgID, in.ChannelID)
	default:
		return nil, errPeerInvalid
	}
	switch {
	case err != nil:
		return nil, err
	case found.Banned:
		return nil, errChannelBanned
	case found.Refused != "":
		return nil, tgerr.New(400, found.Refused)
	}
	return found, err
}

func (c Reader) getChannels(req *tg.ChannelsGetChannelsRequest) (bin.Encoder, error) {
	var answer tg.MessagesChats
	for _, in := range req.ID {
		found, err := c.inputChannel(in)
		if err != nil {
			return nil, err
		}
		answer.Chats = append(answer.Chats, c.chat(found, false))
	}
	return c.locked(&answer), nil
}

func (c Reader) getFullChannel(req *tg.ChannelsGetFullChannelRequest) (bin.Encoder, error) {
	found, err := c.inputChannel(req.Channel)
	if err != nil {
		return nil, err
	}
	if found.Banned {
		return nil, errChannelPrivate
	}
	full := found.Full
	full.ID = found.TL.ID
	full.Pts = pts(found)
	full.ReadInboxMaxID = found.Log.Top()
	if full.ChatPhoto == nil {
		full.ChatPhoto = &tg.PhotoEmpty{}
	}
	var named peers
	named.addChannel(found.TL.ID)
	named.addChannel(full.LinkedChatID)
	for _, bot := range full.BotInfo {
		named.addUser(bot.UserID)
	}
	answer := &tg.MessagesChatFull{FullChat: &full}
	answer.Chats, answer.Users = named.objects(c, false, nil)
	return c.locked(answer), nil
}

// pts is a channel's event count: at least one event for each message ever sent.
func pts(c *world.Channel) int { return max(1, c.Log.Top()) }
