package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"
	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/world"
)

// rows reads messages.parquet.
func rows(t *testing.T, file []byte) []collector.Message {
	t.Helper()
	out, err := parquet.Read[collector.Message](bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatalf("read messages.parquet: %v", err)
	}
	return out
}

// checkAgainstWorld compares what was collected of a channel with what the
// sandbox serves: every message that exists, once, with its text.
func checkAgainstWorld(t *testing.T, got []collector.Message, w *world.World, username string) (unread int) {
	t.Helper()
	peer, ok := w.Username(username)
	if !ok {
		t.Fatalf("no @%s in the world", username)
	}
	ch, _ := w.Channel(peer.(*tg.PeerChannel).ChannelID)
	texts, kinds := map[int64]string{}, map[int64]string{}
	for _, m := range got {
		if m.ChannelID != ch.TL.ID {
			continue
		}
		if _, twice := texts[m.ID]; twice {
			t.Errorf("@%s: message %d is there twice", username, m.ID)
		}
		texts[m.ID], kinds[m.ID] = m.Text, m.Kind
	}
	if len(texts) != ch.Log.Len() {
		t.Errorf("@%s: %d messages, want %d", username, len(texts), ch.Log.Len())
	}
	for i := range ch.Log.Len() {
		obj, err := ch.Log.Message(i)
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		if m, ok := obj.(*tg.Message); ok {
			want = m.Message
		}
		if kinds[int64(obj.GetID())] == collector.KindUnreadable {
			unread++
			want = ""
		}
		if got, ok := texts[int64(obj.GetID())]; !ok || got != want {
			t.Fatalf("@%s: message %d is %q (there: %v), want %q", username, obj.GetID(), got, ok, want)
		}
	}
	return unread
}

func TestFlow(t *testing.T) {
	t.Parallel()
	base := startProgram(t)
	v := newVisitor(t, base)
	v.signIn(sandbox.Phones()[1])
	first := v.done(url.Values{"channels": {"@sable_notes; t.me/samudra_vani"}})
	if first.State != collector.Done || len(first.Channels) != 2 {
		t.Fatalf("first collection: %+v", first)
	}
	second := v.done(url.Values{"channels": {"tamar_harbor\n@sable_notes"}})
	if second.Channels[1].New != 0 || second.Channels[0].New == 0 {
		t.Errorf("second collection: %+v; want only what is new", second.Channels)
	}
	if r := v.receipts(first.ID); len(r) != 2 || r[0].State != "done" ||
		collector.Ranges(r[0].Absent).Len()+r[0].Messages+r[0].Service != r[0].Hi-r[0].Lo+1 {
		t.Errorf("receipts of the first collection: %+v", r)
	}
	w := world.Generate(worldSeed)
	got := rows(t, v.download("messages.parquet"))
	for _, name := range []string{"sable_notes", "samudra_vani", "tamar_harbor"} {
		checkAgainstWorld(t, got, w, name)
	}
	for _, tab := range []string{"messages", "metadata", "dataset", "network", "options"} {
		if status, body := v.get("/tabs/" + tab); status != http.StatusOK || !strings.Contains(body, `aria-current="page"`) {
			t.Errorf("tab %s: %d", tab, status)
		}
	}
	for _, name := range []string{"channels.parquet", "peers.parquet", "receipts.parquet", "versions.parquet"} {
		if file := v.download(name); !bytes.HasPrefix(file, []byte("PAR1")) {
			t.Errorf("%s does not begin as Parquet does", name)
		}
	}
	var graph struct {
		Nodes []struct{ ID string }
		Links []struct{ Source, Target string }
	}
	if err := json.Unmarshal(v.download("graph.json"), &graph); err != nil {
		t.Fatal(err)
	}
	if len(graph.Nodes) < 3 || len(graph.Links) == 0 {
		t.Errorf("graph has %d nodes and %d links", len(graph.Nodes), len(graph.Links))
	}
}

