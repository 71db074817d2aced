package dataset

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/staging"
	"telegramtrac/collector/dataset/table"
)

// post is a message of @quay as a file has it that names the channel by username alone.
func post(id int64, text string) collector.Message {
	return collector.Message{ChannelUsername: "quay", ChannelTitle: "Quay", ID: id, Kind: collector.KindMessage, Date: writtenAt(id),
		Text:   text,
		Source: collector.SourceSnscrape, Raw: `{"url":"https://t.me/s/quay"}`}
}

func writtenAt(id int64) time.Time { return dayZero.Add(time.Duration(id) * time.Minute) }

func posts(seen int, all ...collector.Message) collector.Observations {
	return collector.Observations{ChannelID: collector.MadeID("quay"), SeenAt: at(seen), Messages: all}
}

// collected is a look of Telegram at @quay.
func collected(hours int, lo, hi int64, ids ...int64) collector.Part {
	var ms []collector.Message
	for _, id := range ids {
		m := post(id, fmt.Sprint("text ", id))
		m.ChannelID = 7
		ms = append(ms, m)
	}
	return looked(hours, lo, hi, ms...)
}

func takeOver(t *testing.T, w *staging.Writer) []collector.TakenOver {
	t.Helper()
	got, err := w.TakeOver(t.Context())
	if err != nil {
		t.Fatalf("TakeOver: %v", err)
	}
	return got
}

// held are the ids and texts of all rows, by channel.
func held(t *testing.T, d *Dataset) map[int64][]string {
	t.Helper()
	out := map[int64][]string{}
	for m, err := range d.Scan(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		out[m.ChannelID] = append(out[m.ChannelID], fmt.Sprint(m.ID, " ", m.Text))
	}
	return out
}

