package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/catalog"
	tables "telegramtrac/collector/dataset/table"
	"telegramtrac/collector/export"
	"telegramtrac/collector/export/reading"
	"telegramtrac/collector/network"
)

// newestFirst lists the lines of each channel as telegram-tracker has them:
// channel by channel, newest first.
func (f *collectedFixtures) newestFirst() []sourceKey {
	return slices.SortedFunc(maps.Keys(f.lines), func(a, b sourceKey) int {
		if a.channel != b.channel {
			return int(a.channel - b.channel)
		}
		return int(b.id - a.id)
	})
}

// trackerMessages compares msgs_dataset.csv, field by field, with what
// telegram-tracker's rules make of the sources.
func (f *collectedFixtures) trackerMessages(t *testing.T) {
	heading, got := collectortest.Table(t, f.download("msgs_dataset.csv"))
	const columns = "signature,channel_id,channel_name,msg_id,message,cleaned_message,date,msg_link,msg_from_peer,msg_from_id,views," +
		"number_replies," +
		"number_forwards,is_forward,forward_msg_from_peer_type,forward_msg_from_peer_id,forward_msg_from_peer_name,forward_msg_date," +
		"forward_msg_date_string,forward_msg_link,is_reply,reply_to_msg_id," +
		"reply_msg_link,contains_media,media_type,has_url,url,domain,url_title,url_description,document_type," +
		"document_id,document_video_duration,document_filename,poll_id,poll_question," +
		"poll_total_voters,poll_results,contact_phone_number,contact_name,contact_userid,geo_type," +
		"lat,lng,venue_id,venue_type,venue_title,venue_address,venue_provider"
	if strings.Join(heading, ",") != columns {
		t.Fatalf("columns: %v", heading)
	}
	var want []map[string]string
	idx, channel := 0, int64(0)
	for _, key := range f.newestFirst() {
		if key.channel != channel {
			idx, channel = 0, key.channel
		}
		if s := f.lines[key]; s.text("_") == "Message" {
			want = append(want, f.trackerRow(s, idx))
		}
		idx++
	}
	if len(got) != len(want) || len(want) != 560 {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if diff := cmp.Diff(want[i], got[i]); diff != "" {
			t.Errorf("row %d (-want +got):\n%s", i, diff)
		}
	}
}

// trackerRow is a row by telegram-tracker's rules.
func (f *collectedFixtures) trackerRow(s source, idx int) map[string]string {
	text := func(path ...string) string {
		switch v := s.at(path...).(type) {
		case string:
			return v
		case json.Number:
			return v.String()
		}
		return ""
	}
	orZero := func(v string) string {
		if v == "" {
			return "0"
		}
		return v
	}
	is := func(v any) string {
		if v != nil {
			return "1"
		}
		return "0"
	}
	channel, id := s.number("peer_id", "channel_id"), text("id")
	name := f.names[channel]
	out := map[string]string{
		"signature": fmt.Sprintf("msg_iteration.%d.user.%s.post.%s", idx, name, id), "channel_id": fmt.Sprint(channel), "channel_name": name,
		"msg_id":  id,
		"message": s.text("message"), "cleaned_message": strings.Join(strings.Fields(s.text("message")), " "),
		"date": s.time("date").Format("2006-01-02 15:04:05+00:00"), "msg_link": "https://t.me/" + name + "/" + id,
		"msg_from_peer": text("from_id", "_"), "msg_from_id": text("from_id", "channel_id") + text("from_id", "user_id"),
		"views": orZero(text("views")), "number_replies": orZero(text("replies", "replies")), "number_forwards": orZero(text("forwards")),
		"is_forward": is(s.at("fwd_from")), "forward_msg_from_peer_type": text("fwd_from", "from_id", "_"),
		"forward_msg_from_peer_id":   text("fwd_from", "from_id", "channel_id"),
		"forward_msg_from_peer_name": f.names[s.number("fwd_from", "from_id", "channel_id")], "forward_msg_date": "",
		"forward_msg_date_string": "", "forward_msg_link": "",
		"is_reply": is(s.at("reply_to")), "reply_to_msg_id": text("reply_to", "reply_to_msg_id"), "reply_msg_link": "",
		"contains_media": is(s.at("media")), "media_type": text("media", "_"),
		"has_url": is(s.at("media", "webpage", "url")), "url": text("media", "webpage", "url"), "domain": "",
		"url_title": text("media", "webpage", "title"), "url_description": text("media", "webpage", "description"),
		"document_type": text("media", "document", "mime_type"), "document_id": text("media", "document", "id"), "document_video_duration": "",
		"document_filename": "",
		"poll_id":           text("media", "poll", "id"), "poll_question": text("media", "poll", "question"),
		"poll_total_voters": text("media", "results", "total_voters"), "poll_results": "",
		"contact_phone_number": "", "contact_name": "", "contact_userid": "", "geo_type": "", "lat": "", "lng": "",
		"venue_id": "", "venue_type": "", "venue_title": "", "venue_address": "", "venue_provider": "",
	}
	if s.at("fwd_from") != nil {
		at := s.time("fwd_from", "date")
		out["forward_msg_date"], out["forward_msg_date_string"] = at.Format(time.DateTime), at.Format(time.DateOnly)
		if from := out["forward_msg_from_peer_name"]; from != "" {
			out["forward_msg_link"] = "https://t.me/" + from + "/" + text("fwd_from", "channel_post")
		}
	}
	if s.at("reply_to") != nil {
		out["reply_msg_link"] = "https://t.me/" + name + "/" + out["reply_to_msg_id"]
	}
	if out["url"] != "" {
		host, _, _ := strings.Cut(strings.SplitN(out["url"], "://", 2)[1], "/")
		out["domain"] = strings.ReplaceAll(host, "www.", "") // as the original does
	}
	for _, a := range s.list("media", "document", "attributes") {
		switch a.text("_") {
		case "DocumentAttributeVideo":
			out["document_video_duration"] = strings.TrimSuffix(fmt.Sprint(a.at("duration")), ".0") // whole seconds, as Telegram told them then
		case "DocumentAttributeFilename":
			out["document_filename"] = a.text("file_name")
		}
	}
	if text("media", "_") == "MessageMediaPoll" {
		out["poll_results"] = "[]" // nobody of these files had voted
	}
	return out
}