func TestEachBadChannelHasItsOwnEnd(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, startProgram(t))
	v.signIn(sandbox.Phones()[0])
	c := v.done(url.Values{"channels": {"@old_lightkeeper\n@harbour_council\n@lenn_ostrava\n@empty_horizon\n@one_bottle"}})
	var got []string
	for _, p := range c.Channels {
		got = append(got, p.Reference+" "+string(p.State)+" "+string(p.Error))
	}
	want := []string{"@old_lightkeeper failed not_found", "@harbour_council failed private", "@lenn_ostrava failed not_a_channel",
		"@empty_horizon done ", "@one_bottle done "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ends (-want +got):\n%s", diff)
	}
	_, page := v.get("/collections/" + c.ID)
	for _, sentence := range []string{"There is no channel @old_lightkeeper on Telegram", "@harbour_council is private",
		"@lenn_ostrava is a person, not a channel"} {
		if !strings.Contains(page, sentence) {
			t.Errorf("the page does not say %q", sentence)
		}
	}
}

// A name that is no channel is told beside the form, with what was typed; the
// person mends it and goes on.
func TestMistypedChannelIsToldBesideTheForm(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, startProgram(t))
	v.signIn(sandbox.Phones()[0])
	for _, tt := range [][2]string{
		{"", "Name at least one channel"},
		{"t.me/+abcdef", "is an invite link"},
		// Few look-ups may go at once; what comes later is left to the collection.
		{"t.me/lenn_ostrava", "@lenn_ostrava is a person, not a channel"},
		{"@old_lightkeeper", "There is no channel @old_lightkeeper on Telegram"},
		{"@harbour_council", "@harbour_council is private"},
	} {
		typed, sentence := tt[0], tt[1]
		status, at, body := v.post("/collections/new", "/collections", url.Values{"channels": {typed}})
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, sentence) {
			t.Errorf("%q leads to %s with %d; want 422 and %q", typed, at, status, sentence)
		}
		if first, _, _ := strings.Cut(typed, " "); !strings.Contains(body, strings.TrimPrefix(first, "t.me/+")) {
			t.Errorf("%q is not kept in the form", typed)
		}
	}
	if c := v.done(url.Values{"channels": {"@one_bottle @old_lightkeeper"}}); c.State != collector.Done {
		t.Errorf("one good channel of two: %+v", c)
	}
}

// Two visitors of one server, even with the same sandbox account, meet
// nothing of each other's.
func TestVisitorsAreApart(t *testing.T) {
	t.Parallel()
	base := startProgram(t)
	ann, ben := newVisitor(t, base), newVisitor(t, base)
	ann.signIn(sandbox.Phones()[0])
	ben.signIn(sandbox.Phones()[0])
	c := ann.done(url.Values{"channels": {"@one_bottle"}})
	if status, _ := ben.get("/collections/" + c.ID); status != http.StatusNotFound {
		t.Errorf("another's collection gives %d, want 404", status)
	}
	if conn, resp, err := ben.tryDial(c.ID, base); err == nil {
		conn.Close()
		t.Error("another's websocket opens")
	} else if resp == nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("another's websocket gives %v", resp)
	}
	if conn, resp, err := ann.tryDial(c.ID, "https://evil.example"); err == nil {
		conn.Close()
		t.Error("a websocket from a foreign origin opens")
	} else if resp == nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("a websocket from a foreign origin gives %v", resp)
	}
	if n := len(rows(t, ann.download("messages.parquet"))); n != 1 {
		t.Errorf("ann has %d rows, want 1", n)
	}
	if status, body := ben.get("/files/messages.parquet"); status == http.StatusOK && len(rows(t, []byte(body))) != 0 {
		t.Error("ben downloads ann's messages")
	}
	if status, body := ben.get("/tabs/messages"); status != http.StatusOK || strings.Contains(body, "one_bottle") {
		t.Errorf("ben's messages: %d, or ann's channel in them", status)
	}
}

