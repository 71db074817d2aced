package archive_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"
	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/archive"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/table"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/preview"
	"telegramtrac/collector/sandbox/web"
	"telegramtrac/collector/sandbox/world"
)

// bundle returns a ZIP of everything that a dataset exports.
func bundle(t testing.TB, d *dataset.Dataset) input.File {
	t.Helper()
	contents := map[string]string{"bundle/manifest.sha256": "0  messages.parquet\n", "bundle/datapackage.json": `{"name":"x"}`}
	for name, write := range exports(d) {
		var b bytes.Buffer
		if err := write(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		contents["bundle/"+name] = b.String()
	}
	return zipped(t, contents)
}

func exports(d *dataset.Dataset) map[string]func(context.Context, io.Writer) error {
	return map[string]func(context.Context, io.Writer) error{
		"messages.parquet": func(ctx context.Context, w io.Writer) error { return table.WriteMessages(ctx, d.Catalog, w, 0) },
		"versions.parquet": func(ctx context.Context, w io.Writer) error { return table.WriteVersions(ctx, d.Rows, w, 0) },
		"channels.parquet": func(ctx context.Context, w io.Writer) error { return table.WriteChannels(ctx, d.Catalog, w, nil) },
		"peers.parquet": func(ctx context.Context, w io.Writer) error {
			list, err := d.PeerList(ctx)
			if err != nil {
				return err
			}
			return list.Write(ctx, w, list.Keys())
		},
		"receipts.parquet": func(ctx context.Context, w io.Writer) error {
			receipts, err := d.Receipts(ctx)
			if err != nil {
				return err
			}
			return table.WriteReceipts(w, receipts)
		},
	}
}

// everything is all data of a dataset.
type everything struct {
	Messages []collector.Message
	Versions []byte // the file
	Channels []collector.Channel
	Peers    []collector.Peer
	Receipts []collector.Receipt
}

func allOf(t testing.TB, d *dataset.Dataset) (out everything) {
	t.Helper()
	out.Messages = rowsOf(t, d)
	var versions bytes.Buffer
	if err := table.WriteVersions(t.Context(), d.Rows, &versions, 0); err != nil {
		t.Fatal(err)
	}
	out.Versions = versions.Bytes()
	all, err := d.Channels(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, ch := range all {
		// with the precision of the file
		ch.FirstSeenAt, ch.LastSeenAt = ch.FirstSeenAt.Truncate(time.Microsecond), ch.LastSeenAt.Truncate(time.Microsecond)
		out.Channels = append(out.Channels, ch.Channel)
	}
	if out.Peers, err = d.Peers(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out.Receipts, err = d.Receipts(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out
}

// edited collects a world, and collects it again after edits and deletions.
func edited(t testing.TB, pseudonym collector.Pseudonym) *dataset.Dataset {
	t.Helper()
	d := collected(t, world.Generate(7), pseudonym, "sable_notes", "new_pier_room", "samudra_vani")
	w := d.Writer(9)
	n := 0
	for m, err := range d.Scan(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%90 > 1 {
			continue
		}
		p := collector.Part{ChannelID: m.ChannelID, Range: collector.Range{Lo: m.ID, Hi: m.ID}, Source: collector.SourceTelegram,
			ObservedAt: time.Now().UTC()}
		if n%90 == 0 {
			again := *m
			again.Text += " (edited)"
			p.Messages = []collector.Message{again}
		}
		if err := w.PutPart(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// person is a user whose id and name are in the rows of other sources.
const person, personsName, personsLink = 7777001, "Mara Quay", "tg://user?id=7777001"

// others is a dataset from sources other than Telegram's own objects: @sable_notes from the
// web preview, a chat from Telegram Desktop and one from tdl, all of them with a person.
func others(t testing.TB, pseudonym collector.Pseudonym) *dataset.Dataset {
	t.Helper()
	w := world.Generate(7)
	w.AddUser(&tg.User{ID: person, FirstName: personsName, Username: "quay_mara"})
	var ch *world.Channel
	for _, c := range w.Public() {
		if c.Name() == "sable_notes" {
			ch = c
		}
	}
	last := ch.Log.ID(ch.Log.Len() - 1)
	for i, from := range []tg.PeerClass{nil, &tg.PeerUser{UserID: person}, &tg.PeerChannel{ChannelID: w.Public()[1].TL.ID}, nil} {
		m := &tg.Message{ID: last + 1 + i, PeerID: &tg.PeerChannel{ChannelID: ch.TL.ID}, Date: 1_790_000_000 + i, Post: true,
			PostAuthor: personsName, ViaBotID: person,
			Message: "ask her & <me>", Entities: []tg.MessageEntityClass{&tg.MessageEntityTextURL{Offset: 4, Length: 3, URL: personsLink}}}
		if i < 3 {
			m.SetFwdFrom(tg.MessageFwdHeader{FromID: from, FromName: personsName, ChannelPost: 3, PostAuthor: personsName, Date: 1})
		}
		m.SetViews(12_345)
		m.SetFlags()
		if err := ch.Log.Append(m); err != nil {
			t.Fatal(err)
		}
	}
	site, err := preview.New(preview.Options{URL: "http://preview.invalid", Transport: web.Transport(web.New(w)), Pace: time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	d := openData(t)
	progress, err := loop.Collect(t.Context(), loop.Run{
		ID: "c2", Source: site.Source(pseudonym, nil), Store: d.Writer(1),
		Request: collector.Request{Channels: []string{"sable_notes"}, Personal: pseudonym == nil}, MaxInFlight: 1,
	})
	if err != nil || progress[0].State != collector.Done {
		t.Fatalf("collect: %+v, %v", progress, err)
	}
	for name, text := range map[string]string{"result.json": desktopWithPerson(), "tdl.json": tdlWithPerson} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		importFiles(t, d, input.Options{Pseudonym: pseudonym}, input.File{Name: name, Path: path})
	}
	return d
}

func desktopWithPerson() string {
	var all []string
	for _, tt := range desktopCases {
		all = append(all, tt.json)
	}
	return desktopChat("public_supergroup",
		append(all, `{"id":30,"type":"message","date":"2024-03-01T14:00:00","date_unixtime":"1709294400","from":"`+personsName+
			`","from_id":"user7777001",
	  "text":["ask ",{"type":"text_link","text":"her","href":"`+personsLink+`"}],"text_entities":[{"type":"text_link","text":"her","href":"`+
			personsLink+`"}]}`)...)
}

const tdlWithPerson = `{"id":1235,"messages":[{"id":5,"type":"message","raw":{"Flags":0,"ID":5,"Post":true,"PeerID":{"ChannelID":1235},"FromID":{"UserID":7777001},"Date":1709294400,
	"Message":"ask her","PostAuthor":"` + personsName + `","ViaBotID":7777001,"Entities":[{"Offset":4,"Length":3,"URL":"` + personsLink +
	`"}]}}]}`

// ownData are the datasets whose files are imported again, and what to compare in each.
var ownData = map[string]struct {
	data  func(testing.TB, collector.Pseudonym) *dataset.Dataset
	worth func(everything) bool
}{
	"Telegram's": {edited, func(e everything) bool {
		gone := slices.ContainsFunc(e.Messages, func(m collector.Message) bool { return m.GoneAt != nil })
		return gone && len(e.Versions) > 10_000 && len(e.Receipts) > 0 && len(e.Peers) > 0
	}},
	"others'": {others, func(e everything) bool {
		linked := map[string]int{}
		for _, m := range e.Messages {
			if slices.ContainsFunc(m.Links, func(link string) bool { return strings.HasPrefix(link, "tg://user?id=") }) {
				linked[m.Source]++
			}
		}
		return maps.Equal(linked, map[string]int{collector.SourcePreview: 4, collector.SourceDesktop: 1, collector.SourceTDL: 1}) &&
			len(e.Receipts) > 0
	}},
}

// TestOwnFiles: this product's exports import again to equal rows, into an empty dataset and
// over existing data, privately or not.
func TestOwnFiles(t *testing.T) {
	for name, pseudonym := range map[string]collector.Pseudonym{"private": hidden, "personal": nil} {
		for whose, own := range ownData {
			t.Run(whose+" "+name, func(t *testing.T) {
				from := own.data(t, pseudonym)
				if !own.worth(allOf(t, from)) {
					t.Fatal("there is too little to compare")
				}
				importsAgain(t, from, pseudonym)
			})
		}
	}
}

func importsAgain(t *testing.T, from *dataset.Dataset, pseudonym collector.Pseudonym) {
	t.Helper()
	want := allOf(t, from)
	file := bundle(t, from)
	into := openData(t)
	importFiles(t, into, input.Options{Pseudonym: pseudonym}, file)
	if diff := cmp.Diff(want, allOf(t, into)); diff != "" {
		t.Fatalf("imported (-want +got):\n%.4000s", diff)
	}
	for _, d := range []*dataset.Dataset{from, into} {
		for _, ch := range importFiles(t, d, input.Options{Pseudonym: pseudonym}, file) {
			if ch.Known != ch.Rows() {
				t.Errorf("imported again: %+v", ch)
			}
		}
		if diff := cmp.Diff(want, allOf(t, d)); diff != "" {
			t.Fatalf("imported again (-want +got):\n%.4000s", diff)
		}
	}
	covered, err := into.Writer(3).Covered(t.Context(), want.Messages[0].ChannelID, want.Messages[0].Source)
	if err != nil || len(covered) > 0 {
		t.Errorf("an import covers %v, %v", covered, err)
	}
}

// TestTwoBundles: several bundles at once are all read without the files of the original
// tools.
func TestTwoBundles(t *testing.T) {
	var b bytes.Buffer
	if err := table.WriteMessages(t.Context(), others(t, hidden).Catalog, &b, 0); err != nil {
		t.Fatal(err)
	}
	contents := map[string]string{"three/x_messages.json": `{"_":"ChannelMessages","messages":[` + said(1, 7, "x") + `]}`}
	for _, folder := range []string{"one", "two"} {
		contents[folder+"/datapackage.json"] = `{"name":"x"}`
		contents[folder+"/data/messages.parquet"] = b.String() // the same path as in bundles
		contents[folder+"/sable_notes/sable_notes_messages.json"] = `{"_":"ChannelMessages","messages":[` + said(1, 7, "x") + `]}`
	}
	for name, files := range map[string][]input.File{"in one ZIP": {zipped(t, contents)},
		"in two": {zipped(t, contents), zipped(t, contents)}} {
		report, err := archive.Read(t.Context(), files, input.Options{Pseudonym: hidden, Temp: t.TempDir()},
			func(collector.Observations) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range report.Files {
			got = append(got, f.Name)
		}
		var want []string
		for range files {
			want = append(want, "files.zip/one/data/messages.parquet", "files.zip/three/x_messages.json", "files.zip/two/data/messages.parquet")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: files read (-want +got):\n%s", name, diff)
		}
	}
}

// A private import of personal files stores no name or id of a person.
func TestOwnFilesPrivately(t *testing.T) {
	for whose, own := range ownData {
		t.Run(whose, func(t *testing.T) { privately(t, own.data(t, nil), allOf(t, own.data(t, hidden))) })
	}
}

func privately(t *testing.T, from *dataset.Dataset, want everything) {
	t.Helper()
	into := openData(t)
	importFiles(t, into, input.Options{Pseudonym: hidden}, bundle(t, from))
	got := allOf(t, into)
	equal(t, timeless(got.Messages), timeless(want.Messages))
	for _, m := range got.Messages {
		if row := fmt.Sprintf("%+v", m); strings.Contains(row, personsLink) || strings.Contains(row, personsName) ||
			strings.Contains(row, fmt.Sprint(person)) {
			t.Errorf("%s message %d names a person: %s", m.Source, m.ID, row)
		}
	}
	if len(got.Peers) != len(want.Peers) || len(got.Channels) != len(want.Channels) {
		t.Fatalf("%d peers, %d channels; want %d, %d", len(got.Peers), len(got.Channels), len(want.Peers), len(want.Channels))
	}
	for i, p := range got.Peers {
		w := want.Peers[i]
		p.FirstSeenAt, p.LastSeenAt, w.FirstSeenAt, w.LastSeenAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}
		if diff := cmp.Diff(w, p); diff != "" {
			t.Fatalf("peer (-want +got):\n%s", diff)
		}
	}
	for i, ch := range got.Channels {
		if ch.Raw != want.Channels[i].Raw {
			t.Fatalf("details of %s differ", ch.Username)
		}
	}
}

func TestBadParquet(t *testing.T) {
	d := edited(t, hidden)
	var b bytes.Buffer
	if err := table.WriteMessages(t.Context(), d.Catalog, &b, 0); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	f, err := parquet.OpenFile(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := f.Schema().Lookup("text")
	column := f.Metadata().RowGroups[0].Columns[text.ColumnIndex].MetaData
	broken := bytes.Clone(whole)
	middle := column.DataPageOffset + column.TotalCompressedSize/2 // among the values: page headers have bytes that no row needs
	for i := middle; i < middle+400; i++ {
		broken[i] ^= 0x5a
	}
	for name, content := range map[string][]byte{"cut off": whole[:len(whole)-100], "beginning only": whole[:50], "broken inside": broken,
		"magic alone": []byte("PAR1")} {
		path := filepath.Join(t.TempDir(), "messages.parquet")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := archive.Read(t.Context(), []input.File{{Name: "messages.parquet", Path: path}}, input.Options{},
			func(collector.Observations) error { return nil })
		if err == nil || !strings.Contains(fileError(t, err).Problem, "damaged") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// In a private import, an unreadable message retains the reason and the layer from which on it
// is requested again, but no text that somebody else wrote into the record.
func TestUnreadablePrivately(t *testing.T) {
	d := openData(t)
	w := d.Writer(1)
	for id, more := range map[int64]string{1: "", 2: `,"from_id":77`} {
		m := collector.NewUnreadable(7, id, time.Unix(1709632800, 0), 229, "unknown class 0x7e57ab1e")
		m.Source, m.Raw = collector.SourceTelegram, strings.TrimSuffix(m.Raw, "}")+more+"}"
		err := w.PutPart(t.Context(),
			collector.Part{ChannelID: 7, Range: collector.Range{Lo: id, Hi: id}, Source: m.Source, ObservedAt: m.Date, ProvedAt: m.Date,
				Messages: []collector.Message{m}})
		if err != nil {
			t.Fatal(err)
		}
	}
	into := openData(t)
	importFiles(t, into, input.Options{Pseudonym: hidden}, bundle(t, d))
	rows := allOf(t, into).Messages
	if len(rows) != 2 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, m := range rows {
		want := fmt.Sprintf(`{"_":"MessageUnreadable","id":%d,"layer":229,"error":"unknown class 0x7e57ab1e"}`, m.ID)
		if m.Kind != collector.KindUnreadable || m.Raw != want {
			t.Errorf("%s %s, want %s", m.Kind, m.Raw, want)
		}
	}
}
