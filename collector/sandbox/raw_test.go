package sandbox_test

import (
	"context"
	"crypto/rand"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/session"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/transport"

	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
)

// raw is a client that sends exactly what a test wants.
type raw struct {
	t      testing.TB
	ctx    context.Context
	conn   transport.Conn
	key    crypto.AuthKey
	id     int64 // session
	cipher crypto.Cipher
	ids    *proto.MessageIDGen
}

func address(srv *sandboxtest.Server, dc int) string {
	o := srv.DCOptions()[dc-1]
	return net.JoinHostPort(o.IPAddress, strconv.Itoa(o.Port))
}

func dialRaw(t testing.TB, srv *sandboxtest.Server, p transport.Protocol, key crypto.AuthKey, sessionID int64) *raw {
	t.Helper()
	c, err := net.Dial("tcp", address(srv, 2))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	conn, err := p.Handshake(c)
	if err != nil {
		t.Fatal(err)
	}
	return &raw{
		t: t, ctx: within(t), conn: conn, key: key, id: sessionID,
		cipher: crypto.NewClientCipher(rand.Reader), ids: proto.NewMessageIDGen(time.Now),
	}
}

// issueKey returns the auth key of a signed-in session.
func issueKey(t testing.TB, srv *sandboxtest.Server, phone string) crypto.AuthKey {
	t.Helper()
	st := new(session.StorageMemory)
	if err := srv.IssueSession(t.Context(), st, phone); err != nil {
		t.Fatal(err)
	}
	data, err := (&session.Loader{Storage: st}).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return crypto.Key(data.AuthKey).WithID()
}

func (r *raw) send(m bin.Encoder) int64 {
	r.t.Helper()
	id := r.ids.New(proto.MessageFromClient)
	r.sendAs(id, m)
	return id
}

func (r *raw) sendAs(id int64, m bin.Encoder) {
	r.t.Helper()
	var b bin.Buffer
	if err := r.cipher.Encrypt(r.key, crypto.EncryptedMessageData{SessionID: r.id, MessageID: id, Message: m}, &b); err != nil {
		r.t.Fatal(err)
	}
	if err := r.conn.Send(r.ctx, &b); err != nil {
		r.t.Fatal(err)
	}
}

// receive returns the next message.
func (r *raw) receive() (*bin.Buffer, error) {
	var b bin.Buffer
	if err := r.conn.Recv(r.ctx, &b); err != nil {
		return nil, err
	}
	m, err := r.cipher.DecryptFromBuffer(r.key, &b)
	if err != nil {
		return nil, err
	}
	return &bin.Buffer{Buf: m.Data()}, nil
}

// expect decodes the next message of a type and skips others.
func (r *raw) expect(id uint32, m bin.Decoder) {
	r.t.Helper()
	for {
		b, err := r.receive()
		if err != nil {
			r.t.Fatalf("wait for %#x: %v", id, err)
		}
		got, err := b.PeekID()
		if err != nil {
			r.t.Fatal(err)
		}
		if got != id {
			continue
		}
		if err := m.Decode(b); err != nil {
			r.t.Fatal(err)
		}
		return
	}
}

// result returns the answer to a request, unpacked.
func (r *raw) result(id int64) *bin.Buffer {
	r.t.Helper()
	for {
		var result proto.Result
		r.expect(proto.ResultTypeID, &result)
		if result.RequestMessageID != id {
			continue
		}
		b := &bin.Buffer{Buf: result.Result}
		if typ, _ := b.PeekID(); typ == proto.GZIPTypeID {
			var packed proto.GZIP
			if err := packed.Decode(b); err != nil {
				r.t.Fatal(err)
			}
			b = &bin.Buffer{Buf: packed.Data}
		}
		return b
	}
}

func (r *raw) wantDC(id int64) {
	r.t.Helper()
	var dc tg.NearestDC
	if err := dc.Decode(r.result(id)); err != nil || dc.ThisDC != 2 {
		r.t.Errorf("got %+v, %v", dc, err)
	}
}

func TestTransports(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{})
	key := issueKey(t, srv, sandbox.PhonePlain)

	// A silent client does not block others.
	silent, err := net.Dial("tcp", address(srv, 2))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for i, p := range []transport.Protocol{
		transport.Abridged, transport.Intermediate, transport.PaddedIntermediate, transport.Full,
	} {
		r := dialRaw(t, srv, p, key, int64(i+1))
		r.wantDC(r.send(&tg.HelpGetNearestDCRequest{}))
	}
}