// messagesJSON compares <channel>_messages.json with the sources, and its pieces
// with raw.
func (f *collectedFixtures) messagesJSON(t *testing.T) {
	for channel, name := range f.names {
		var got struct {
			Class    string `json:"_"`
			Pts      *int64
			Count    int
			Messages []struct {
				ID   int64
				Date string
			}
			Chats, Users []struct{ ID int64 }
		}
		file := f.download("channels/" + name + "/messages.json")
		if err := json.Unmarshal(file, &got); err != nil {
			t.Fatal(err)
		}
		var ids, want []int64
		for _, m := range got.Messages {
			ids = append(ids, m.ID)
			if at := f.lines[sourceKey{channel, m.ID}].time("date").Format("2006-01-02 15:04:05+00:00"); m.Date != at {
				t.Errorf("%s: message %d is of %q, want %q", name, m.ID, m.Date, at)
			}
		}
		for _, key := range f.newestFirst() {
			if key.channel == channel {
				want = append(want, key.id)
			}
		}
		if !slices.Equal(ids, want) || got.Class != "ChannelMessages" || got.Count != len(want) || got.Pts == nil {
			t.Errorf("%s: %s, count %d, pts %v, %d messages; want %d", name, got.Class, got.Count, got.Pts, len(ids), len(want))
		}
		if len(got.Chats) == 0 || bytes.Contains(file, []byte(`"access_hash"`)) {
			t.Errorf("%s: chats %v, or an access hash", name, got.Chats)
		}
		var details struct {
			FullChat struct{ ID int64 } `json:"full_chat"`
		}
		if err := json.Unmarshal(f.download("channels/"+name+"/channel.json"), &details); err != nil || details.FullChat.ID != channel {
			t.Errorf("%s: channel.json is of %d, %v", name, details.FullChat.ID, err)
		}
	}
}

