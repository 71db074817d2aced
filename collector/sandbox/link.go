package sandbox

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
)

// link is a session on one connection.
type link struct {
	*conn
	key     *authKey
	session *session
}

// incoming is a message from the client.
type incoming struct {
	id   int64
	body []byte
	size int // bytes on the wire; in a container, the first message has them all
}

// send encrypts and sends one message. content marks a message that the client has to
// acknowledge. Just before sending, it calls note with the bytes on the wire.
func (l link) send(ctx context.Context, t proto.MessageType, content bool, m bin.Encoder, note func(size int)) error {
	b := l.srv.buffers.Get()
	defer l.srv.buffers.Put(b)
	err := l.srv.cipher.Encrypt(l.key.AuthKey, crypto.EncryptedMessageData{
		Salt:      l.key.salt,
		SessionID: l.session.id,
		MessageID: l.srv.hooks.messageID(t),
		SeqNo:     l.session.sequence(content),
		Message:   m,
	}, b)
	if err != nil {
		return fmt.Errorf("encrypt answer: %w", err)
	}
	note(b.Len())
	return l.transport.Send(ctx, b)
}

// unnoted is the note of messages that are not counted.
func unnoted(int) {}

// reply sends a service message.
func (l link) reply(ctx context.Context, m bin.Encoder) error {
	return l.send(ctx, proto.MessageServerResponse, false, m, unnoted)
}

// ack acknowledges a message, so that the client does not send it again.
func (l link) ack(ctx context.Context, msgID int64) error {
	return l.send(ctx, proto.MessageFromServer, false, &mt.MsgsAck{MsgIDs: []int64{msgID}}, unnoted)
}

// welcome notifies a client that its session is new to the server.
func (l link) welcome(ctx context.Context, first int64) error {
	return l.send(ctx, proto.MessageFromServer, true, &mt.NewSessionCreated{
		FirstMsgID: first,
		UniqueID:   l.srv.hooks.messageID(proto.MessageFromServer),
		ServerSalt: l.key.salt,
	}, unnoted)
}

// pushTimeout is how long a client may take to read an update.
const pushTimeout = 5 * time.Second

// push sends an update to all connections that use a key. An undelivered update is lost, as
// with Telegram: clients have to poll occasionally.
func (s *Server) push(key [8]byte, update bin.Encoder) {
	ctx, cancel := context.WithTimeout(context.Background(), pushTimeout)
	defer cancel()
	for _, l := range s.links(key) {
		if err := l.send(ctx, proto.MessageFromServer, true, update, unnoted); err != nil && !gone(err) {
			s.log.Warn("update not sent", "dc", l.dc, "error", err)
		}
	}
}

func (s *Server) links(key [8]byte) []*link {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*link
	for c := range s.conns {
		if l := c.talks.Load(); l != nil && l.key.ID == key {
			out = append(out, l)
		}
	}
	return out
}

// watch detects that two sessions use a key at once.
func (l link) watch(msgID int64) error {
	l.key.mu.Lock()
	second := l.key.holders.use(l.session.id, msgID)
	l.key.mu.Unlock()
	if second && l.srv.hooks.secondHolder() {
		return l.srv.keys.set(l.key, signIn{Refusal: errKeyDuplicated.Message})
	}
	return nil
}

// message handles one message; it opens containers and packed messages.
func (l link) message(ctx context.Context, m incoming) error {
	b := &bin.Buffer{Buf: m.body}
	id, err := b.PeekID()
	if err != nil {
		return fmt.Errorf("peek message id: %w", err)
	}
	switch id {
	case proto.MessageContainerTypeID:
		return l.container(ctx, m)
	case proto.GZIPTypeID:
		var packed proto.GZIP
		if err := packed.Decode(b); err != nil {
			return fmt.Errorf("unpack message: %w", err)
		}
		m.body = packed.Data
		return l.message(ctx, m)
	case mt.MsgsAckTypeID, mt.HTTPWaitRequestTypeID, mt.MsgResendReqTypeID,
		mt.MsgsAllInfoTypeID, mt.MsgsStateInfoTypeID:
		return nil
	case mt.PingRequestTypeID, mt.PingDelayDisconnectRequestTypeID,
		mt.GetFutureSaltsRequestTypeID, mt.DestroySessionRequestTypeID,
		mt.MsgsStateReqTypeID, mt.RPCDropAnswerRequestTypeID:
		return l.service(ctx, id, m.id, b)
	}
	l.request(ctx, m)
	return nil
}

func (l link) container(ctx context.Context, m incoming) error {
	var c proto.MessageContainer
	if err := c.Decode(&bin.Buffer{Buf: m.body}); err != nil {
		return fmt.Errorf("open container: %w", err)
	}
	for i, inner := range c.Messages {
		one := incoming{id: inner.ID, body: inner.Body}
		if i == 0 {
			one.size = m.size
		}
		if err := l.message(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// service answers the protocol's own messages:
// https://core.telegram.org/mtproto/service_messages
func (l link) service(ctx context.Context, id uint32, msgID int64, b *bin.Buffer) error {
	switch id {
	case mt.PingRequestTypeID:
		var ping mt.PingRequest
		if err := ping.Decode(b); err != nil {
			return err
		}
		return l.reply(ctx, &mt.Pong{MsgID: msgID, PingID: ping.PingID})
	case mt.PingDelayDisconnectRequestTypeID:
		var ping mt.PingDelayDisconnectRequest
		if err := ping.Decode(b); err != nil {
			return err
		}
		l.disconnectAfter(ctx, time.Duration(ping.DisconnectDelay)*time.Second)
		return l.reply(ctx, &mt.Pong{MsgID: msgID, PingID: ping.PingID})
	case mt.GetFutureSaltsRequestTypeID:
		return l.reply(ctx, &mt.FutureSalts{
			ReqMsgID: msgID,
			Now:      int(l.srv.hooks.now().Unix()),
			Salts:    []mt.FutureSalt{{ValidSince: 1, ValidUntil: math.MaxInt32, Salt: l.key.salt}},
		})
	case mt.DestroySessionRequestTypeID:
		var req mt.DestroySessionRequest
		if err := req.Decode(b); err != nil {
			return err
		}
		if l.key.destroySession(req.SessionID) {
			return l.reply(ctx, &mt.DestroySessionOk{SessionID: req.SessionID})
		}
		return l.reply(ctx, &mt.DestroySessionNone{SessionID: req.SessionID})
	case mt.MsgsStateReqTypeID:
		var req mt.MsgsStateReq
		if err := req.Decode(b); err != nil {
			return err
		}
		info := make([]byte, len(req.MsgIDs))
		for i := range info {
			info[i] = 4 // received
		}
		return l.reply(ctx, &mt.MsgsStateInfo{ReqMsgID: msgID, Info: info})
	}
	return l.dropAnswer(ctx, msgID, b)
}

// dropAnswer stops a request whose answer the client no longer wants.
func (l link) dropAnswer(ctx context.Context, msgID int64, b *bin.Buffer) error {
	var req mt.RPCDropAnswerRequest
	if err := req.Decode(b); err != nil {
		return err
	}
	var answer bin.Encoder = &mt.RPCAnswerUnknown{}
	if l.session.drop(req.ReqMsgID) {
		answer = &mt.RPCAnswerDroppedRunning{}
	}
	return l.result(ctx, msgID, "rpc_drop_answer", answer, unnoted)
}