func TestUnknownKey(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{})
	var other crypto.Key
	rand.Read(other[:])
	r := dialRaw(t, srv, transport.Intermediate, other.WithID(), 1)
	r.send(&tg.HelpGetNearestDCRequest{})
	_, err := r.receive()
	if err == nil || err.Error() != "read: auth key not found" {
		t.Errorf("got %v, want a transport error 404", err)
	}
	// A key belongs to one data centre.
	r.key = issueKey(t, srv, sandbox.PhoneOtherDC)
	r.send(&tg.HelpGetNearestDCRequest{})
	if _, err := r.receive(); err == nil || err.Error() != "read: auth key not found" {
		t.Errorf("key of another data centre: got %v", err)
	}
}

func TestServiceMessages(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{})
	key := issueKey(t, srv, sandbox.PhonePlain)
	r := dialRaw(t, srv, transport.Intermediate, key, 7)

	ping := r.send(&mt.PingRequest{PingID: 42})
	var created mt.NewSessionCreated
	r.expect(mt.NewSessionCreatedTypeID, &created)
	if created.FirstMsgID != ping {
		t.Errorf("session begins with %d, want %d", created.FirstMsgID, ping)
	}
	var pong mt.Pong
	r.expect(mt.PongTypeID, &pong)
	if pong.PingID != 42 || pong.MsgID != ping {
		t.Errorf("got %+v", pong)
	}

	asked := r.send(&mt.GetFutureSaltsRequest{Num: 2})
	var salts mt.FutureSalts
	r.expect(mt.FutureSaltsTypeID, &salts)
	if salts.ReqMsgID != asked || len(salts.Salts) == 0 || salts.Salts[0].Salt != created.ServerSalt {
		t.Errorf("got salts %+v, want the session's", salts)
	}

	asked = r.send(&mt.MsgsStateReq{MsgIDs: []int64{1, 2, 3}})
	var state mt.MsgsStateInfo
	r.expect(mt.MsgsStateInfoTypeID, &state)
	if state.ReqMsgID != asked || len(state.Info) != 3 {
		t.Errorf("got %+v", state)
	}

	r.send(&mt.DestroySessionRequest{SessionID: 99})
	r.expect(mt.DestroySessionNoneTypeID, new(mt.DestroySessionNone))
	r.send(&mt.DestroySessionRequest{SessionID: 7})
	r.expect(mt.DestroySessionOkTypeID, new(mt.DestroySessionOk))
	r.send(&mt.PingRequest{PingID: 43})
	r.expect(mt.NewSessionCreatedTypeID, &created)

	// An answer that the client no longer wants.
	srv.Hooks().SetLatency(time.Hour)
	slow := r.send(&tg.HelpGetNearestDCRequest{})
	var ack mt.MsgsAck
	r.expect(mt.MsgsAckTypeID, &ack)
	if len(ack.MsgIDs) != 1 || ack.MsgIDs[0] != slow {
		t.Errorf("got %v acknowledged, want %d", ack.MsgIDs, slow)
	}
	drop := r.send(&mt.RPCDropAnswerRequest{ReqMsgID: slow})
	if id, _ := r.result(drop).PeekID(); id != mt.RPCAnswerDroppedRunningTypeID {
		t.Errorf("drop: got %#x", id)
	}
	srv.Hooks().SetLatency(0)
	r.wantDC(r.send(&tg.HelpGetNearestDCRequest{}))
}

type encoded []byte

func (e encoded) Encode(b *bin.Buffer) error { b.Put(e); return nil }

func bytesOf(t testing.TB, m bin.Encoder) []byte {
	t.Helper()
	var b bin.Buffer
	if err := m.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Raw()
}

