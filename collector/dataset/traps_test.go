package dataset

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/part"
)

// putOne stores one message and returns it as read back, and its part's file.
func putOne(t *testing.T, m collector.Message) (collector.Message, *part.File) {
	t.Helper()
	d := open(t, t.TempDir())
	m.ID = 5
	put1(t, d.Writer(1), collector.Part{
		ChannelID: 1, Range: collector.Range{Lo: 1, Hi: 9}, Source: collector.SourceTelegram,
		ObservedAt: dayZero, Messages: []collector.Message{m},
	})
	rows := collect(t, d.Scan(context.Background(), 1))
	if len(rows) != 1 {
		t.Fatalf("got %d rows", len(rows))
	}
	parts, _, err := d.MessageParts.Channel(1).Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	f, err := part.OpenFile(parts[0].In, parts[0].Name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return rows[0], f
}

// TestZeroesAreNull: an empty message has nulls in every optional column, lists
// included, whether its field is a pointer or not.
func TestZeroesAreNull(t *testing.T) {
	_, f := putOne(t, collector.Message{})
	optional := 0
	for _, field := range f.Parquet.Schema().Fields() {
		chunk := f.Parquet.RowGroups()[0].ColumnChunks()
		for _, path := range f.Parquet.Schema().Columns() {
			leaf, _ := f.Parquet.Schema().Lookup(path...)
			if path[0] != field.Name() || !field.Optional() {
				continue
			}
			optional++
			value := firstValue(t, chunk[leaf.ColumnIndex])
			if !value.IsNull() || value.DefinitionLevel() != 0 {
				t.Errorf("%v is %v with definition level %d", path, value, value.DefinitionLevel())
			}
		}
	}
	if optional < 50 {
		t.Errorf("checked only %d columns", optional)
	}
}

func firstValue(t *testing.T, chunk parquet.ColumnChunk) parquet.Value {
	t.Helper()
	values := parquet.NewColumnChunkValueReader(chunk)
	defer values.Close()
	v := make([]parquet.Value, 1)
	if n, err := values.ReadValues(v); n != 1 {
		t.Fatal(err)
	}
	return v[0].Clone()
}

// TestZeroIsNotNull: a counter of zero is not a missing counter, and an empty
// list not a missing list.
func TestZeroIsNotNull(t *testing.T) {
	zero, zero32, nothing := int64(0), int32(0), 0.0
	got, _ := putOne(t, collector.Message{
		Views: &zero, Width: &zero32, Latitude: &nothing, Entities: []collector.Entity{},
		PollResults: []collector.PollResult{{Voters: &zero}, {}},
	})
	if got.Views == nil || *got.Views != 0 || got.Width == nil || got.Latitude == nil {
		t.Errorf("a zero became null: %v %v %v", got.Views, got.Width, got.Latitude)
	}
	if got.Entities == nil || len(got.Entities) != 0 || got.Reactions != nil {
		t.Errorf("got entities %#v and reactions %#v", got.Entities, got.Reactions)
	}
	if got.PollResults[0].Voters == nil || got.PollResults[1].Voters != nil {
		t.Errorf("got poll results %#v", got.PollResults)
	}
}

// TestText: invalid UTF-8 is mended everywhere, lists included, NUL is kept, and
// the caller's lists are not written to.
func TestText(t *testing.T) {
	const bad, good = "a\xff\xfe\x00b\xed\xa0\x80", "a\uFFFD\x00b\uFFFD"
	in := collector.Message{
		Text: bad, Action: bad, Raw: bad, Kind: bad, Links: []string{"fine", bad},
		Entities: []collector.Entity{{Type: bad, URL: bad}}, Reactions: []collector.Reaction{{Emoji: bad}},
		PollResults: []collector.PollResult{{Text: bad}}, TMeLinks: []collector.TMeLink{{Username: bad}},
	}
	got, f := putOne(t, in)
	if in.Links[1] != bad || in.Entities[0].URL != bad {
		t.Error("the caller's lists were written to")
	}
	want := collector.Message{
		ChannelID: 1, ID: 5, Date: time.Unix(0, 0).UTC(), FirstSeenAt: dayZero, LastSeenAt: dayZero,
		Text: good, Action: good, Raw: good, Kind: good, Links: []string{"fine", good},
		Entities: []collector.Entity{{Type: good, URL: good}}, Reactions: []collector.Reaction{{Emoji: good}},
		PollResults: []collector.PollResult{{Text: good}}, TMeLinks: []collector.TMeLink{{Username: good}},
	}
	equal(t, "message", got, want)
	for i, chunk := range f.Parquet.RowGroups()[0].ColumnChunks() {
		if v := firstValue(t, chunk); v.Kind() == parquet.ByteArray && !utf8.Valid(v.ByteArray()) {
			t.Errorf("%v is not valid UTF-8", f.Parquet.Schema().Columns()[i])
		}
	}
}

// TestTimes: zero and impossible times become null, or 1970 where required;
// others come back to the microsecond, in UTC.
func TestTimes(t *testing.T) {
	zone := time.FixedZone("far east", 9*3600)
	at := time.Date(2024, 1, 2, 3, 4, 5, 678901234, zone)
	early := time.Date(1969, 7, 20, 20, 17, 40, 0, time.UTC)
	far := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	got, f := putOne(t, collector.Message{Date: at, EditDate: &time.Time{}, ForwardDate: &early, GoneAt: &far})
	if want := at.UTC().Truncate(time.Microsecond); got.Date != want {
		t.Errorf("got date %v, want %v", got.Date, want)
	}
	if got.EditDate != nil || got.GoneAt != nil {
		t.Errorf("got %v and %v, want nulls", got.EditDate, got.GoneAt)
	}
	if got.ForwardDate == nil || *got.ForwardDate != early {
		t.Errorf("got %v, want %v", got.ForwardDate, early)
	}
	for _, column := range []string{"date", "edit_date", "gone_at"} {
		leaf, _ := f.Parquet.Schema().Lookup(column)
		stamp, ok := leaf.Node.Type().LogicalType().Value.(*format.TimestampType)
		if !ok || !stamp.IsAdjustedToUTC {
			t.Errorf("%s is not a timestamp in UTC", column)
		}
	}
}

// TestLayout: everything is compressed with zstd, text and raw are required and
// plain so that they can be scanned raw, and dict means a dictionary.
func TestLayout(t *testing.T) {
	_, f := putOne(t, collector.Message{Text: "text", Action: "action"})
	dictionaries := map[string]bool{}
	for i, c := range f.Parquet.Metadata().RowGroups[0].Columns {
		if c.MetaData.Codec != format.Zstd {
			t.Errorf("%v is compressed with %v", c.MetaData.PathInSchema, c.MetaData.Codec)
		}
		name := f.Parquet.Schema().Columns()[i][0]
		for _, e := range c.MetaData.Encoding {
			if e == format.RLEDictionary {
				dictionaries[name] = true
			}
			if e == format.DeltaLengthByteArray {
				t.Errorf("%v is encoded with %v", c.MetaData.PathInSchema, e)
			}
		}
	}
	for name, want := range map[string]bool{"text": false, "raw": false, "url": false, "kind": true, "action": true, "mime_type": true} {
		if dictionaries[name] != want {
			t.Errorf("%s has a dictionary: %v, want %v", name, dictionaries[name], want)
		}
	}
	leaf, _ := f.Parquet.Schema().Lookup("text")
	pages := f.Parquet.RowGroups()[0].ColumnChunks()[leaf.ColumnIndex].Pages()
	defer pages.Close()
	page, err := pages.ReadPage()
	if err != nil {
		t.Fatal(err)
	}
	data := page.Data()
	if values, offsets := data.ByteArray(); string(values[offsets[0]:offsets[1]]) != "text" {
		t.Errorf("scanned %q", values)
	}
	parquet.Release(page)
}

// TestOlderPart reads a part that was written before most columns existed,
// beside a new one, and exports both.
func TestOlderPart(t *testing.T) {
	ctx := context.Background()
	type older struct {
		ChannelID   int64     `parquet:"channel_id"`
		ID          int64     `parquet:"message_id"`
		Kind        string    `parquet:"kind,dict"`
		Date        time.Time `parquet:"date,timestamp(microsecond)"`
		Text        string    `parquet:"text"`
		FirstSeenAt time.Time `parquet:"first_seen_at,timestamp(microsecond)"`
		LastSeenAt  time.Time `parquet:"last_seen_at,timestamp(microsecond)"`
	}
	d := open(t, t.TempDir())
	dir := filepath.Join(d.Dir, bucket.MessagesDir, bucket.PartitionPrefix+"1")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, part.PartName(1, part.Revision{Major: 1, Minor: 1})))
	if err != nil {
		t.Fatal(err)
	}
	rows := []older{
		{1, 2, collector.KindMessage, dayZero, "two", dayZero, dayZero},
		{1, 3, collector.KindService, dayZero, "three", dayZero, dayZero},
	}
	err = part.Write(part.NewWriter[older](f, part.PartCodec()), rows, map[string]any{
		part.CoveredKey: []part.Cover{{Source: collector.SourceTelegram, Ranges: collector.Ranges{{Lo: 1, Hi: 5}}, ObservedAt: dayZero,
			ProvedAt: time.Time{}, Proven: true}},
		part.CountsKey: part.Counts{Rows: 2, Messages: 1, Service: 1, Unread: 0, MinID: 2, MaxID: 3, MinDate: dayZero.UnixMicro(),
			MaxDate: dayZero.UnixMicro()},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	views := int64(12)
	newer := collector.Message{ID: 3, Kind: collector.KindMessage, Date: dayZero, Text: "three, again", Views: &views}
	later := dayZero.AddDate(0, 0, 1)
	put1(t, d.Writer(2), collector.Part{
		ChannelID: 1, Range: collector.Range{Lo: 3, Hi: 4}, Source: collector.SourceTelegram,
		ObservedAt: later, Messages: []collector.Message{newer},
	})
	want := []collector.Message{
		{ChannelID: 1, ID: 2, Kind: collector.KindMessage, Date: dayZero, Text: "two", FirstSeenAt: dayZero, LastSeenAt: dayZero},
		{
			ChannelID: 1, ID: 3, Kind: collector.KindMessage, Date: dayZero, Text: "three, again", Views: &views,
			FirstSeenAt: dayZero, LastSeenAt: later,
		},
	}
	equal(t, "scan", collect(t, d.Scan(ctx, 1)), want)
	equal(t, "export", exported(t, d, 1), want)
}
