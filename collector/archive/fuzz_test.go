package archive_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"telegramtrac/collector"
	"telegramtrac/collector/archive"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/staging"
)

// fuzz checks that no content panics; that an error has the file's name; and that accepted
// files have rows that can be stored, also in a private import.
func fuzz(f *testing.F, name string) {
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > 1<<16 {
			return
		}
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, pseudonym := range []collector.Pseudonym{nil, hidden} {
			taken := allocated()
			s, err := staging.NewStaging(dir, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			o := input.Options{Pseudonym: pseudonym, Temp: dir, Unfold: fuzzUnfold}
			_, err = archive.Read(t.Context(), []input.File{{Name: name, Path: path}}, o, func(o collector.Observations) error {
				for _, m := range o.Messages {
					check(t, pseudonym, o, m)
				}
				return s.Add(context.Background(), o)
			})
			if err != nil {
				if e, ok := errors.AsType[*collector.FileError](err); !ok || e.File == "" || e.Problem == "" {
					t.Fatalf("refused with %v", err)
				}
			}
			if took, most := allocated()-taken, mostAllocated(len(content), strings.HasSuffix(name, ".zip")); took > most {
				t.Fatalf("%d bytes took %d bytes of memory, more than %d", len(content), took, most)
			}
		}
	})
}

// fuzzUnfold is how much a ZIP file may unpack to.
const fuzzUnfold = 1 << 18

