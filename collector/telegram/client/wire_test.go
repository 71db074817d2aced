package client

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
)

// sealed is a server's message, as it comes over the wire.
func sealed(tb testing.TB, key crypto.AuthKey, sent time.Time, m bin.Encoder) *bin.Buffer {
	tb.Helper()
	var b bin.Buffer
	err := crypto.NewServerCipher(rand.Reader).Encrypt(key, crypto.EncryptedMessageData{
		Salt: 1, SessionID: 2, MessageID: int64(proto.NewMessageID(sent, proto.MessageFromServer)), Message: m,
	}, &b)
	if err != nil {
		tb.Fatal(err)
	}
	return &b
}

func randomKey() crypto.AuthKey {
	var key crypto.Key
	rand.Read(key[:])
	return key.WithID()
}

// The head alone contains when a message was sent.
func TestPeekTime(t *testing.T) {
	t.Parallel()
	for _, sent := range []time.Time{time.Unix(1_700_000_000, 123_456_788), time.Unix(1, 0), time.Date(2037, 1, 1, 0, 0, 0, 0, time.UTC)} {
		key := randomKey()
		b := sealed(t, key, sent, &mt.Pong{})
		if got := peekTime(key, b.Buf); got.Sub(sent).Abs() > time.Microsecond {
			t.Errorf("got %v, want %v", got, sent)
		}
	}
}

func BenchmarkPeekTime(b *testing.B) {
	key := randomKey()
	frame := sealed(b, key, time.Now(), &mt.Pong{}).Buf
	b.ReportAllocs()
	for b.Loop() {
		peekTime(key, frame)
	}
}

func TestRefusesTime(t *testing.T) {
	t.Parallel()
	body := func(m bin.Encoder) []byte {
		var b bin.Buffer
		if err := m.Encode(&b); err != nil {
			t.Fatal(err)
		}
		return b.Buf
	}
	low, salt := body(&mt.BadMsgNotification{ErrorCode: 16}), body(&mt.BadMsgNotification{ErrorCode: 32})
	for name, c := range map[string]struct {
		body []byte
		want bool
	}{
		"too low":        {low, true},
		"too high":       {body(&mt.BadMsgNotification{ErrorCode: 17}), true},
		"something else": {salt, false},
		"a pong":         {body(&mt.Pong{}), false},
		"in a container": {body(&proto.MessageContainer{Messages: []proto.Message{
			{ID: 1, Bytes: 16, Body: body(&mt.Pong{PingID: 1})[:16]}, {ID: 2, Bytes: len(low), Body: low}}}), true},
		"cut off": {low[:6], false},
		"nothing": {nil, false},
	} {
		if got := refusesTime(c.body); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