// TestTakeOver: what a file has of a channel by its username alone comes into the
// channel once that is collected: each message once, every wording kept.
func TestTakeOver(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	w := d.Writer(1)
	made := collector.MadeID("quay")
	importAll(t, w, at(50), posts(5, post(1, "text 1"), post(2, "earlier"), post(3, "text 3")))
	importAll(t, w, at(51), posts(6, post(3, "text 3, edited")))
	if diff := gocmp.Diff([]collector.TakenOver{{MadeID: made, Username: "quay", Title: "Quay", Why: collector.ApartUnknown}},
		takeOver(t, w)); diff != "" {
		t.Errorf("before the channel is there (-want +got):\n%s", diff)
	}
	put1(t, w, collected(20, 2, 4, 2, 4))
	want := []collector.TakenOver{{MadeID: made, Username: "quay", Title: "Quay", ChannelID: 7}}
	if diff := gocmp.Diff(want, takeOver(t, w)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, d := range map[string]*Dataset{"now": d, "opened anew": open(t, dir)} {
		if diff := gocmp.Diff(map[int64][]string{7: {"1 text 1", "2 text 2", "3 text 3, edited", "4 text 4"}}, held(t, d)); diff != "" {
			t.Errorf("%s: rows (-want +got):\n%s", name, diff)
		}
		for id, texts := range map[int64][]string{1: nil, 2: {"earlier"}, 3: {"text 3"}} {
			all, err := d.Versions(t.Context(), 7, id)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, v := range all {
				got = append(got, v.Text)
			}
			if diff := gocmp.Diff(texts, got); diff != "" {
				t.Errorf("%s: earlier wordings of %d (-want +got):\n%s", name, id, diff)
			}
		}
		records, err := d.Imports(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(records) != 2 || records[0].ChannelID != 7 || records[0].Rows != 3 || records[1].Rows != 1 {
			t.Errorf("%s: records %+v", name, records)
		}
	}
	if got := takeOver(t, w); len(got) != 0 {
		t.Errorf("again: %+v", got)
	}
	done := importAll(t, w, at(52), posts(5, post(1, "text 1"), post(2, "earlier"), post(3, "text 3"))) // the same file
	if len(done) != 1 || done[0].ChannelID != 7 || done[0].Known != 3 {
		t.Errorf("the file again: %+v", done)
	}
}

// TestTakeOverKilled: a process that dies after the rows have come into the channel
// leaves them twice; the next TakeOver removes what is double, and nothing else.
func TestTakeOverKilled(t *testing.T) {
	dir := t.TempDir()
	w := open(t, dir).Writer(1)
	made := collector.MadeID("quay")
	importAll(t, w, at(50), posts(5, post(1, "text 1"), post(2, "text 2")))
	importAll(t, w, at(50), posts(6, post(1, "text 1, edited")))
	put1(t, w, collected(20, 2, 4, 2, 4))
	if err := w.Give(t.Context(), made, 7, nil); err != nil {
		t.Fatal(err)
	}
	f := w.MessageParts.Channel(made)
	parts, _, err := f.Snapshot(t.Context())
	if err != nil || len(parts) < 2 {
		t.Fatalf("%d parts, %v", len(parts), err)
	}
	if err := f.Remove(part.PartName(parts[0].Lo, parts[0].Revision)); err != nil { // and in the middle of removing them
		t.Fatal(err)
	}
	d := open(t, dir)
	takeOver(t, d.Writer(2))
	if diff := gocmp.Diff(map[int64][]string{7: {"1 text 1, edited", "2 text 2", "4 text 4"}}, held(t, d)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if all, err := d.Versions(t.Context(), 7, 1); err != nil || len(all) != 1 || all[0].Text != "text 1" {
		t.Errorf("wordings: %+v, %v", all, err)
	}
}

// TestTakeOverApart: where nothing shows that two channels of one username are one,
// each keeps what it has, in whichever order they come.
func TestTakeOverApart(t *testing.T) {
	t.Parallel()
	made := collector.MadeID("quay")
	moved := post(2, "text 2")
	moved.Date = moved.Date.Add(time.Second)
	for name, tt := range map[string]struct {
		file collector.Message
		want collector.TakenOver
	}{
		"strangers": {post(9, "text 9"), collector.TakenOver{Why: collector.ApartStrangers}},
		"differs":   {moved, collector.TakenOver{Why: collector.ApartDiffers, MessageID: 2}},
	} {
		tt.want.MadeID, tt.want.Username, tt.want.Title = made, "quay", "Quay"
		for _, collectedFirst := range []bool{true, false} {
			d := open(t, t.TempDir())
			w := d.Writer(1)
			if collectedFirst {
				put1(t, w, collected(20, 2, 4, 2, 4))
			}
			done := importAll(t, w, at(50), posts(5, post(1, "text 1"), tt.file))
			if !collectedFirst {
				put1(t, w, collected(20, 2, 4, 2, 4))
			}
			if diff := gocmp.Diff([]collector.TakenOver{tt.want}, takeOver(t, w)); diff != "" {
				t.Errorf("%s: (-want +got):\n%s", name, diff)
			}
			got := held(t, d)
			if len(got[7]) != 2 || len(got[made]) != 2 || done[0].ChannelID != made {
				t.Errorf("%s: rows %v, imported %+v", name, got, done)
			}
			if ch, err := d.Channel(t.Context(), "@Quay"); err != nil || ch.ID != 7 {
				t.Errorf("%s: @Quay is %d, %v", name, ch.ID, err)
			}
			links, err := d.Links(t.Context(), 0)
			if err != nil {
				t.Fatal(err)
			}
			if own, alien := links.To(7, 1), links.To(made, 1); own != "https://t.me/quay/1" || alien != "" {
				t.Errorf("%s: links %q and %q", name, own, alien)
			}
			known, err := d.KnownAs(t.Context(), "quay")
			if err != nil || len(known) != 1 || known[0].ID != 7 {
				t.Errorf("%s: known as @quay: %+v, %v", name, known, err)
			}
			names, err := d.Names(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if b := names.Bearer("quay", at(10)); b.ID != 7 || b.Ambiguous {
				t.Errorf("%s: @quay was %+v", name, b)
			}
		}
	}
}

// TestMadeChannelIsNobodys: a channel that only a file tells of is no channel that a
// username has led to: collecting it must not be refused as if it were another one.
func TestMadeChannelIsNobodys(t *testing.T) {
	d := open(t, t.TempDir())
	importAll(t, d.Writer(1), at(50), posts(5, post(1, "text 1")))
	if known, err := d.KnownAs(t.Context(), "quay"); err != nil || len(known) != 0 {
		t.Errorf("known: %+v, %v", known, err)
	}
	if ch, err := d.Channel(t.Context(), "quay"); err != nil || ch.ID != collector.MadeID("quay") {
		t.Errorf("@quay is %d, %v", ch.ID, err)
	}
}

// TestImportRecordsOfOlderVersions: records that were written before they could name a
// made number are read as they are.
func TestImportRecordsOfOlderVersions(t *testing.T) {
	type older struct {
		At        time.Time `parquet:"imported_at,timestamp(microsecond)"`
		Personal  bool      `parquet:"personal"`
		ChannelID int64     `parquet:"channel_id,optional"`
		Source    string    `parquet:"source,optional,dict"`
		Rows      int64     `parquet:"rows"`
	}
	dir := t.TempDir()
	_, err := bucket.Folder(dir).Put(bucket.RecordsDir+"/"+part.Revision{Major: 1, Minor: 1}.File(),
		part.Checked(func(f io.Writer) error {
			return part.Write(part.NewWriter[older](f, part.PartCodec()),
				[]older{{At: at(5), Personal: true, ChannelID: 7, Source: collector.SourceTDL, Rows: 3}}, nil)
		}))
	if err != nil {
		t.Fatal(err)
	}
	got, err := open(t, dir).Imports(t.Context())
	want := []part.ImportRecord{{At: at(5), Personal: true, ChannelID: 7, Source: collector.SourceTDL, Rows: 3}}
	if diff := gocmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestTakeOverWhileRead: who reads all channels while messages come to their own has
// each of them once, or is told that they were moved; never twice, never not at all.
func TestTakeOverWhileRead(t *testing.T) {
	made := collector.MadeID("quay")
	seed := func(t *testing.T) (*Dataset, *staging.Writer) {
		d := open(t, t.TempDir())
		w := d.Writer(1)
		importAll(t, w, at(50), posts(5, post(1, "text 1"), post(2, "text 2")))
		other := post(1, "first of all")
		other.ChannelID, other.ChannelUsername = 3, "other"
		p := looked(20, 1, 1, other)
		p.ChannelID = 3
		put1(t, w, p)
		put1(t, w, collected(20, 2, 4, 2, 4))
		return d, w
	}
	for _, moveAt := range []int64{3, 7, made} { // once this channel's first row was read
		d, w := seed(t)
		seen := map[string]int{}
		var failed error
		moved := false
		for m, err := range d.Scan(t.Context(), 0) {
			if failed = err; err != nil {
				break
			}
			seen[m.Text]++
			if m.ChannelID == moveAt && !moved {
				moved = true
				takeOver(t, w)
			}
		}
		if !moved {
			t.Fatalf("%d: was not read", moveAt)
		}
		want := map[string]int{"first of all": 1, "text 1": 1, "text 2": 2, "text 4": 1} // text 2 stood under both numbers
		if diff := gocmp.Diff(want, seen); !errors.Is(failed, fold.ErrTaken) && (failed != nil || diff != "") {
			t.Errorf("moved at %d: %v (-want +got):\n%s", moveAt, failed, diff)
		}
		got := held(t, d)
		if diff := gocmp.Diff(map[int64][]string{3: {"1 first of all"}, 7: {"1 text 1", "2 text 2", "4 text 4"}}, got); diff != "" {
			t.Errorf("afterwards (-want +got):\n%s", diff)
		}
	}
	d, w := seed(t)
	out := &movingWriter{do: func() { takeOver(t, w) }}
	if err := table.WriteVersions(t.Context(), d.Rows, out, 0); err != nil && !errors.Is(err, fold.ErrTaken) {
		t.Error(err)
	}
	if _, err := d.PlansOf(t.Context(), made); !errors.Is(err, fold.ErrTaken) {
		t.Errorf("what was there is read under its old number: %v", err)
	}
}

// movingWriter does something at the first byte.
type movingWriter struct {
	do   func()
	done bool
}

func (w *movingWriter) Write(p []byte) (int, error) {
	if !w.done {
		w.done = true
		w.do()
	}
	return len(p), nil
}