// Signing out ends the session; signing in again finds the data.
func TestSignOutAndDelete(t *testing.T) {
	t.Parallel()
	base := startProgram(t)
	v := newVisitor(t, base)
	v.signIn(sandbox.Phones()[0])
	v.done(url.Values{"channels": {"@one_bottle"}})
	if status, at, body := v.post("/tabs/options", "/signout", url.Values{"confirm": {"yes"}}); status != http.StatusOK {
		t.Fatalf("sign out: %s %d\n%s", at, status, body)
	}
	if _, body := v.get("/files/messages.parquet"); strings.HasPrefix(body, "PAR1") {
		t.Error("files are still served after signing out")
	}
	v.signIn(sandbox.Phones()[0])
	if n := len(rows(t, v.download("messages.parquet"))); n != 1 {
		t.Errorf("%d rows after signing in again, want 1", n)
	}
	if status, at, body := v.post("/tabs/options", "/workspace/delete", url.Values{"confirm": {"yes"}}); status != http.StatusOK {
		t.Fatalf("delete: %s %d\n%s", at, status, body)
	}
	v.signIn(sandbox.Phones()[0])
	if n := len(rows(t, v.download("messages.parquet"))); n != 0 {
		t.Errorf("%d rows after deleting, want none", n)
	}
}

// Real messages, served by the sandbox, come out of messages.parquet with the
// counts, sums and texts of the files they were read from.
func TestRealMessages(t *testing.T) {
	t.Parallel()
	dir := collectortest.Fixtures(t, "telethon")
	v := newVisitor(t, startProgram(t, "--sandbox-world", dir))
	v.signIn(sandbox.Phones()[0])
	c := v.done(url.Values{"channels": {"@telegram @telegramtips @username @proxyme"}})
	if c.State != collector.Done {
		t.Fatalf("collection: %+v", c)
	}
	type sums struct {
		Rows, Messages, Service, Lo, Hi, Views, Forwards, Forwarded int64
		Sources                                                     int
	}
	got := map[int64]*sums{}
	sources := map[[2]int64]bool{}
	texts := map[[2]int64]string{}
	for _, m := range rows(t, v.download("messages.parquet")) {
		s := got[m.ChannelID]
		if s == nil {
			s = &sums{Lo: m.ID}
			got[m.ChannelID] = s
		}
		s.Rows++
		s.Lo, s.Hi = min(s.Lo, m.ID), max(s.Hi, m.ID)
		if m.Kind == collector.KindService {
			s.Service++
		} else {
			s.Messages++
		}
		if m.Views != nil {
			s.Views += *m.Views
		}
		if m.Forwards != nil {
			s.Forwards += *m.Forwards
		}
		if m.ForwardDate != nil {
			s.Forwarded++
			if m.ForwardFromType == collector.PeerChannel {
				sources[[2]int64{m.ChannelID, m.ForwardFromID}] = true
			}
		}
		texts[[2]int64{m.ChannelID, m.ID}] = m.Text
	}
	for key := range sources {
		got[key[0]].Sources++
	}
	want := map[int64]*sums{ // of the table in shared/fixtures/README.md
		1005640892: {251, 247, 4, 1, 278, 1029890419, 1116453, 4, 1},
		1224624669: {296, 295, 1, 1, 421, 3637521273, 2677726, 0, 0},
		1066197625: {11, 10, 1, 1, 13, 75930561, 75419, 1, 1},
		1195603742: {6, 5, 1, 1, 109, 2048023, 8186, 0, 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sums (-want +got):\n%s", diff)
	}
	compareTexts(t, dir, texts)
}

// compareTexts reads the files with encoding/json alone.
func compareTexts(t *testing.T, dir string, got map[[2]int64]string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "telegramtoolkit_*.ndjson"))
	if err != nil || len(files) != 4 {
		t.Fatalf("fixtures: %v, %v", files, err)
	}
	n := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			var m struct {
				ID      int64  `json:"id"`
				Message string `json:"message"`
				PeerID  struct {
					ChannelID int64 `json:"channel_id"`
				} `json:"peer_id"`
			}
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				t.Fatal(err)
			}
			if text, ok := got[[2]int64{m.PeerID.ChannelID, m.ID}]; !ok || text != m.Message {
				t.Errorf("channel %d message %d: text %q (there: %v), want %q", m.PeerID.ChannelID, m.ID, text, ok, m.Message)
			}
			n++
		}
	}
	if n != len(got) {
		t.Errorf("%d rows collected, %d lines in the files", len(got), n)
	}
}

