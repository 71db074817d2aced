package sandbox_test

import (
	"errors"
	"testing"
	"time"

	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/proto/codec"
	"github.com/gotd/td/transport"

	"telegramtrac/collector/sandbox"
)

// Messages with a wrong time are refused as Telegram does, by the server's own clock.
func TestMessageTimes(t *testing.T) {
	for name, c := range map[string]struct {
		server, sent time.Duration // ahead of the machine's clock
		code         int
	}{
		"right":                 {},
		"a little behind":       {sent: -290 * time.Second},
		"too far behind":        {sent: -310 * time.Second, code: 16},
		"a little ahead":        {sent: 25 * time.Second},
		"too far ahead":         {sent: 40 * time.Second, code: 17},
		"the server is ahead":   {server: time.Hour, code: 16},
		"the server is behind":  {server: -time.Hour, code: 17},
		"both by the same time": {server: time.Hour, sent: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			srv := start(t, sandbox.Options{World: testWorld(t)})
			srv.Hooks().SetClock(c.server)
			r := dialRaw(t, srv, transport.Intermediate, issueKey(t, srv, sandbox.PhonePlain), 77)
			id := int64(proto.NewMessageID(time.Now().Add(c.sent), proto.MessageFromClient))
			r.sendAs(id, &mt.PingRequest{PingID: 5})
			if c.code == 0 {
				r.expect(mt.PongTypeID, new(mt.Pong))
				return
			}
			var bad mt.BadMsgNotification
			r.expect(mt.BadMsgNotificationTypeID, &bad)
			if bad.ErrorCode != c.code || bad.BadMsgID != id {
				t.Errorf("got %+v, want code %d for %d", bad, c.code, id)
			}
			if n := srv.Hooks().BadMessages(); n != 1 {
				t.Errorf("%d bad messages counted, want 1", n)
			}
		})
	}
}

// A data centre may temporarily reject a key that it has.
func TestForgottenKey(t *testing.T) {
	srv := start(t, sandbox.Options{World: testWorld(t)})
	key := issueKey(t, srv, sandbox.PhonePlain)
	srv.Hooks().SetForgotten(func(account int64) bool { return account == accountID(t, sandbox.PhonePlain) })
	r := dialRaw(t, srv, transport.Intermediate, key, 78)
	r.send(&mt.PingRequest{PingID: 5})
	_, err := r.receive()
	if e, ok := errors.AsType[*codec.ProtocolErr](err); !ok || e.Code != codec.CodeAuthKeyNotFound {
		t.Fatalf("got %v, want -404", err)
	}
	srv.Hooks().SetForgotten(nil)
	r.send(&mt.PingRequest{PingID: 6})
	r.expect(mt.PongTypeID, new(mt.Pong))
}
