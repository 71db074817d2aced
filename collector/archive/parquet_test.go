package archive_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/archive"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/sandbox/world"
)

// bundle is a ZIP of everything that a dataset exports.
func bundle(t testing.TB, d *dataset.Dataset) archive.File {
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
		"messages.parquet": func(ctx context.Context, w io.Writer) error { return d.WriteMessages(ctx, w, 0) },
		"versions.parquet": d.WriteVersions, "channels.parquet": d.WriteChannels, "peers.parquet": d.WritePeers, "receipts.parquet": d.WriteReceipts,
	}
}

// everything is all that a dataset says.
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
	if err := d.WriteVersions(t.Context(), &versions); err != nil {
		t.Fatal(err)
	}
	out.Versions = versions.Bytes()
	all, err := d.Channels(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, ch := range all {
		ch.FirstSeenAt, ch.LastSeenAt = ch.FirstSeenAt.Truncate(time.Microsecond), ch.LastSeenAt.Truncate(time.Microsecond) // as in the file
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

// edited collects a world, and looks at it again after edits and deletions.
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
		p := collector.Part{ChannelID: m.ChannelID, Range: collector.Range{Lo: m.ID, Hi: m.ID}, Source: collector.SourceTelegram, ObservedAt: time.Now().UTC()}
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

// TestOwnFiles holds that what this product exports imports again to equal rows,
// alone and over what was there, privately or not.
func TestOwnFiles(t *testing.T) {
	for name, pseudonym := range map[string]collector.Pseudonym{"private": hidden, "personal": nil} {
		t.Run(name, func(t *testing.T) {
			from := edited(t, pseudonym)
			want := allOf(t, from)
			if len(want.Versions) < 10_000 || len(want.Receipts) == 0 || len(want.Peers) == 0 {
				t.Fatal("there is too little to compare")
			}
			gone := 0
			for _, m := range want.Messages {
				if m.GoneAt != nil {
					gone++
				}
			}
			if gone == 0 {
				t.Fatal("nothing is gone")
			}
			file := bundle(t, from)
			into := openData(t)
			importFiles(t, into, archive.Options{Pseudonym: pseudonym}, file)
			if diff := cmp.Diff(want, allOf(t, into)); diff != "" {
				t.Fatalf("imported (-want +got):\n%.4000s", diff)
			}
			for _, d := range []*dataset.Dataset{from, into} {
				for _, ch := range importFiles(t, d, archive.Options{Pseudonym: pseudonym}, file) {
					if ch.Known != ch.Rows() {
						t.Errorf("imported again: %+v", ch)
					}
				}
				if diff := cmp.Diff(want, allOf(t, d)); diff != "" {
					t.Fatalf("imported again (-want +got):\n%.4000s", diff)
				}
			}
			covered, err := into.Writer(3).Covered(t.Context(), want.Messages[0].ChannelID, collector.SourceTelegram)
			if err != nil || len(covered) > 0 {
				t.Errorf("an import covers %v, %v", covered, err)
			}
		})
	}
}

// A private import of personal files keeps nobody's name or id.
func TestOwnFilesPrivately(t *testing.T) {
	from, want := edited(t, nil), allOf(t, edited(t, hidden))
	into := openData(t)
	importFiles(t, into, archive.Options{Pseudonym: hidden}, bundle(t, from))
	got := allOf(t, into)
	equal(t, timeless(got.Messages), timeless(want.Messages))
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
	if err := d.WriteMessages(t.Context(), &b, 0); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	broken := bytes.Clone(whole)
	for i := len(broken) / 2; i < len(broken)/2+400; i++ {
		broken[i] ^= 0x5a
	}
	for name, content := range map[string][]byte{"cut off": whole[:len(whole)-100], "beginning only": whole[:50], "broken inside": broken, "magic alone": []byte("PAR1")} {
		path := filepath.Join(t.TempDir(), "messages.parquet")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := archive.Read(t.Context(), []archive.File{{Name: "messages.parquet", Path: path}}, archive.Options{}, func(collector.Observations) error { return nil })
		if err == nil || !strings.Contains(fileError(t, err).Problem, "damaged") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
