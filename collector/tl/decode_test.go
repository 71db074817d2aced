package tl_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/tl/telethon"
)

func TestDecodeFixtures(t *testing.T) {
	dropped := map[string]int{}
	lines := 0
	eachLine(t, func(file string, n int, line []byte) {
		lines++
		obj, report, err := telethon.DecodeTelethon(line)
		if err != nil {
			t.Fatalf("%s:%d: %v", file, n, err)
		}
		for k, v := range report.Dropped {
			dropped[k] += v
		}
		if _, ok := obj.(tg.MessageClass); !ok {
			t.Errorf("%s:%d: got %T, want a message", file, n, obj)
		}
	})
	if want := 567; lines != want {
		t.Errorf("lines: got %d, want %d", lines, want)
	}
	if diff := cmp.Diff(map[string]int{}, dropped); diff != "" {
		t.Errorf("dropped keys (-want +got):\n%s", diff)
	}
}

func TestDecodeValues(t *testing.T) {
	const line = `{"_":"Message","id":7,"peer_id":{"_":"PeerChannel","channel_id":5},"date":"2024-02-02 14:04:44.000000",
		"message":"hi","views":0,"post":true,"silent":false,"entities":[],"edit_date":null,"unheard_of":1,
		"media":{"_":"MessageMediaPoll","poll":{"_":"Poll","id":1,"question":"Old?","answers":[{"_":"PollAnswer","text":"yes","option":"MA=="}]},
		"results":{"_":"PollResults","total_voters":3,"recent_voters":[44]}}}`
	obj, report, err := telethon.DecodeTelethon([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	m := obj.(*tg.Message)
	if got, want := m.Date, 1706882684; got != want {
		t.Errorf("date: got %d, want %d", got, want)
	}
	if v, ok := m.GetViews(); !ok || v != 0 {
		t.Errorf("views: got %d, %v, want 0 and set", v, ok)
	}
	if _, ok := m.GetEntities(); ok {
		t.Error("an empty list is set")
	}
	if _, ok := m.GetEditDate(); ok {
		t.Error("a null date is set")
	}
	if !m.GetPost() || m.GetSilent() {
		t.Error("flags: want post, not silent")
	}
	poll := m.Media.(*tg.MessageMediaPoll)
	answer := poll.Poll.Answers[0].(*tg.PollAnswer)
	if got, want := answer.Text.Text, "yes"; got != want {
		t.Errorf("answer: got %q, want %q", got, want)
	}
	if got, want := string(answer.Option), "0"; got != want {
		t.Errorf("option: got %q, want %q", got, want)
	}
	want := map[string]int{"Message.unheard_of": 1}
	if diff := cmp.Diff(want, report.Dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
}

func TestDecodeDates(t *testing.T) {
	for _, date := range []string{
		`"2024-02-02 14:04:44.000000"`, `"2024-02-02 14:04:44"`, `"2024-02-02 14:04:44+00:00"`,
		`"2024-02-02T14:04:44+00:00"`, `"2024-02-02T14:04:44Z"`, `"2024-02-02T14:04:44"`,
		`"2024-02-02T16:04:44.500+02:00"`, `1706882684`, `1706882684.0`,
	} {
		obj, _, err := telethon.DecodeTelethon([]byte(`{"_":"UserStatusOffline","was_online":` + date + `}`))
		if err != nil {
			t.Errorf("%s: %v", date, err)
			continue
		}
		if got, want := obj.(*tg.UserStatusOffline).WasOnline, 1706882684; got != want {
			t.Errorf("%s: got %d, want %d", date, got, want)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"no JSON", `{"_":`, "read JSON: unexpected EOF"},
		{"two objects", `{"_":"PeerUser","user_id":1} {}`, "read JSON: more than one object"},
		{"no class", `{"id":1}`, "no class named in the object"},
		{"unknown class", `{"_":"PeerAlien"}`, `unknown class "PeerAlien"`},
		{"function", `{"_":"GetHistoryRequest"}`, `unknown class "GetHistoryRequest"`},
		{"scalar", `{"_":"PeerUser","user_id":"7x"}`, `PeerUser.user_id: "7x" is not a number`},
		{"fraction", `{"_":"PeerUser","user_id":7.5}`, `PeerUser.user_id: 7.5 is not a whole number`},
		{"too large", `{"_":"MessageEmpty","id":3000000000}`, `MessageEmpty.id: 3000000000 does not fit`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := telethon.DecodeTelethon([]byte(tt.line))
			if err == nil {
				t.Fatal("got no error")
			}
			if got := err.Error(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("class named", func(t *testing.T) {
		_, _, err := telethon.DecodeTelethon([]byte(`{"_":"PeerAlien"}`))
		var unknown *telethon.UnknownClassError
		if !errors.As(err, &unknown) || unknown.Class != "PeerAlien" {
			t.Errorf("got %v, want an UnknownClassError of PeerAlien", err)
		}
	})
	t.Run("incomplete", func(t *testing.T) {
		if _, _, err := telethon.DecodeTelethon([]byte(`{"_":"Message","id":1}`)); err == nil {
			t.Error("got no error for a message without peer_id")
		}
	})
}

func TestDecodeSharedClassName(t *testing.T) {
	tests := []struct {
		line string
		want bin.Object
	}{
		{`{"_":"ChatFull","full_chat":{"_":"ChatFull","id":1,"about":"","participants":{"_":"ChatParticipantsForbidden","chat_id":1},
			"notify_settings":{"_":"PeerNotifySettings"}},"chats":[],"users":[]}`, &tg.MessagesChatFull{}},
		{`{"_":"ChatFull","id":1,"about":"","participants":{"_":"ChatParticipantsForbidden","chat_id":1},"notify_settings":{"_":"PeerNotifySettings"}}`, &tg.ChatFull{}},
	}
	for _, tt := range tests {
		obj, _, err := telethon.DecodeTelethon([]byte(tt.line))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := obj.(interface{ TypeName() string }).TypeName(), tt.want.(interface{ TypeName() string }).TypeName(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
