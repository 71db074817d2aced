package tl_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/tl"
	"telegramtrac/collector/tl/telethon"
)

// FuzzDecodeTelethon checks that no input panics, and that an accepted one can be sent,
// received, converted to a row, and written as JSON.
func FuzzDecodeTelethon(f *testing.F) {
	for _, seed := range []string{
		`{"_":"Message","id":7,"peer_id":{"_":"PeerChannel","channel_id":5},"date":"2024-02-02 14:04:44.000000","message":"hi","entities":[{"_":"MessageEntityBold","offset":0,"length":2}]}`,
		`{"_":"MessageService","id":1,"peer_id":{"_":"PeerChannel","channel_id":5},"date":1,"action":{"_":"MessageActionChatEditPhoto","photo":{"_":"PhotoEmpty","id":1}}}`,
		`{"_":"ChatFull","full_chat":{"_":"ChatFull","id":1,"about":"","participants":{"_":"ChatParticipantsForbidden","chat_id":1},"notify_settings":{"_":"PeerNotifySettings"}},"chats":[],"users":[]}`,
		`{"_":"Poll","id":1,"question":"?","answers":[{"_":"PollAnswer","text":"a","option":"MA=="}],"hash":0}`,
		`{"_":"Message","id":5,"to_id":{"_":"PeerChannel","channel_id":5},"date":1,"from_id":4,"views":3,"reply_to_msg_id":2,"fwd_from":{"_":"MessageFwdHeader","channel_id":6,"from_id":7},"media":{"_":"MessageMediaNovel"}}`,
		`{"_":"ReplyInlineMarkup","rows":[{"_":"KeyboardButtonRow","buttons":[{"_":"KeyboardButtonUrl","text":"a","url":"b"},{"_":"KeyboardButtonCallback","text":"a","data":[1,2]}]}]}`,
		`{"_":"PollAnswerVoters","option":{"type":"Buffer","data":[48]},"voters":3}`,
		`{"_":"GeoPoint","long":1e3,"lat":-0.5,"access_hash":1}`,
		`{"_":"PeerUser","user_id":140.0}`,
		`{"_":"MessageEmpty","id":3,"peer_id":{"_":"PeerPlanet","planet_id":5}}`,
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
		obj, report, err := telethon.DecodeTelethon(line)
		if err != nil {
			return
		}
		for _, c := range []tl.Converter{personal, private} {
			raw := asJSON(c, nil, obj)
			if !json.Valid(raw) {
				t.Fatalf("no JSON: %s", raw)
			}
			if m, ok := obj.(tg.MessageClass); ok {
				c.Message(m, nil)
				if row, ok := c.DecodedMessage(m, report, nil); ok && !json.Valid([]byte(row.Raw)) {
					t.Fatalf("raw is no JSON: %s", row.Raw)
				}
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

// FuzzBytes checks that bytes are read back from each form in which they are written, and that
// no value panics.
func FuzzBytes(f *testing.F) {
	f.Add([]byte("0"), `"MA=="`)
	f.Add([]byte{0, 255, '\'', '"', '\\'}, `[1,256]`)
	f.Add([]byte{}, `{"type":"Buffer","data":[1,"x"]}`)
	f.Fuzz(func(t *testing.T, want []byte, form string) {
		list := make([]int, len(want))
		for i, c := range want {
			list[i] = int(c)
		}
		written := telethon.Encoder{Form: telethon.Python}.AppendJSON(nil, &tg.PollAnswerVoters{Option: want})
		numbers, err := json.Marshal(map[string]any{"_": "PollAnswerVoters", "option": list})
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range [][]byte{written, numbers, asJSON(personal, nil, &tg.PollAnswerVoters{Option: want})} {
			obj, report, err := telethon.DecodeTelethon(line)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if got := obj.(*tg.PollAnswerVoters).Option; string(got) != string(want) || len(report.Dropped) > 0 {
				t.Fatalf("%s: got %q, want %q", line, got, want)
			}
		}
		telethon.DecodeTelethon([]byte(`{"_":"PollAnswerVoters","option":` + form + `}`))
	})
}