// chats compares the files about channels with counts worked out from the
// sources.
func (f *collectedFixtures) chats(t *testing.T) {
	byName := map[string]int64{}
	for id, name := range f.names {
		byName[strings.ToLower(name)] = id
	}
	pointed, leads := map[int64]int{}, map[int64]map[string]bool{}
	for key, s := range f.lines {
		m := s.message()
		hit := map[int64]bool{m.ForwardFromID: true}
		for _, name := range m.Mentions {
			hit[byName[strings.ToLower(name)]] = true
		}
		for _, l := range m.TMeLinks {
			hit[byName[strings.ToLower(l.Username)]] = true
		}
		for id := range hit {
			if f.names[id] == "" {
				continue
			}
			pointed[id]++
			if leads[id] == nil {
				leads[id] = map[string]bool{}
			}
			leads[id][f.names[key.channel]] = true
		}
	}
	_, rows := collectortest.Table(t, f.download("counter.csv"))
	if len(rows) != len(f.names) {
		t.Fatalf("%d channels in counter.csv, want %d", len(rows), len(f.names))
	}
	for _, row := range rows {
		id, _ := strconv.ParseInt(row["id"], 10, 64)
		name := f.names[id]
		want := map[string]string{
			"id": row["id"], "username": name, "from_messages": fmt.Sprint(pointed[id]), "channel_request": "1",
			"counter":                 fmt.Sprint(pointed[id] + 1),
			"channel_req_targeted_by": "{'channels': ['self']}", "source": row["source"],
		}
		if diff := cmp.Diff(want, row); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		var list []string
		if err := json.Unmarshal([]byte(strings.ReplaceAll(row["source"], "'", `"`)), &list); err != nil || list[0] == "" {
			t.Errorf("source %q: %v", row["source"], err)
		}
		want1 := map[string]bool{name: true}
		maps.Copy(want1, leads[id])
		got1 := map[string]bool{}
		for _, s := range list {
			got1[s] = true
		}
		if diff := cmp.Diff(want1, got1); diff != "" {
			t.Errorf("source of %s (-want +got):\n%s", name, diff)
		}
	}
	f.collectedChats(t, rows)
	if got := string(f.download("user_exceptions.txt")); !strings.HasPrefix(got, "@nobody_there\tfailed: not_found\t") ||
		strings.Count(got, "\n") != 1 {
		t.Errorf("user_exceptions.txt: %q", got)
	}
}

// collectedChats compares collected_chats.csv and .xlsx with counter.csv and
// with sums over the sources.
func (f *collectedFixtures) collectedChats(t *testing.T, counter []map[string]string) {
	heading, rows := collectortest.Table(t, f.download("collected_chats.csv"))
	if len(heading) != 36 || len(rows) != len(counter) {
		t.Fatalf("%d columns, %d rows", len(heading), len(rows))
	}
	for i, row := range rows {
		for column, want := range counter[i] {
			if row[column] != want {
				t.Errorf("collected_chats.csv: %s of %s is %q, want %q", column, row["username"], row[column], want)
			}
		}
		if row["_"] != "Channel" || row["access_hash"] != "" || row["restriction_reason"] != "[]" || row["photo"] != "{'_': 'ChatPhotoEmpty'}" ||
			row["broadcast"] != "True" || row["admin_rights"] != "" {
			t.Errorf("collected_chats.csv: %v", row)
		}
	}
	book, err := excelize.OpenReader(bytes.NewReader(f.download("collected_chats.xlsx")))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	cells, err := book.GetRows("Sheet1")
	if err != nil || len(cells) != len(rows)+1 || len(cells[0]) != 32 {
		t.Fatalf("collected_chats.xlsx: %d rows, %v", len(cells), err)
	}
	for _, row := range cells[1:] {
		id, _ := strconv.ParseInt(row[1], 10, 64)
		want := [7]int64{}
		for key, s := range f.lines {
			if key.channel != id {
				continue
			}
			want[0]++
			switch {
			case s.text("_") == "MessageService":
				want[3]++
			case s.at("reply_to") != nil:
				want[2]++
			default:
				want[1]++
			}
			want[4] += s.number("views")
			want[5] += s.number("forwards")
			want[6] += s.number("replies", "replies")
		}
		var got [7]int64
		for i := range got {
			got[i], _ = strconv.ParseInt(row[25+i], 10, 64)
		}
		if got != want {
			t.Errorf("totals of %s: got %v, want %v", row[2], got, want)
		}
	}
}

