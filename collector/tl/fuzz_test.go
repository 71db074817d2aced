package tl_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/tl"
)

// FuzzDecodeTelethon holds that no input panics, and that what is accepted can
// be sent and received, turned into a row, and written as JSON.
func FuzzDecodeTelethon(f *testing.F) {
	for _, seed := range []string{
		`{"_":"Message","id":7,"peer_id":{"_":"PeerChannel","channel_id":5},"date":"2024-02-02 14:04:44.000000","message":"hi","entities":[{"_":"MessageEntityBold","offset":0,"length":2}]}`,
		`{"_":"MessageService","id":1,"peer_id":{"_":"PeerChannel","channel_id":5},"date":1,"action":{"_":"MessageActionChatEditPhoto","photo":{"_":"PhotoEmpty","id":1}}}`,
		`{"_":"ChatFull","full_chat":{"_":"ChatFull","id":1,"about":"","participants":{"_":"ChatParticipantsForbidden","chat_id":1},"notify_settings":{"_":"PeerNotifySettings"}},"chats":[],"users":[]}`,
		`{"_":"Poll","id":1,"question":"?","answers":[{"_":"PollAnswer","text":"a","option":"MA=="}],"hash":0}`,
		`{"_":"GeoPoint","long":1e3,"lat":-0.5,"access_hash":1}`,
		`{"_":"PeerUser","user_id":140.0}`,
		`{"_":"TextConcat","texts":[null,{"_":"TextEmpty"},7]}`,
		`{"_":["x"]}`, `{}`, `null`, `[1]`, ``, "{\"_\":\"PeerUser\",\"user_id\":\xff}",
	} {
		f.Add([]byte(seed))
	}
	paths, err := filepath.Glob("testdata/*.json")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no samples: %v", err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		obj, _, err := tl.DecodeTelethon(line)
		if err != nil {
			return
		}
		for _, c := range []tl.Converter{personal, private} {
			raw := c.AppendJSON(nil, obj)
			if !json.Valid(raw) {
				t.Fatalf("no JSON: %s", raw)
			}
			if m, ok := obj.(tg.MessageClass); ok {
				c.Message(m, nil)
			}
		}
		var b bin.Buffer
		if err := obj.Encode(&b); err != nil {
			t.Fatalf("accepted, but cannot be sent: %v", err)
		}
		if err := obj.Decode(&b); err != nil {
			t.Fatalf("sent, but cannot be received: %v", err)
		}
	})
}
