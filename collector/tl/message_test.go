package tl_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl"
	"telegramtrac/collector/tl/telethon"
)

var update = flag.Bool("update", false, "write the golden files")

// pseudonym is reversible at sight, so that golden files are readable.
func pseudonym(id int64) int64 { return 7_000_000_000_000 + id }

var (
	personal = tl.Converter{}
	private  = tl.Converter{Pseudonym: pseudonym}
)

// asJSON appends an object as the column raw has it.
func asJSON(c tl.Converter, dst []byte, obj any) []byte {
	return telethon.Encoder{Pseudonym: c.Pseudonym}.AppendJSON(dst, obj)
}

func decode[T any](t testing.TB, line []byte) T {
	t.Helper()
	obj, report, err := telethon.DecodeTelethon(line)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Dropped) > 0 {
		t.Fatalf("sample has keys that the layer lacks: %v", report.Dropped)
	}
	m, ok := any(obj).(T)
	if !ok {
		t.Fatalf("got %T", obj)
	}
	return m
}

// samples calls f with each message that the developers wrote.
func samples(t *testing.T, f func(t *testing.T, path string, m tg.MessageClass)) {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".json"), func(t *testing.T) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f(t, path, decode[tg.MessageClass](t, b))
		})
	}
}

func TestMessageGolden(t *testing.T) {
	peers := tl.NewLookup([]tg.ChatClass{&tg.Channel{ID: 2000, Title: "Origin", Username: "origin"}})
	samples(t, func(t *testing.T, path string, m tg.MessageClass) {
		var got bytes.Buffer
		for _, c := range []struct {
			name string
			tl.Converter
		}{{"personal", personal}, {"private", private}} {
			msg, ok := c.Message(m, peers)
			if !ok {
				t.Fatal("not a message")
			}
			got.WriteString("# " + c.name + "\n")
			got.Write(row(t, msg))
			got.WriteString("\n")
		}
		golden(t, strings.TrimSuffix(path, ".json")+".golden", got.Bytes())
	})
}

// The private form of a sample contains nothing about the persons in it.
func TestPrivateTellsNobody(t *testing.T) {
	words := []string{"Ada", "Hidden", "Saver", "Ed Itor", "Ann Author", "boss", "+49", "VCARD", "a@b", "pch"}
	samples(t, func(t *testing.T, path string, m tg.MessageClass) {
		msg, _ := private.Message(m, nil)
		b, err := json.Marshal(msg)
		if err != nil {
			t.Fatal(err)
		}
		b = bytes.ReplaceAll(b, []byte(`"EditHidden"`), nil) // a column's name
		for _, word := range words {
			if bytes.Contains(b, []byte(word)) {
				t.Errorf("%q is still there:\n%s", word, b)
			}
		}
		for _, id := range []string{"4242", "4343", "4444"} {
			if n, hidden := bytes.Count(b, []byte(id)), bytes.Count(b, []byte("700000000"+id)); n != hidden {
				t.Errorf("user %s is still there:\n%s", id, b)
			}
		}
	})
}

// row writes the columns that are not zero.
func row(t *testing.T, msg collector.Message) []byte {
	t.Helper()
	var b bytes.Buffer
	v := reflect.ValueOf(msg)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			continue
		}
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("parquet"), ",")
		b.WriteString(name + " = ")
		if name == "raw" {
			if !json.Valid([]byte(msg.Raw)) {
				t.Errorf("raw is no JSON: %s", msg.Raw)
			}
			b.WriteString(strings.ReplaceAll(msg.Raw, `,"`, ",\n  \"") + "\n")
			continue
		}
		val, err := json.Marshal(v.Field(i).Interface())
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(val, '\n'))
	}
	return b.Bytes()
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestMessagesLeavesOutEmpty(t *testing.T) {
	peer := &tg.PeerChannel{ChannelID: 5}
	fwd := tg.MessageFwdHeader{Date: 3}
	fwd.SetFromID(&tg.PeerChannel{ChannelID: 6})
	forward := &tg.Message{ID: 3, PeerID: peer, Date: 1}
	forward.SetFwdFrom(fwd)
	page := private.Messages(
		[]tg.MessageClass{forward, &tg.MessageEmpty{ID: 2}, &tg.MessageService{ID: 1, PeerID: peer, Action: &tg.MessageActionPinMessage{}}, nil},
		[]tg.ChatClass{&tg.ChannelForbidden{ID: 6, Title: "Six"}}, []tg.UserClass{&tg.UserEmpty{ID: 9}},
	)
	var ids []int64
	for _, m := range page.Messages {
		ids = append(ids, m.ID)
	}
	if diff := cmp.Diff([]int64{3, 1}, ids); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	if got, want := page.Messages[0].ForwardFromName, "Six"; got != want {
		t.Errorf("forward_from_name: got %q, want %q", got, want)
	}
	if got, want := len(page.Peers), 2; got != want {
		t.Errorf("peers: got %d, want %d", got, want)
	}
}

