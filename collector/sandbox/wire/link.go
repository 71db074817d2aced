package wire

import (
	"bytes"
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
	key     *Key
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
		Salt:      l.key.Salt,
		SessionID: l.session.id,
		MessageID: l.srv.ids.Load().New(t),
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
		UniqueID:   l.srv.ids.Load().New(proto.MessageFromServer),
		ServerSalt: l.key.Salt,
	}, unnoted)
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
		mt.GetFutureSaltsRequestTypeID, mt.DestroySessionRequestTypeID, mt.MsgsStateReqTypeID:
		answer, err := l.service(ctx, id, m.id, b)
		if err != nil {
			return err
		}
		return l.reply(ctx, answer)
	case mt.RPCDropAnswerRequestTypeID:
		answer, err := decoded(b, l.dropAnswer)
		if err != nil {
			return err
		}
		return l.result(ctx, m.id, "rpc_drop_answer", answer, unnoted)
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
func (l link) service(ctx context.Context, id uint32, msgID int64, b *bin.Buffer) (bin.Encoder, error) {
	switch id {
	case mt.PingRequestTypeID:
		return decoded(b, func(ping *mt.PingRequest) (bin.Encoder, error) {
			return &mt.Pong{MsgID: msgID, PingID: ping.PingID}, nil
		})
	case mt.PingDelayDisconnectRequestTypeID:
		return decoded(b, func(ping *mt.PingDelayDisconnectRequest) (bin.Encoder, error) {
			l.disconnectAfter(ctx, time.Duration(ping.DisconnectDelay)*time.Second)
			return &mt.Pong{MsgID: msgID, PingID: ping.PingID}, nil
		})
	case mt.DestroySessionRequestTypeID:
		return decoded(b, func(req *mt.DestroySessionRequest) (bin.Encoder, error) {
			if l.key.destroySession(req.SessionID) {
				return &mt.DestroySessionOk{SessionID: req.SessionID}, nil
			}
			return &mt.DestroySessionNone{SessionID: req.SessionID}, nil
		})
	case mt.MsgsStateReqTypeID:
		return decoded(b, func(req *mt.MsgsStateReq) (bin.Encoder, error) {
			received := bytes.Repeat([]byte{4}, len(req.MsgIDs))
			return &mt.MsgsStateInfo{ReqMsgID: msgID, Info: received}, nil
		})
	}
	return &mt.FutureSalts{
		ReqMsgID: msgID,
		Now:      int(l.srv.Now().Unix()),
		Salts:    []mt.FutureSalt{{ValidSince: 1, ValidUntil: math.MaxInt32, Salt: l.key.Salt}},
	}, nil
}

// dropAnswer stops a request whose answer the client no longer wants.
func (l link) dropAnswer(req *mt.RPCDropAnswerRequest) (bin.Encoder, error) {
	if l.session.drop(req.ReqMsgID) {
		return &mt.RPCAnswerDroppedRunning{}, nil
	}
	return &mt.RPCAnswerUnknown{}, nil
}
