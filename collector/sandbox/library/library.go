// Package library answers the methods of Telegram that read: channels, their history, comments
// and topics, users. It serves a [world.World].
package library

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector/sandbox/wire"
	"telegramtrac/collector/sandbox/world"
)

// Library answers what people ask about a world.
type Library struct {
	world  *world.World
	secret []byte // of access hashes
	now    func() time.Time

	conditions atomic.Pointer[Conditions]
	threads    derived[discussion]
	forums     derived[[]topic]
	encoding   sync.Mutex // gotd writes flags into objects that it encodes
}

// New makes the library of a world. The secret makes the access hashes.
func New(w *world.World, secret []byte, now func() time.Time) *Library {
	l := &Library{world: w, secret: secret, now: now}
	l.conditions.Store(new(Conditions))
	return l
}

// Reader is an account that asks.
type Reader struct {
	*Library
	Account int64
	Phone   string // digits
}

// Conditions make answers as faulty as the real service's can be. The zero value makes none so.
type Conditions struct {
	// MinPeers makes pages describe all other channels and users by min constructors, whose
	// access hash cannot be used: https://core.telegram.org/api/min
	MinPeers bool
	// Shorter, if set, returns how many of a page of n objects an answer has.
	Shorter func(n int) int
	// Arrange, if set, returns the positions that a page has instead of these: they are
	// newest first, below offsetID, of all positions below end.
	Arrange func(channelID int64, offsetID int, positions []int, end int) []int
	// Omits, if set, reports whether to omit a message that is asked for by its id.
	Omits func() bool
	// Message, if set, changes an encoded message.
	Message func(channelID int64, encoded []byte) ([]byte, error)
}

// Change changes the conditions from now on.
func (l *Library) Change(c Conditions) { l.conditions.Store(&c) }

func (c *Conditions) shorter(n int) int {
	if c.Shorter == nil || n == 0 {
		return n
	}
	return c.Shorter(n)
}

// derived is what was read from logs. A log is read once, and again when its length or newest
// id has changed.
type derived[T any] struct {
	mu    sync.Mutex
	known map[*world.Log]reading[T]
}

type reading[T any] struct {
	len, top int
	found    T
}

// of returns what read finds in a log.
func (d *derived[T]) of(l *world.Log, read func(*world.Log) (T, error)) (T, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	known, ok := d.known[l]
	if ok && known.len == l.Len() && known.top == l.Top() {
		return known.found, nil
	}
	r := reading[T]{len: l.Len(), top: l.Top()}
	var err error
	if r.found, err = read(l); err != nil {
		return r.found, err
	}
	if d.known == nil {
		d.known = map[*world.Log]reading[T]{}
	}
	d.known[l] = r
	return r.found, nil
}

// Errors as Telegram names them: https://core.telegram.org/api/errors
var (
	errUsernameInvalid  = tgerr.New(400, "USERNAME_INVALID")
	errUsernameUnknown  = tgerr.New(400, "USERNAME_NOT_OCCUPIED")
	errPeerInvalid      = tgerr.New(400, "PEER_ID_INVALID")
	errUserInvalid      = tgerr.New(400, "USER_ID_INVALID")
	errChannelInvalid   = tgerr.New(400, "CHANNEL_INVALID")
	errChannelPrivate   = tgerr.New(400, "CHANNEL_PRIVATE")
	errChannelBanned    = tgerr.New(400, "USER_BANNED_IN_CHANNEL")
	errForumMissing     = tgerr.New(400, "CHANNEL_FORUM_MISSING")
	errMessageIDInvalid = tgerr.New(400, "MSG_ID_INVALID")
	errMessageIDsEmpty  = tgerr.New(400, "MESSAGE_IDS_EMPTY")
	errMessageInvalid   = tgerr.New(400, "MESSAGE_ID_INVALID")
)

// Method is one method of the API.
type Method struct {
	Name string
	Do   func(Reader, *bin.Buffer) (bin.Encoder, error)
}

func method[R any, P interface {
	*R
	bin.Decoder
}](name string, do func(Reader, P) (bin.Encoder, error)) Method {
	return Method{name, wire.Decoding(do)}
}

// Methods are the methods that read, by the id of their request.
var Methods = map[uint32]Method{
	tg.UsersGetUsersRequestTypeID:           method("users.getUsers", Reader.getUsers),
	tg.UsersGetFullUserRequestTypeID:        method("users.getFullUser", Reader.getFullUser),
	tg.UpdatesGetStateRequestTypeID:         method("updates.getState", Reader.getState),
	tg.ContactsResolveUsernameRequestTypeID: method("contacts.resolveUsername", Reader.resolveUsername),
	tg.ChannelsGetChannelsRequestTypeID:     method("channels.getChannels", Reader.getChannels),
	tg.ChannelsGetFullChannelRequestTypeID:  method("channels.getFullChannel", Reader.getFullChannel),
	tg.ChannelsGetMessagesRequestTypeID:     method("channels.getMessages", Reader.getMessages),
	tg.MessagesGetHistoryRequestTypeID:      method("messages.getHistory", Reader.getHistory),
	tg.MessagesGetRepliesRequestTypeID:      method("messages.getReplies", Reader.getReplies),
	tg.MessagesGetForumTopicsRequestTypeID:  method("messages.getForumTopics", Reader.getForumTopics),
	tg.MessagesGetRichMessageRequestTypeID:  method("messages.getRichMessage", Reader.getRichMessage),
}