// Every column that may be null is null just where the raw object has nothing,
// over the whole variety of the invented world.
func TestColumnsAgreeWithRaw(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, startProgram(t))
	v.signIn(sandbox.Phones()[0])
	v.done(url.Values{"channels": {"@marenna_transit @sable_notes @sal_y_fogon_charla @open_quay"}})
	file := v.download("messages.parquet")
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	present := map[string]int{} // by column: the rows that are not null
	for _, group := range f.RowGroups() {
		for _, chunk := range group.ColumnChunks() {
			index, err := chunk.ColumnIndex()
			if err != nil {
				t.Fatal(err)
			}
			name := f.Schema().Columns()[chunk.Column()]
			if len(name) != 1 {
				continue
			}
			n := int(chunk.NumValues())
			for page := range index.NumPages() {
				n -= int(index.NullCount(page))
			}
			present[name[0]] += n
		}
	}
	want := map[string]int{}
	for _, m := range rows(t, file) {
		var raw struct {
			GroupedID *int64 `json:"grouped_id"`
			EditDate  any    `json:"edit_date"`
			Views     *int64 `json:"views"`
			Forwards  *int64 `json:"forwards"`
			ViaBotID  *int64 `json:"via_bot_id"`
			Action    any    `json:"action"`
			FwdFrom   any    `json:"fwd_from"`
			Media     *struct {
				Name string `json:"_"`
				Poll any    `json:"poll"`
			} `json:"media"`
		}
		if err := json.Unmarshal([]byte(m.Raw), &raw); err != nil {
			t.Fatal(err)
		}
		count := func(column string, there bool) {
			if there {
				want[column]++
			}
		}
		count("album_id", raw.GroupedID != nil)
		count("edit_date", raw.EditDate != nil)
		count("views", raw.Views != nil)
		count("forwards", raw.Forwards != nil)
		count("via_bot_id", raw.ViaBotID != nil)
		count("action", raw.Action != nil)
		count("forward_date", raw.FwdFrom != nil)
		count("media_type", raw.Media != nil)
		count("poll_id", raw.Media != nil && raw.Media.Poll != nil)
		count("text", true)
	}
	for column, n := range want {
		if present[column] != n || n == 0 {
			t.Errorf("%s: %d rows are not null, raw has %d", column, present[column], n)
		}
	}
}

// Comments come with their channel, and each says which message it belongs to,
// in the file and on the page, before and after the group's parts are merged.
func TestComments(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, startProgram(t))
	v.signIn(sandbox.Phones()[0])
	c := v.done(url.Values{"channels": {"@sal_y_fogon"}, "comments": {"1"}})
	if len(c.Channels) != 2 || c.Channels[1].CommentsOf != "@sal_y_fogon" || c.Channels[1].State != collector.Done {
		t.Fatalf("collection: %+v", c)
	}
	all := rows(t, v.download("messages.parquet"))
	checkAgainstWorld(t, all, world.Generate(worldSeed), "sal_y_fogon_charla")
	channel, group := c.Channels[0].ChannelID, c.Channels[1].ChannelID
	there := map[int64]bool{}      // messages of the channel
	roots := map[int64]int64{}     // group id → message of the channel
	expected := map[int64]*int64{} // message of the channel → comments it says it has
	for _, m := range all {
		if m.ChannelID == channel {
			there[m.ID], expected[m.ID] = true, m.Replies
		}
		if m.ChannelID == group && m.ForwardMessageID != 0 && m.ThreadMessageID != 0 {
			roots[m.ID] = m.ThreadMessageID
		}
	}
	comments := map[int64]int64{}
	for _, m := range all {
		root := m.ReplyToTopID
		if root == 0 {
			root = m.ReplyToMessageID
		}
		if m.ChannelID != group || roots[root] == 0 {
			continue
		}
		if m.ThreadChannelID != channel || m.ThreadMessageID != roots[root] || !there[m.ThreadMessageID] {
			t.Fatalf("comment %d answers %d, but belongs to message %d of %d; want %d of %d", m.ID, root, m.ThreadMessageID, m.ThreadChannelID,
				roots[root], channel)
		}
		comments[m.ThreadMessageID]++
	}
	tied := 0
	for id, n := range comments {
		if expected[id] != nil && *expected[id] == n {
			tied++
		}
	}
	if tied < 100 || tied < len(comments)*9/10 {
		t.Errorf("of %d messages with comments, %d have as many as they say", len(comments), tied)
	}
}
