package world

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/tl/telethon"
)

// facts are those about a file in shared/fixtures/README.md.
type facts struct {
	ID                                   int64
	Rows, Messages, Service, First, Last int
	Views, Forwards, Forwarded, Sources  int
}

func TestLoadFixtures(t *testing.T) {
	folder := collectortest.Fixtures(t, "telethon")
	w, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]facts{
		"telegram":     {1005640892, 251, 247, 4, 1, 278, 1029890419, 1116453, 4, 1},
		"telegramtips": {1224624669, 296, 295, 1, 1, 421, 3637521273, 2677726, 0, 0},
		"username":     {1066197625, 11, 10, 1, 1, 13, 75930561, 75419, 1, 1},
		"proxyme":      {1195603742, 6, 5, 1, 1, 109, 2048023, 8186, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := named(t, w, name)
			if diff := cmp.Diff(want, measure(t, w, c)); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
			if !c.TL.Broadcast || c.TL.Title != name || c.TL.AccessHash == 0 {
				t.Errorf("channel is %+v", c.TL)
			}
			compareTexts(t, filepath.Join(folder, fmt.Sprintf("telegramtoolkit_%s_%d.ndjson", name, want.ID)), c)
		})
	}
	if got := named(t, w, "bloomberg").Log.Len(); got != 3 {
		t.Errorf("@bloomberg has %d messages, want 3", got)
	}
	if got := len(w.Public()); got != 5 {
		t.Errorf("%d public channels, want 5", got)
	}
	t.Logf("dropped: %v", w.Dropped())
}

// measure also checks that every mentioned peer exists and that ids ascend.
func measure(t *testing.T, w *World, c *Channel) facts {
	t.Helper()
	f := facts{ID: c.TL.ID, Rows: c.Log.Len(), First: c.Log.ID(0), Last: c.Log.Top()}
	sources := map[string]bool{}
	for i := range c.Log.Len() {
		mc, err := c.Log.Message(i)
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 && (c.Log.ID(i) <= c.Log.ID(i-1) || c.Log.Date(i) < c.Log.Date(i-1)) {
			t.Errorf("message %d is out of order", c.Log.ID(i))
		}
		for _, p := range PeersOf(mc) {
			if p, ok := p.(*tg.PeerChannel); ok {
				if _, ok := w.Channel(p.ChannelID); !ok {
					t.Errorf("message %d names unknown channel %d", mc.GetID(), p.ChannelID)
				}
			}
		}
		m, ok := mc.(*tg.Message)
		if !ok {
			f.Service++
			continue
		}
		f.Messages++
		f.Views += m.Views
		f.Forwards += m.Forwards
		if !m.FwdFrom.Zero() {
			f.Forwarded++
			sources[m.FwdFrom.FromID.String()] = true
		}
	}
	f.Sources = len(sources)
	return f
}

// compareTexts compares texts with the file, as a plain JSON reader sees it.
func compareTexts(t *testing.T, path string, c *Channel) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(file))
	lines.Buffer(nil, len(file)+1)
	for lines.Scan() {
		var want struct {
			ID      int
			Message string
		}
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		mc, err := c.Log.Message(c.Log.Search(want.ID))
		if err != nil || mc.GetID() != want.ID {
			t.Fatalf("message %d: %v", want.ID, err)
		}
		if m, ok := mc.(*tg.Message); ok && m.Message != want.Message {
			t.Errorf("message %d says %q, want %q", want.ID, m.Message, want.Message)
		}
	}
}

func TestLoadOneFile(t *testing.T) {
	folder := collectortest.Fixtures(t, "telethon")
	w, err := Load(filepath.Join(folder, "telegramtoolkit_username_1066197625.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	source, ok := w.Channel(1038976893)
	if !ok || !source.TL.Min || source.TL.Title != "Channel 1038976893" || len(w.Public()) != 1 {
		t.Errorf("the forward's source is %+v", source)
	}
}

func write(t *testing.T, name string, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const peer5 = `"peer_id": {"_": "PeerChannel", "channel_id": 5}, "date": "2024-02-02 14:04:44.000000"`

func TestLoadLines(t *testing.T) {
	w, err := Load(write(t, "x_quay_5.ndjson",
		`{"_": "Message", "id": 9, `+peer5+`, "message": "nine 🌊", "views": 3}`,
		``,
		`{"_": "Message", "id": 4, `+peer5+`, "message": "four", "from_id": {"_": "PeerUser", "user_id": 77}}`,
		`{"_": "Message", "id": 9, `+peer5+
			`, "message": "nine, read again", "fwd_from": {"_": "MessageFwdHeader", "date": "2024-01-01 00:00:00.000000", "from_id": {"_": "PeerChannel", "channel_id": 6}}}`))
	if err != nil {
		t.Fatal(err)
	}
	c := named(t, w, "quay")
	texts := []string{}
	for _, m := range modelOf(t, c.Log) {
		texts = append(texts, m.(*tg.Message).Message)
	}
	if diff := cmp.Diff([]string{"four", "nine, read again"}, texts); diff != "" {
		t.Error(diff)
	}
	if !c.TL.Megagroup || c.Log.Date(0) != 1706882684 {
		t.Errorf("channel is %+v, first date %d", c.TL, c.Log.Date(0))
	}
	if u, ok := w.User(77); !ok || u.FirstName != "User 77" {
		t.Errorf("user 77 is %v", u)
	}
	if _, ok := w.Channel(6); !ok {
		t.Error("the source of the forward is unknown")
	}
}

func TestLoadErrors(t *testing.T) {
	good := `{"_": "Message", "id": 4, ` + peer5 + `, "message": "four"}`
	for name, tt := range map[string]struct{ line, want string }{
		"not JSON":   {`{"_": "Message"`, "x_quay_5.ndjson:2:"},
		"no message": {`{"_": "PeerChannel", "channel_id": 5}`, "x_quay_5.ndjson:2: *tg.PeerChannel is no message"},
		"no channel": {`{"_": "Message", "id": 4, "peer_id": {"_": "PeerUser", "user_id": 5}, "message": "private"}`,
			"x_quay_5.ndjson:2: message 4 is of no channel"},
		"unknown class": {`{"_": "MessageFromTheFuture", "id": 4}`, "x_quay_5.ndjson:2:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(write(t, "x_quay_5.ndjson", good, tt.line))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), "absent")); err == nil {
		t.Error("an absent path is no error")
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("an empty folder is no error")
	}
}

func TestUsernameOf(t *testing.T) {
	for path, want := range map[string]string{
		"/a/telegramtoolkit_telegram_1005640892.ndjson": "telegram",
		"bda-kts_bloomberg.ndjson":                      "bloomberg",
		"vane.jsonl":                                    "vane",
		"x_vane_-1001005640892.ndjson":                  "vane",
	} {
		if got := telethon.FileUsername(path); got != want {
			t.Errorf("tl.FileUsername(%q) = %q, want %q", path, got, want)
		}
	}
}

// modelOf reads a whole log into a model.
func modelOf(t *testing.T, l *Log) model {
	t.Helper()
	var m model
	for i := range l.Len() {
		mc, err := l.Message(i)
		if err != nil {
			t.Fatal(err)
		}
		m = append(m, mc.(tg.NotEmptyMessage))
	}
	return m
}