// mostAllocated is the limit of memory allocated, freed or not, while reading so many bytes: a
// thousand times the input, plus what the readers themselves take.
func mostAllocated(bytes int, packed bool) uint64 {
	if packed {
		bytes += 4 * fuzzUnfold
	}
	return 64<<20 + 1000*uint64(bytes)
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func check(t *testing.T, pseudonym collector.Pseudonym, o collector.Observations, m collector.Message) {
	if m.ChannelID <= 0 || m.ID <= 0 || m.Source == "" || m.Kind == "" || m.Raw == "" && o.SeenAt != (time.Time{}) {
		t.Fatalf("row %+v", m)
	}
	if !utf8.ValidString(m.Raw) {
		t.Fatalf("raw is no UTF-8: %q", m.Raw)
	}
	if pseudonym != nil && m.FromType == collector.PeerUser && m.FromID>>62 != 1 && m.FromID > 0 {
		t.Fatalf("a private row has a user's id: %+v", m)
	}
}

func FuzzTelethon(f *testing.F) {
	f.Add([]byte(said(1, 5, "one") + "\n" + said(2, 5, "two")))
	f.Add([]byte("[" + said(1, 5, "one") + "]"))
	f.Add([]byte(`{"_":"ChannelMessages","messages":[` + said(1, 5, "one") +
		`],"chats":[{"_":"Channel","id":5,"title":"x","photo":{"_":"ChatPhotoEmpty"},"date":1}],"users":[{"_":"User","id":7,"first_name":"x"}]}`))
	f.Add([]byte(`{"_":"ChatFull","full_chat":{"_":"ChannelFull","id":5,"about":"x"},"chats":[],"users":[]}`))
	f.Add([]byte(`[null,{"id":5,"peer_id":{"_":"PeerChannel","channel_id":5},"date":"2024-03-01T12:00:00","message":"low","from_id":{"_":"PeerUser","user_id":"channel7"},"reply_to_msg_id":4}]`))
	fuzz(f, "x_alpha_5.ndjson")
}

func FuzzDesktop(f *testing.F) {
	for _, tt := range desktopCases {
		f.Add([]byte(desktopChat("public_channel", tt.json)))
	}
	f.Add([]byte(desktopChat("public_channel", strings.Replace(desktopCases[0].json, "date_unixtime", "date_unixtim\xe5", 1))))
	f.Add([]byte(`{"chats":{"list":[` + desktopChat("public_supergroup", desktopCases[0].json) + `]}}`))
	f.Add([]byte(desktopChat("public_supergroup",
		`{"id":1,"type":"message","date":"2021-01-02T03:04:05","from_id":10289934593,"forwarded_from":"x","todo_list":{"title":"x","answers":[{"text":[{"type":"mention_name","text":"a","user_id":5}],"id":1}]},"inline_bot_buttons":[[{"type":"url","data":"tg://user?id=5"}]],"giveaway_results":{"winners":[1]}}`)))
	fuzz(f, "result.json")
}

func FuzzTDL(f *testing.F) {
	f.Add([]byte(`{"id":5,"messages":[{"id":6,"type":"message","file":"x.jpg","date":1709294401,"text":"plain"}]}`))
	f.Add([]byte(`{"id":5,"messages":[{"id":1,"raw":{"Flags":4294967295,"Date":5,"Message":"#a @bcde","Entities":[{"Offset":0,"Length":2}],"Media":{"Photo":{"ID":5,"Sizes":[{"W":3,"H":4,"Sizes":[1]}]}}}}]}`))
	f.Add([]byte(`{"id":5,"messages":[{"id":1,"raw":{"Date":5,"ReplyMarkup":{"Rows":[{"Buttons":[{"URL":"t.me/a/5","Type":{"URL":"x"}}]}]},"RichMessage":{"Part":true,"Blocks":[{"Text":{"Texts":[{"Text":"@abcd"},{"Text":{"Text":"x"},"URL":"y"}]}},{"Items":[{"Num":"a","Text":{"Text":"x"}},{"Checkbox":true,"Blocks":[{"Rows":[{"Cells":[{"Text":{"Text":"#d"}}]}]}]}]},{"Caption":{"Text":null,"Credit":{"Text":"z"}}}]}}}]}`))
	fuzz(f, "tdl-export.json")
}

func FuzzPyrogram(f *testing.F) {
	f.Add([]byte(`[{"_":"Message","message_id":5,"date":"2023-01-01 10:00:00","chat":{"_":"Chat","id":-1001700000040,"type":"ChatType.CHANNEL"},"text":"low","views":12,"from_user":{"id":7,"first_name":"x"}}]`))
	f.Add([]byte(`{"_":"Message","id":5,"date":1,"chat":{"id":-1001700000040},"caption":"x","caption_entities":[{"type":"MessageEntityType.TEXT_LINK","offset":0,"length":1,"url":"tg://user?id=5"}],"photo":{"file_id":"x","width":3},"reactions":{"reactions":[{"emoji":"x","count":2}]},"poll":{"id":"5","question":{"text":"?"},"options":[{"text":"a"}]},"forward_from":{"id":8},"service":"MessageServiceType.PINNED_MESSAGE"}`))
	fuzz(f, "pyrogram.json")
}

func Fuzz4CAT(f *testing.F) {
	f.Add([]byte(`{"id":1,"peer_id":{"channel_id":5,"_type":"PeerChannel"},"date":1709632800.0,"message":"x","_type":"Message","_chat":{"id":5,"title":"Q","username":"quay","_type":"Channel"},"4CAT_metadata":{}}`))
	f.Add([]byte(`{"0":{"_":"Message","id":1,"peer_id":{"_":"PeerChannel","channel_id":5},"date":"2024-03-01T10:00:00+00:00","message":"x"}}`))
	fuzz(f, "4cat.ndjson")
}

func FuzzSnscrape(f *testing.F) {
	f.Add([]byte(`{"_type":"snscrape.modules.telegram.TelegramPost","url":"https://t.me/s/quay/1","date":"2024-03-05T10:00:00+00:00","content":"x","outlinks":["https://t.me/pier/2"],"forwardedUrl":"https://t.me/pier/3","linkPreview":{"href":"https://a.example"}}`))
	fuzz(f, "snscrape.jsonl")
}

// FuzzZIP fuzzes the contents of a ZIP file and the ZIP file itself.
func FuzzZIP(f *testing.F) {
	pack := func(members ...string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for i := 0; i < len(members); i += 2 {
			w, err := z.Create(members[i])
			if err == nil {
				_, err = w.Write([]byte(members[i+1]))
			}
			if err != nil {
				f.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			f.Fatal(err)
		}
		return b.Bytes()
	}
	f.Add(pack("x_5.ndjson", said(1, 5, "one"), "y/result.json", desktopChat("public_channel", desktopCases[0].json), "z.jpg", "x"))
	f.Add(pack("x_5.ndjson", `{"x":`+strings.Repeat("[", 200_000)))
	f.Add(pack("x_5.ndjson", said(1, 5, strings.Repeat("a", 200_000))))
	f.Add(pack("x_5.ndjson", strings.Repeat("x", 1<<20)))
	f.Add(pack("../x_5.ndjson", said(1, 5, "one"), "messages.parquet", "PAR1\x15\x02\x19\xfc\xff\xff\xff\xff\x07\x00\x0c\x00\x00\x00PAR1"))
	fuzz(f, "x.zip")
}

func FuzzParquet(f *testing.F) {
	d, err := dataset.Open(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	m := collector.Message{ChannelID: 5, ID: 1, Kind: collector.KindMessage, Date: unix(1709294400), Text: "hi",
		Source: collector.SourceTelegram, Raw: "{}"}
	p := collector.Part{ChannelID: 5, Range: collector.Range{Lo: 1, Hi: 1}, Source: collector.SourceTelegram, ObservedAt: unix(1709294400),
		Messages: []collector.Message{m}}
	if err := d.Writer(1).PutPart(f.Context(), p); err != nil {
		f.Fatal(err)
	}
	for _, bomb := range []string{"\x15\x02\x19\xfc\xff\xff\xff\xff\x07", "\x15\x02\x19\xfc\xff\xff\xff\xff\x07\x00"} {
		f.Add([]byte("PAR1" + bomb + "\x00\x00" + string(rune(len(bomb)+2)) + "\x00\x00\x00PAR1"))
	}
	for name, write := range exports(d) {
		var b bytes.Buffer
		if err := write(f.Context(), &b); err != nil {
			f.Fatalf("%s: %v", name, err)
		}
		f.Add(b.Bytes())
	}
	fuzz(f, "messages.parquet")
}