// messagesCSV compares every column of messages.csv with messages.parquet, whose
// columns are compared with the sources.
func (f *collectedFixtures) messagesCSV(t *testing.T) {
	heading, rows := collectortest.Table(t, f.download("messages.csv"))
	if len(rows) != len(f.rows) || slices.Contains(heading, "raw") {
		t.Fatalf("%d rows of %v", len(rows), heading)
	}
	peers, err := parquet.Read[collector.Peer](bytes.NewReader(f.download("peers.parquet")), int64(len(f.download("peers.parquet"))))
	if err != nil {
		t.Fatal(err)
	}
	senders := map[catalog.PeerKey]collector.Peer{}
	for _, p := range peers {
		senders[catalog.PeerKey{Type: p.Type, ID: p.ID}] = p
	}
	for i := range f.rows {
		m := reflect.ValueOf(&f.rows[i]).Elem()
		want := map[string]string{}
		for n := range m.NumField() {
			name, options, _ := strings.Cut(m.Type().Field(n).Tag.Get("parquet"), ",")
			if name == "raw" {
				continue
			}
			if m.Field(n).Kind() == reflect.Slice && m.Field(n).Len() > 0 {
				var got any
				if err := json.Unmarshal([]byte(rows[i][name]), &got); err != nil {
					t.Fatalf("row %d: %s: %v", i, name, err)
				}
				if diff := cmp.Diff(plainList(t, m.Field(n)), got); diff != "" {
					t.Errorf("row %d: %s (-want +got):\n%s", i, name, diff)
				}
				want[name] = rows[i][name] // as it should be
				continue
			}
			want[name] = plainCell(m.Field(n), strings.Contains(options, "optional"))
		}
		sender := senders[catalog.SenderKey(&f.rows[i])]
		want["from_name"], want["from_username"] = sender.Title, sender.Username
		want["link"] = fmt.Sprintf("https://t.me/%s/%d", f.names[f.rows[i].ChannelID], f.rows[i].ID)
		if diff := cmp.Diff(want, rows[i]); diff != "" {
			t.Errorf("row %d (-want +got):\n%s", i, diff)
		}
	}
}

// plainCell is a value that is no list as CSV has it.
func plainCell(v reflect.Value, optional bool) string {
	if optional && v.IsZero() {
		return ""
	}
	switch x := reflect.Indirect(v).Interface().(type) {
	case time.Time:
		return x.UTC().Format(time.RFC3339Nano)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case string:
		return strings.ReplaceAll(x, "\r\n", "\n") // as encoding/csv reads it
	default:
		return fmt.Sprint(x)
	}
}

// plainList is a list as encoding/json reads it, in the words of the Parquet file.
func plainList(t *testing.T, list reflect.Value) any {
	t.Helper()
	out := []any{}
	for i := range list.Len() {
		e := list.Index(i)
		if e.Kind() != reflect.Struct {
			out = append(out, e.Interface())
			continue
		}
		fields := map[string]any{}
		for n := range e.NumField() {
			name, options, _ := strings.Cut(e.Type().Field(n).Tag.Get("parquet"), ",")
			if strings.Contains(options, "optional") && e.Field(n).IsZero() {
				continue
			}
			b, err := json.Marshal(e.Field(n).Interface())
			if err != nil {
				t.Fatal(err)
			}
			var v any
			if err := json.Unmarshal(b, &v); err != nil {
				t.Fatal(err)
			}
			fields[name] = v
		}
		out = append(out, fields)
	}
	return out
}

// messagesXLSX compares every cell of messages.xlsx, with all columns and with the
// first, with messages.csv. What a row lacks at its end is empty.
func (f *collectedFixtures) messagesXLSX(t *testing.T) {
	heading, want := collectortest.Table(t, f.download("messages.csv"))
	if got := f.book(t, "messages.xlsx?columns=all", want); !slices.Equal(got, heading) {
		t.Errorf("all columns are %v", got)
	}
	if got := f.book(t, "messages.xlsx", want); len(got) > 20 || !slices.Contains(got, "text") || !slices.Contains(got, "link") {
		t.Errorf("the first columns are %v", got)
	}
}

// book compares the cells of a workbook with rows, and returns its columns.
func (f *collectedFixtures) book(t *testing.T, name string, want []map[string]string) []string {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(f.download(name)))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	cells, err := book.GetRows("messages", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	heading := cells[0]
	if len(cells) != len(want)+1 {
		t.Fatalf("%d rows of %v", len(cells), heading)
	}
	types := map[string]string{}
	for _, e := range tables.Dictionary() {
		types[e.Column], _, _ = strings.Cut(e.Type, " ")
	}
	for i, row := range cells[1:] {
		row = append(row, make([]string, len(heading)-len(row))...)
		for j, column := range heading {
			if w := want[i][column]; !sameCell(types[column], w, row[j]) {
				t.Errorf("row %d: %s is %q, want %q", i, column, row[j], w)
			}
		}
	}
	return heading
}

