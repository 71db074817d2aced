package tl_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/tl/telethon"
)

func TestAppendJSON(t *testing.T) {
	python := telethon.Encoder{Form: telethon.Python}
	entity := &tg.MessageActionTopicEdit{Title: "x"}
	entity.SetClosed(false)
	tests := []struct {
		name string
		c    telethon.Encoder
		obj  any
		want string
	}{
		{"no fields", telethon.Encoder{}, &tg.MessageActionPinMessage{}, `{"_":"MessageActionPinMessage"}`},
		{"nil", telethon.Encoder{}, nil, `null`},
		{"nil pointer", telethon.Encoder{}, (*tg.PeerUser)(nil), `null`},
		{"no object", telethon.Encoder{}, 7, `null`},
		{"a value", telethon.Encoder{}, tg.PeerChannel{ChannelID: math.MinInt64}, `{"_":"PeerChannel","channel_id":-9223372036854775808}`},
		{"namespace", telethon.Encoder{}, &tg.MessagesChatFull{}, `{"_":"ChatFull","full_chat":null,"chats":[],"users":[]}`},
		{"an optional Bool that is false", telethon.Encoder{}, entity,
			`{"_":"MessageActionTopicEdit","title":"x","icon_emoji_id":null,"closed":false,"hidden":null}`},
		{"bytes", telethon.Encoder{}, &tg.PhotoStrippedSize{Type: "i", Bytes: []byte{1, 255, 'a'}}, `{"_":"PhotoStrippedSize","type":"i","bytes":"Af9h"}`},
		{"bytes, Python", python, &tg.PhotoStrippedSize{Type: "i", Bytes: []byte("\x01\xff'a\"\\\n\t\r~\x7f")},
			`{"_":"PhotoStrippedSize","type":"i","bytes":"b'\\x01\\xff\\'a\"\\\\\\n\\t\\r~\\x7f'"}`},
		{"bytes with ', Python", python, &tg.PhotoStrippedSize{Type: "i", Bytes: []byte("it's")},
			`{"_":"PhotoStrippedSize","type":"i","bytes":"b\"it's\""}`},
		{"date", telethon.Encoder{}, &tg.UserStatusOffline{WasOnline: 1706882684}, `{"_":"UserStatusOffline","was_online":"2024-02-02T14:04:44+00:00"}`},
		{"date, Python", python, &tg.UserStatusOffline{WasOnline: 1706882684},
			`{"_":"UserStatusOffline","was_online":"2024-02-02 14:04:44+00:00"}`},
		{"date 0", telethon.Encoder{}, &tg.UserStatusOffline{}, `{"_":"UserStatusOffline","was_online":"1970-01-01T00:00:00+00:00"}`},
		{"before 1970", telethon.Encoder{}, &tg.UserStatusOffline{WasOnline: -1}, `{"_":"UserStatusOffline","was_online":"1969-12-31T23:59:59+00:00"}`},
		{"double", telethon.Encoder{}, &tg.GeoPoint{Long: -0.5, Lat: 52, AccessHash: 7}, `{"_":"GeoPoint","long":-0.5,"lat":52.0,"accuracy_radius":null}`},
		{"no number", telethon.Encoder{}, &tg.GeoPoint{Long: math.NaN(), Lat: math.Inf(1)},
			`{"_":"GeoPoint","long":null,"lat":null,"accuracy_radius":null}`},
		{"reserved words", telethon.Encoder{}, &tg.StoryFwdHeader{FromName: "n"},
			`{"_":"StoryFwdHeader","modified":false,"from_":null,"from_name":"n","story_id":null}`},
		{"escapes", telethon.Encoder{}, &tg.TextPlain{Text: "\x00\x1f\"\\/<é😀\u2028\xc3("},
			`{"_":"TextPlain","text":"\u0000\u001f\"\\/<é😀` + "\u2028\uFFFD" + `("}`},
		{"no user stays none", telethon.Encoder{Pseudonym: pseudonym}, &tg.PeerUser{}, `{"_":"PeerUser","user_id":0}`},
		{"users", telethon.Encoder{Pseudonym: pseudonym}, &tg.MessageActionChatAddUser{Users: []int64{1, 2}},
			`{"_":"MessageActionChatAddUser","users":[7000000000001,7000000000002]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := string(tt.c.AppendJSON([]byte("x"), tt.obj))
			if diff := cmp.Diff("x"+tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !json.Valid([]byte(got[1:])) {
				t.Errorf("no JSON: %s", got)
			}
		})
	}
}

func TestUserJSON(t *testing.T) {
	u := &tg.User{ID: 4242, Self: true, Bot: true, Premium: true}
	u.SetAccessHash(99)
	u.SetFirstName("Ada")
	u.SetLastName("Lovelace")
	u.SetUsername("ada")
	u.SetPhone("49123")
	u.SetPhoto(&tg.UserProfilePhoto{PhotoID: 8787, StrippedThumb: []byte{1}})
	u.SetStatus(&tg.UserStatusOffline{WasOnline: 1706882684})
	u.SetUsernames([]tg.Username{{Username: "ada2", Active: true}})
	u.SetLangCode("en")
	u.SetEmojiStatus(&tg.EmojiStatus{DocumentID: 8787})

	var m map[string]any
	if err := json.Unmarshal(asJSON(private, nil, u), &m); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"first_name", "last_name", "username", "phone", "photo", "status", "lang_code", "emoji_status"} {
		if v, ok := m[key]; !ok || v != nil {
			t.Errorf("%s: got %v, %v, want null", key, v, ok)
		}
	}
	if m["is_self"] != false || m["bot"] != true || m["premium"] != true || m["id"] != float64(7000000004242) {
		t.Errorf("got %v", m)
	}
	if _, ok := m["access_hash"]; ok {
		t.Error("access_hash is there")
	}
	if raw := string(asJSON(personal, nil, u)); !strings.Contains(raw, `"phone":"49123"`) || !strings.Contains(raw, `"is_self":true`) ||
		strings.Contains(raw, "access_hash") {
		t.Errorf("personal: got %s", raw)
	}
}
