package tl_test

import (
	"encoding/json"
	"testing"

	"telegramtrac/collector/tl/telethon"
)

func TestRespell(t *testing.T) {
	for _, tt := range []struct{ name, raw, want string }{
		{"dates", `{"_":"Message","id":7,"date":"2024-02-02T14:04:44+00:00","message":"2024-02-02T14:04:44+00:00","edit_date":null}`,
			`{"_":"Message","id":7,"date":"2024-02-02 14:04:44+00:00","message":"2024-02-02T14:04:44+00:00","edit_date":null}`},
		{"bytes, in a list too", `{"_":"PollResults","results":[{"_":"PollAnswerVoters","option":"AGE=","voters":3}],"recent_voters":[]}`,
			`{"_":"PollResults","results":[{"_":"PollAnswerVoters","option":"b'\\x00a'","voters":3}],"recent_voters":[]}`},
		{"a name that two constructors share",
			`{"_":"ChatFull","full_chat":{"_":"ChannelFull","ttl_period":null,"slowmode_next_send_date":"2024-02-02T14:04:44+00:00"},"chats":[]}`,
			`{"_":"ChatFull","full_chat":{"_":"ChannelFull","ttl_period":null,"slowmode_next_send_date":"2024-02-02 14:04:44+00:00"},"chats":[]}`},
		{"of another layer", `{"_":"MessageMediaDream","date":"2024-02-02T14:04:44+00:00","n":[1,[2.50,-3e5],{}]}`,
			`{"_":"MessageMediaDream","date":"2024-02-02T14:04:44+00:00","n":[1,[2.50,-3e5],{}]}`},
		{"unexpected values", `{"_":"Message","date":12,"message":null,"media":{"_":"MessageMediaInvoice"},"id":"x"}`,
			`{"_":"Message","date":12,"message":null,"media":{"_":"MessageMediaInvoice"},"id":"x"}`},
		{"no base64", `{"_":"PollAnswerVoters","option":"?"}`, `{"_":"PollAnswerVoters","option":"?"}`},
		{"escapes", `{"_":"Message","message":"a\"b\\ ] } \u0000 \ud83d\ude00 é","post":true}`,
			`{"_":"Message","message":"a\"b\\ ] } \u0000 \ud83d\ude00 é","post":true}`},
		{"no class", `{"_":7,"a":{"_":{"_":null}},"date":"2024-02-02T14:04:44+00:00"}`,
			`{"_":7,"a":{"_":{"_":null}},"date":"2024-02-02T14:04:44+00:00"}`},
		{"empty", `{}`, `{}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := telethon.Respell(nil, tt.raw, telethon.Python)
			if err != nil || string(got) != tt.want {
				t.Errorf("got %s, %v\nwant %s", got, err, tt.want)
			}
			if same, err := telethon.Respell(nil, tt.raw, telethon.ISO); err != nil || string(same) != tt.raw {
				t.Errorf("unchanged: got %s, %v", same, err)
			}
		})
	}
	for _, raw := range []string{"", "null", `"text"`, `[1]`, `{"_":`, `{"a":1}{`} {
		if _, err := telethon.Respell(nil, raw, telethon.Python); err == nil {
			t.Errorf("%q is no error", raw)
		}
	}
}

// TestRespellFixtures: respelling raw gives what writing the object in that form
// gives.
func TestRespellFixtures(t *testing.T) {
	python := telethon.Encoder{Form: telethon.Python}
	eachLine(t, func(file string, n int, line []byte) {
		obj, _, err := telethon.DecodeTelethon(line)
		if err != nil {
			t.Fatal(err)
		}
		want := python.AppendJSON(nil, obj)
		got, err := telethon.Respell(nil, string(asJSON(personal, nil, obj)), telethon.Python)
		if err != nil || string(got) != string(want) {
			t.Fatalf("%s:%d: %v\n got %s\nwant %s", file, n, err, got, want)
		}
	})
}

func FuzzRespell(f *testing.F) {
	f.Add(`{"_":"Message","date":"2024-02-02T14:04:44+00:00","media":{"_":"Photo","file_reference":"AAE="}}`)
	f.Add(` { "_" : "Message" , "n" : [ 1 , { } ] } `)
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := telethon.Respell(nil, raw, telethon.Python)
		if err == nil && !json.Valid(got) {
			t.Errorf("%q becomes %q", raw, got)
		}
	})
}

func BenchmarkRespell(b *testing.B) {
	var raws []string
	size := 0
	eachLine(b, func(_ string, _ int, line []byte) {
		obj, _, err := telethon.DecodeTelethon(line)
		if err != nil {
			b.Fatal(err)
		}
		raws = append(raws, string(asJSON(personal, nil, obj)))
		size += len(raws[len(raws)-1])
	})
	b.SetBytes(int64(size / len(raws)))
	var buf []byte
	for i := 0; b.Loop(); i++ {
		buf, _ = telethon.Respell(buf[:0], raws[i%len(raws)], telethon.Python)
	}
}