// sameCell reports whether a cell is a value of CSV in Excel's own form: dates are
// days since 1899-12-30, exact to a millisecond, and booleans 1 and 0.
func sameCell(kind, want, got string) bool {
	switch {
	case want == "" || got == "":
		return want == got
	case kind == "timestamp":
		at, err := time.Parse(time.RFC3339Nano, want)
		days, errDays := strconv.ParseFloat(got, 64)
		wantDays := at.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24
		return err == nil && errDays == nil && math.Abs(days-wantDays) < 1.0/86_400_000
	case kind == "boolean":
		return want == map[string]string{"1": "true", "0": "false", "TRUE": "true", "FALSE": "false"}[got]
	case kind == "double":
		a, errA := strconv.ParseFloat(want, 64)
		b, errB := strconv.ParseFloat(got, 64)
		return errA == nil && errB == nil && a == b
	}
	var words []string
	if kind == "list" && json.Unmarshal([]byte(want), &words) == nil && got == strings.Join(words, ", ") {
		return true
	}
	return got == strings.ReplaceAll(want, "\r\n", "\n")
}

// bundle checks the archive against its own manifest and description, and that
// two of them are equal.
func (f *collectedFixtures) bundle(t *testing.T) {
	file := f.download("bundle.zip")
	if again := f.download("bundle.zip"); !bytes.Equal(file, again) {
		t.Error("two bundles of the same data differ")
	}
	files := unzip(t, file)
	manifest := string(files["manifest.sha256"])
	if n := strings.Count(manifest, "\n"); n != len(files)-1 {
		t.Errorf("%d lines in the manifest, %d files", n, len(files))
	}
	for line := range strings.Lines(manifest) {
		hash, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		if sum := sha256.Sum256(files[name]); hex.EncodeToString(sum[:]) != hash {
			t.Errorf("the checksum of %s is wrong", name)
		}
	}
	var described struct {
		Resources []struct {
			Path, Hash string
			Bytes      int
			Schema     *struct {
				Fields []struct{ Name, Type, Description string }
			}
		}
	}
	if err := json.Unmarshal(files["datapackage.json"], &described); err != nil {
		t.Fatal(err)
	}
	for _, r := range described.Resources {
		if len(files[r.Path]) != r.Bytes || !strings.Contains(manifest, strings.TrimPrefix(r.Hash, "sha256:")+"  "+r.Path+"\n") {
			t.Errorf("%s is not as described: %+v", r.Path, r)
		}
		if strings.HasSuffix(r.Path, ".parquet") && (r.Schema == nil || len(r.Schema.Fields) < 10) {
			t.Errorf("%s has no schema", r.Path)
		}
	}
	for _, name := range []string{"data/messages.parquet", "network/graph.json", "network/edges.parquet", "telegram-tracker/msgs_dataset.csv",
		"telegram-tracker/telegramtips/telegramtips.json",
		"telegram-tracker/telegramtips/telegramtips_messages.json", "telegram-tracker/user_exceptions.txt", "methods.md", "dictionary.md",
		"dictionary.csv", "notebook.ipynb",
		"snippets/duckdb.sql", "snippets/pandas.py", "snippets/polars.py", "snippets/analysis.R", "snippets/graphology.js", "README.md"} {
		if len(files[name]) == 0 {
			t.Errorf("%s is not in the bundle: %v", name, slices.Sorted(maps.Keys(files)))
		}
	}
	if got := string(files["methods.md"]); !strings.Contains(got, "560 messages and 7 service messages of 5 channels") ||
		!strings.Contains(got, "for the others, the table says how far") {
		t.Errorf("methods.md:\n%s", got)
	}
}