func TestContainersAndWrappers(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{})
	r := dialRaw(t, srv, transport.Intermediate, issueKey(t, srv, sandbox.PhonePlain), 7)
	packed := proto.GZIP{Data: bytesOf(t, &tg.HelpGetNearestDCRequest{})}
	wrapped := &tg.InvokeWithLayerRequest{Layer: tg.Layer, Query: &tg.InitConnectionRequest{
		APIID: sandbox.APIID, Params: &tg.JSONNull{}, Query: &tg.InvokeWithoutUpdatesRequest{
			Query: &tg.InvokeAfterMsgRequest{MsgID: 1, Query: &tg.InvokeAfterMsgsRequest{
				MsgIDs: []int64{1, 2}, Query: &tg.InvokeWithMessagesRangeRequest{Query: &tg.HelpGetNearestDCRequest{}},
			}},
		},
	}}
	c := &proto.MessageContainer{}
	for _, m := range []bin.Encoder{packed, wrapped, &mt.MsgsAck{MsgIDs: []int64{1}}} {
		body := bytesOf(t, m)
		c.Messages = append(c.Messages, proto.Message{ID: r.ids.New(proto.MessageFromClient), Bytes: len(body), Body: body})
	}
	r.send(c)
	seen := map[int64]bool{}
	for range 2 {
		var result proto.Result
		r.expect(proto.ResultTypeID, &result)
		seen[result.RequestMessageID] = true
	}
	if !seen[c.Messages[0].ID] || !seen[c.Messages[1].ID] {
		t.Errorf("got answers to %v, want both", seen)
	}
	r.send(proto.GZIP{Data: bytesOf(t, &tg.HelpGetNearestDCRequest{})})
	r.expect(proto.ResultTypeID, new(proto.Result))

	// An unreadable request gets an error; the connection stays open.
	for _, body := range []encoded{{1, 2, 3, 4}, bytesOf(t, &tg.MessagesGetHistoryRequest{Peer: &tg.InputPeerSelf{}})[:8]} {
		id := r.send(body)
		if typ, _ := r.result(id).PeekID(); typ != mt.RPCErrorTypeID {
			t.Errorf("%x: got %#x, want an error", []byte(body), typ)
		}
	}
	r.wantDC(r.send(&tg.HelpGetNearestDCRequest{}))
}

func TestDuplicatesAreDropped(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{})
	r := dialRaw(t, srv, transport.Intermediate, issueKey(t, srv, sandbox.PhonePlain), 7)
	id := r.send(&tg.HelpGetNearestDCRequest{})
	r.wantDC(id)
	r.sendAs(id, &tg.HelpGetNearestDCRequest{})
	var ack mt.MsgsAck
	r.expect(mt.MsgsAckTypeID, &ack)
	if len(ack.MsgIDs) != 1 || ack.MsgIDs[0] != id {
		t.Errorf("got %v acknowledged, want %d", ack.MsgIDs, id)
	}
	if got := srv.Hooks().Requests("help.getNearestDc"); got != 1 {
		t.Errorf("got %d requests, want 1", got)
	}

	// A request whose answer was lost can be sent again on a new connection.
	srv.Hooks().SetDrop(sandboxtest.Drop{Every: 1, After: true})
	lost := r.send(&tg.HelpGetNearestDCRequest{})
	if _, err := r.receive(); err == nil {
		t.Fatal("the connection is still there")
	}
	srv.Hooks().SetDrop(sandboxtest.Drop{})
	again := dialRaw(t, srv, transport.Intermediate, r.key, 7)
	again.sendAs(lost, &tg.HelpGetNearestDCRequest{})
	again.wantDC(lost)
}

func TestSecondHolder(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{})
	key := issueKey(t, srv, sandbox.PhonePlain)
	hooks := srv.Hooks()
	first := dialRaw(t, srv, transport.Intermediate, key, 1)
	first.wantDC(first.send(&tg.HelpGetNearestDCRequest{}))
	// The same client returns with a new session: not a second holder.
	second := dialRaw(t, srv, transport.Intermediate, key, 2)
	second.wantDC(second.send(&tg.HelpGetNearestDCRequest{}))
	if got := hooks.SecondHolders(); got != 0 {
		t.Errorf("after a reconnect: got %d second holders", got)
	}
	first.wantDC(first.send(&tg.HelpGetNearestDCRequest{}))
	if got := hooks.SecondHolders(); got != 1 {
		t.Errorf("got %d second holders, want 1", got)
	}
	hooks.SetDuplicateRefusal(true)
	for _, r := range []*raw{second, first} {
		var e mt.RPCError
		err := e.Decode(r.result(r.send(&tg.HelpGetNearestDCRequest{})))
		if err != nil || e.ErrorCode != 406 || e.ErrorMessage != "AUTH_KEY_DUPLICATED" {
			t.Errorf("got %+v, %v", e, err)
		}
	}
}