// The counts in the fixtures' README.
func TestFixtureRows(t *testing.T) {
	type figures struct {
		Rows, Messages, Service, Lo, Hi, Views, Forwards, Forwarded, Origins int64
	}
	want := map[string]figures{
		"telegramtoolkit_telegram_1005640892.ndjson":     {251, 247, 4, 1, 278, 1029890419, 1116453, 4, 1},
		"telegramtoolkit_telegramtips_1224624669.ndjson": {296, 295, 1, 1, 421, 3637521273, 2677726, 0, 0},
		"telegramtoolkit_username_1066197625.ndjson":     {11, 10, 1, 1, 13, 75930561, 75419, 1, 1},
		"telegramtoolkit_proxyme_1195603742.ndjson":      {6, 5, 1, 1, 109, 2048023, 8186, 0, 0},
	}
	got := map[string]figures{}
	origins := map[string]map[int64]bool{}
	eachLine(t, func(file string, n int, line []byte) {
		if _, ok := want[file]; !ok {
			return
		}
		obj, _, err := telethon.DecodeTelethon(line)
		if err != nil {
			t.Fatal(err)
		}
		msg, ok := private.Message(obj.(tg.MessageClass), nil)
		if !ok {
			t.Fatalf("%s:%d is empty", file, n)
		}
		checkAgainstSource(t, msg, line)
		f := got[file]
		f.Rows++
		if msg.Kind == collector.KindService {
			f.Service++
		} else {
			f.Messages++
		}
		if f.Lo == 0 || msg.ID < f.Lo {
			f.Lo = msg.ID
		}
		f.Hi = max(f.Hi, msg.ID)
		f.Views += value(msg.Views)
		f.Forwards += value(msg.Forwards)
		if msg.ForwardDate != nil {
			f.Forwarded++
			if origins[file] == nil {
				origins[file] = map[int64]bool{}
			}
			origins[file][msg.ForwardFromID] = true
		}
		f.Origins = int64(len(origins[file]))
		got[file] = f
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("figures (-README +got):\n%s", diff)
	}
}

// checkAgainstSource compares the columns that can be read directly from the source.
func checkAgainstSource(t *testing.T, msg collector.Message, line []byte) {
	t.Helper()
	var src struct {
		ID      int64
		Message string
		Date    string
		Media   *struct {
			Class string `json:"_"`
		}
		Entities []struct {
			Class string `json:"_"`
		}
	}
	if err := json.Unmarshal(line, &src); err != nil {
		t.Fatal(err)
	}
	if msg.Text != src.Message {
		t.Errorf("%d: text: got %q, want %q", src.ID, msg.Text, src.Message)
	}
	if got := msg.Date.Format("2006-01-02 15:04:05.000000"); got != src.Date {
		t.Errorf("%d: date: got %s, want %s", src.ID, got, src.Date)
	}
	media := ""
	if src.Media != nil {
		media = src.Media.Class
	}
	if msg.MediaType != media {
		t.Errorf("%d: media_type: got %q, want %q", src.ID, msg.MediaType, media)
	}
	mentions := 0
	for i, e := range src.Entities {
		if msg.Entities[i].Type != e.Class {
			t.Errorf("%d: entity %d: got %s, want %s", src.ID, i, msg.Entities[i].Type, e.Class)
		}
		if e.Class == "MessageEntityMention" {
			mentions++
		}
	}
	if len(msg.Mentions) != mentions {
		t.Errorf("%d: mentions: got %v, want %d", src.ID, msg.Mentions, mentions)
	}
	for _, m := range msg.Mentions {
		if !strings.Contains(src.Message, "@"+m) || strings.ContainsAny(m, " \n.,") {
			t.Errorf("%d: mention %q is cut wrong", src.ID, m)
		}
	}
	for _, l := range msg.Links {
		if strings.ContainsAny(l, " \n") || !strings.Contains(l, ".") && !strings.HasPrefix(l, "tg://") {
			t.Errorf("%d: link %q is cut wrong", src.ID, l)
		}
	}
}

func value(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

func TestMessageDatesAreUTC(t *testing.T) {
	msg, _ := personal.Message(&tg.Message{PeerID: &tg.PeerChannel{ChannelID: 1}, Date: 1706882684}, nil)
	if want := time.Date(2024, 2, 2, 14, 4, 44, 0, time.UTC); !msg.Date.Equal(want) || msg.Date.Location() != time.UTC {
		t.Errorf("got %v, want %v", msg.Date, want)
	}
}

func TestInvalidUTF8(t *testing.T) {
	m := &tg.Message{PeerID: &tg.PeerChannel{ChannelID: 1}, Message: "a\xff\x00b\xed\xa0\x80"}
	msg, _ := personal.Message(m, nil)
	if got, want := msg.Text, "a\uFFFD\x00b\uFFFD"; got != want {
		t.Errorf("text: got %q, want %q", got, want)
	}
	var raw struct{ Message string }
	if err := json.Unmarshal([]byte(msg.Raw), &raw); err != nil {
		t.Fatal(err)
	}
	if got, want := raw.Message, msg.Text; got != want {
		t.Errorf("raw: got %q, want %q", got, want)
	}
}