func unzip(t *testing.T, file []byte) map[string][]byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[f.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// duckDB runs the bundle's snippet as it stands. DUCKDB_MODULES names the folder
// in which npm installed @duckdb/node-api.
func (f *collectedFixtures) duckDB(t *testing.T) {
	f.checkDuckDB(t, runDuckDB(t, f.download("bundle.zip")))
}

// runDuckDB runs a bundle's snippet; of each statement it returns the rows.
func runDuckDB(t *testing.T, bundle []byte) (results [][]map[string]any) {
	t.Helper()
	modules := os.Getenv("DUCKDB_MODULES")
	if modules == "" {
		if os.Getenv("REQUIRE_DUCKDB") == "1" {
			t.Fatal("DuckDB is required: DUCKDB_MODULES is not set")
		}
		t.Skip("DUCKDB_MODULES is not set; see .ci/run")
	}
	dir := t.TempDir()
	for name, content := range unzip(t, bundle) {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script, err := filepath.Abs(filepath.Join("testdata", "duckdb.js"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", script, "snippets/duckdb.sql")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "NODE_PATH="+modules)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	if err := json.Unmarshal(out, &results); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return results
}

// TestDuckDBHostile: the snippet counts a message once for a hashtag it repeats,
// and is not stopped by objects that are no JSON.
func TestDuckDBHostile(t *testing.T) {
	t.Parallel()
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)
	p := collector.Part{ChannelID: 7, Source: collector.SourceDesktop, ObservedAt: at, Range: collector.Range{Lo: 1, Hi: 4}}
	for i, raw := range []string{"", `{"media":`, `{"text":"\ud83d"}`, `{"media":{"_":"MessageMediaPhoto"}}`} {
		p.Messages = append(p.Messages, collector.Message{
			ChannelID: 7, ID: int64(i + 1), Kind: collector.KindMessage, Date: at, Text: "#Tide #tide", Source: collector.SourceDesktop,
			Hashtags: []string{"Tide", "tide", "TIDE"}[:i%2+2], MediaType: "MessageMediaPhoto", Raw: raw,
		})
	}
	if err := d.Writer(1).PutPart(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	file, _ := export.Find("bundle.zip", false)
	var b bytes.Buffer
	err = file.Write(t.Context(), &b, export.Data{
		Data:  reading.Data{Dataset: d},
		Graph: func(ctx context.Context) (*network.Graph, error) { return network.Build(ctx, d) },
		Ties: func(ctx context.Context, w io.Writer) error {
			in, err := network.Read(ctx, d, 0)
			if err != nil {
				return err
			}
			return network.WriteTies(ctx, w, in)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	results := runDuckDB(t, b.Bytes())
	check(t, "hashtags", results[4], "hashtag", "messages", map[string]int{"tide": 4})
	check(t, "objects", results[6], "message_id", "media", map[string]string{"4": "MessageMediaPhoto"})
}

// checkDuckDB compares the results of the snippet with counts of the sources.
func (f *collectedFixtures) checkDuckDB(t *testing.T, results [][]map[string]any) {
	t.Helper()
	if len(results) != 7 {
		t.Fatalf("%d results", len(results))
	}
	if diff := cmp.Diff([]map[string]any{{"rows": "567", "messages": "560", "service_messages": "7", "channels": "5"}},
		results[0]); diff != "" {
		t.Errorf("how much there is (-want +got):\n%s", diff)
	}
	perChannel, perMonth, forwards, hashtags, reactions := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{},
		map[string]int64{}
	photos := 0
	for key, s := range f.lines {
		m := s.message()
		if m.Kind == "message" {
			perChannel[fmt.Sprint(key.channel)]++
			perMonth[m.Date.Format("2006-01")]++
		}
		if m.ForwardFromType == "channel" {
			forwards[fmt.Sprint(m.ForwardFromID)]++
		}
		tags := map[string]bool{}
		for _, tag := range m.Hashtags {
			tags[strings.ToLower(tag)] = true
		}
		for tag := range tags {
			hashtags[tag]++
		}
		for _, r := range m.Reactions {
			if r.Emoji != "" {
				reactions[r.Emoji] += r.Count
			}
		}
		if m.MediaType == "MessageMediaPhoto" {
			photos++
		}
	}
	check(t, "each channel", results[1], "channel_id", "messages", perChannel)
	check(t, "months", results[2], "month", "messages", perMonth)
	check(t, "forwards", results[3], "forward_from_id", "messages", forwards)
	check(t, "hashtags", results[4], "hashtag", "messages", hashtags)
	check(t, "reactions", results[5], "emoji", "given", reactions)
	if len(results[6]) != photos || results[6][0]["media"] != `MessageMediaPhoto` {
		t.Errorf("photos: %v, want %d", results[6], photos)
	}
}

// check compares a result of two columns.
func check[N int | int64 | string](t *testing.T, what string, rows []map[string]any, key, value string, want map[string]N) {
	t.Helper()
	got := map[string]string{}
	for _, row := range rows {
		name := fmt.Sprint(row[key])
		if key == "month" {
			name = name[:len("2006-01")]
		}
		got[name] = fmt.Sprint(row[value])
	}
	wanted := map[string]string{}
	for k, n := range want {
		wanted[k] = fmt.Sprint(n)
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
