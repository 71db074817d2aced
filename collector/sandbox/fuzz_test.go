package sandbox

import (
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/wire"
)

// FuzzRequest sends the server arbitrary data from a client with a known key: the answer is
// always a result or an error.
func FuzzRequest(f *testing.F) {
	for _, m := range []bin.Encoder{
		&tg.HelpGetConfigRequest{},
		&tg.InvokeWithLayerRequest{Layer: tg.Layer, Query: &tg.HelpGetNearestDCRequest{}},
		proto.GZIP{Data: []byte("not a request")},
		&tg.MessagesGetHistoryRequest{Peer: &tg.InputPeerChannel{ChannelID: 1, AccessHash: 2}},
		&tg.AuthSendCodeRequest{PhoneNumber: PhonePlain, APIID: APIID, APIHash: APIHash},
		&tg.AuthCheckPasswordRequest{Password: &tg.InputCheckPasswordSRP{SRPID: 1, A: []byte{1}, M1: []byte{2}}},
		&tg.ChannelsGetMessagesRequest{Channel: &tg.InputChannel{}, ID: []tg.InputMessageClass{&tg.InputMessageID{ID: 1}}},
	} {
		var b bin.Buffer
		if err := m.Encode(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Raw())
	}
	s, err := load(&Options{})
	if err != nil {
		f.Fatal(err)
	}
	account, _ := AccountID(PhonePlain)
	f.Fuzz(func(t *testing.T, body []byte) {
		query, err := wire.Unwrap(body)
		m := lookUp(query)
		if m.name == "" {
			t.Error("a method without a name")
		}
		if err != nil {
			return
		}
		k := &authKey{Key: &wire.Key{DC: 2}, state: signIn{Account: account}}
		answer, err := m.run(call{srv: s, key: k, dc: 2, signIn: k.state}, query)
		if err != nil {
			return
		}
		if err := answer.Encode(new(bin.Buffer)); err != nil {
			t.Error(err)
		}
	})
}
