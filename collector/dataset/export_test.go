package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	arrowparquet "github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/query"
	"telegramtrac/collector/dataset/table"
)

// exported writes messages.parquet and reads it back.
func exported(t *testing.T, d *Dataset, channelID int64) []collector.Message {
	t.Helper()
	data := exportedFile(t, d, channelID)
	rows, err := parquet.Read[collector.Message](bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func exportedFile(t *testing.T, d *Dataset, channelID int64) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := table.WriteMessages(context.Background(), d.Catalog, &b, channelID); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestWriteMessages exports parts of all kinds at once: joined, merged, gone.
func TestWriteMessages(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 3))
		d := open(t, t.TempDir())
		inventLooks(t, r, d, 7)
		for n := range int64(5) {
			put1(t, d.Writer(100), inventPart(r, 9, 1+n*80, 80+n*80, dayZero))
		}
		want := collect(t, d.Scan(context.Background(), 0))
		equal(t, fmt.Sprintf("seed %d, all channels", seed), exported(t, d, 0), want)
		one := slices.DeleteFunc(want, func(m collector.Message) bool { return m.ChannelID != 9 })
		equal(t, fmt.Sprintf("seed %d, one channel", seed), exported(t, d, 9), one)
	}
}

// TestLongLists joins parts whose lists are longer than any buffer: their values
// straddle it in every way.
func TestLongLists(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 4))
	d := open(t, t.TempDir())
	w := d.Writer(1)
	for n := range int64(3) {
		p := inventPart(r, 1, 1+n*100, 100+n*100, dayZero)
		for i := range p.Messages {
			for k := range r.IntN(400) {
				p.Messages[i].Links = append(p.Messages[i].Links, strings.Repeat("x", r.IntN(900))+fmt.Sprint(k))
			}
		}
		p.Messages[0].Links = slices.Repeat([]string{"long"}, 5000)
		put1(t, w, p)
	}
	equal(t, "export", exported(t, d, 0), collect(t, d.Scan(context.Background(), 0)))
}

// TestRowGroups: many small parts become few row groups, and large row groups
// are kept as they are.
func TestRowGroups(t *testing.T) {
	t.Parallel()
	d := openGrouped(t, t.TempDir())
	w := d.Writer(1)
	part := func(lo, hi int64) {
		p := collector.Part{ChannelID: 1, Range: collector.Range{Lo: lo, Hi: hi}, Source: collector.SourceTelegram, ObservedAt: dayZero}
		for id := hi; id >= lo; id-- {
			p.Messages = append(p.Messages,
				collector.Message{ID: id, Kind: collector.KindMessage, Date: dayZero.Add(time.Duration(id) * time.Second)})
		}
		put1(t, w, p)
	}
	const (
		few   = fullGroup / 5
		large = fullGroup * 8 / 5 // as a compacted channel
		total = few + large + 3000
	)
	for lo := int64(1); lo < few; lo += few / 5 {
		part(lo, lo+few/5-1)
	}
	part(few+1, few+large)
	for lo := int64(few + large + 1); lo < total; lo += 10 {
		part(lo, lo+9) // more than may be open at once
	}
	data := exportedFile(t, d, 0)
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, g := range f.RowGroups() {
		got = append(got, g.NumRows())
	}
	equal(t, "row groups", got, []int64{few, fullGroup, large - fullGroup, 3000})
	next := int64(1)
	ids, err := parquet.Read[idOnly](bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range ids {
		if m.ID != next {
			t.Fatalf("got id %d, want %d", m.ID, next)
		}
		next++
	}
	for i, m := range allColumns[idOnly](t, d) {
		if m.ID != int64(i+1) {
			t.Fatalf("scanned id %d, want %d", m.ID, i+1)
		}
	}
	const offset = fullGroup*6/5 + 3456 // in the middle of the large part
	page, err := d.Page(context.Background(), query.Query{Offset: offset, Limit: 2})
	if err != nil || len(page.Messages) != 2 || page.Messages[0].ID != total-offset || page.Total != total {
		t.Errorf("got page of %d, total %d, %v", len(page.Messages), page.Total, err)
	}
}

// TestCopiedRowGroup: a large row group is copied byte by byte, whatever it is
// full of or empty of.
func TestCopiedRowGroup(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 9))
	d := openGrouped(t, t.TempDir())
	const rows = fullGroup / 2
	p := collector.Part{ChannelID: 1, Range: collector.Range{Lo: 1, Hi: rows}, Source: collector.SourceTelegram, ObservedAt: dayZero}
	for id := int64(rows); id > 0; id-- {
		m := collector.Message{ID: id, Kind: collector.KindMessage, Date: dayZero, Text: phrases[id%7]}
		m.Links = slices.Repeat([]string{"https://example.org"}, r.IntN(12))
		p.Messages = append(p.Messages, m)
	}
	put1(t, d.Writer(1), p)
	parts, _, err := d.MessageParts.Channel(1).Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	merged, err := part.OpenFile(parts[0].In, parts[0].Name)
	if err != nil {
		t.Fatal(err)
	}
	defer merged.Close()
	data := exportedFile(t, d, 1)
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range f.Metadata().RowGroups[0].Columns[:len(part.MessageSchema().Columns())] { // without the link
		want := merged.Parquet.Metadata().RowGroups[0].Columns[i].MetaData
		if got := c.MetaData; got.TotalCompressedSize != want.TotalCompressedSize {
			t.Errorf("%v has %d bytes, its source %d", got.PathInSchema, got.TotalCompressedSize, want.TotalCompressedSize)
		}
	}
	type links struct {
		ID    int64    `parquet:"message_id"`
		Links []string `parquet:"links,optional,list"`
		Link  string   `parquet:"link"`
	}
	got, err := parquet.Read[links](bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != rows {
		t.Errorf("got %d rows", len(got))
	}
	for i, row := range got {
		m := p.Messages[len(got)-1-i]
		if row.ID != m.ID || len(row.Links) != len(m.Links) || row.Link != fmt.Sprint("https://t.me/c/1/", m.ID) {
			t.Fatalf("row %d: got id %d with %d links and %s, want %d with %d", i, row.ID, len(row.Links), row.Link, m.ID, len(m.Links))
		}
	}
}

func TestWriteMessagesEnds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	d := open(t, t.TempDir())
	put1(t, d.Writer(1), inventPart(r, 1, 1, 100, dayZero))
	if err := table.WriteMessages(context.Background(), d.Catalog, brokenPipe{}, 0); !errors.Is(err, errBroken) {
		t.Errorf("got %v, want the writer's error", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := table.WriteMessages(ctx, d.Catalog, &bytes.Buffer{}, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	empty := open(t, t.TempDir())
	if got := exported(t, empty, 0); len(got) != 0 {
		t.Errorf("got %d rows of nothing", len(got))
	}
}

var errBroken = errors.New("broken pipe")

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errBroken }

// TestArrow opens the export with an independent implementation of Parquet.
func TestArrow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 6))
	d := open(t, t.TempDir())
	inventLooks(t, r, d, 7)
	put1(t, d.Writer(90), inventPart(r, 8, 1, 90, dayZero))
	want := collect(t, d.Scan(context.Background(), 0))

	table := arrowTable(t, exportedFile(t, d, 0))
	defer table.Release()
	if table.NumRows() != int64(len(want)) || len(want) == 0 {
		t.Fatalf("got %d rows, want %d", table.NumRows(), len(want))
	}
	types := map[string]string{
		"channel_id": "int64", "text": "utf8", "views": "int64", "width": "int32", "latitude": "float64", "pinned": "bool",
		"date": "timestamp[us, tz=UTC]", "edit_date": "timestamp[us, tz=UTC]", "gone_at": "timestamp[us, tz=UTC]",
		"hashtags": "list<element: utf8>",
		"entities": "list<element: struct<type: utf8, offset: int32, length: int32, url: utf8>>",
	}
	for name, typ := range types {
		field, ok := table.Schema().FieldsByName(name)
		if !ok || strings.ReplaceAll(field[0].Type.String(), ", nullable", "") != typ {
			t.Errorf("%s is %v, want %s", name, field, typ)
		}
	}
	for row, m := range want {
		checkArrowRow(t, table, row, m)
	}
}

func arrowTable(t *testing.T, data []byte) arrow.Table {
	t.Helper()
	f, err := arrowparquet.NewParquetReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	reader, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := reader.ReadTable(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// cell returns a column's array and the row's index in it.
func cell(table arrow.Table, name string, row int) (arrow.Array, int) {
	column := table.Column(table.Schema().FieldIndices(name)[0])
	for _, chunk := range column.Data().Chunks() {
		if row < chunk.Len() {
			return chunk, row
		}
		row -= chunk.Len()
	}
	return nil, 0
}

func checkArrowRow(t *testing.T, table arrow.Table, row int, m collector.Message) {
	t.Helper()
	number := func(name string) any {
		a, i := cell(table, name, row)
		if a.IsNull(i) {
			return nil
		}
		return a.(*array.Int64).Value(i)
	}
	text := func(name string) any {
		a, i := cell(table, name, row)
		if a.IsNull(i) {
			return nil
		}
		return a.(*array.String).Value(i)
	}
	at := func(name string) any {
		a, i := cell(table, name, row)
		if a.IsNull(i) {
			return nil
		}
		return a.(*array.Timestamp).Value(i).ToTime(arrow.Microsecond)
	}
	list := func(name string) any {
		a, i := cell(table, name, row)
		if a.IsNull(i) {
			return nil
		}
		from, to := a.(*array.List).ValueOffsets(i)
		out := []string{}
		for ; from < to; from++ {
			out = append(out, a.(*array.List).ListValues().(*array.String).Value(int(from)))
		}
		return out
	}
	got := []any{
		number("message_id"), text("text"), text("raw"), text("kind"), number("views"), number("forward_from_id"),
		text("action"), at("date"), at("edit_date"), at("first_seen_at"), at("gone_at"), list("hashtags"),
	}
	want := []any{
		m.ID, m.Text, m.Raw, m.Kind, orNull(m.Views), zeroNull(m.ForwardFromID),
		zeroNull(m.Action), m.Date, orNull(m.EditDate), m.FirstSeenAt, orNull(m.GoneAt), any(m.Hashtags),
	}
	if m.Hashtags == nil {
		want[len(want)-1] = nil
	}
	equal(t, fmt.Sprintf("row %d", row), got, want)
	checkArrowEntities(t, table, row, m.Entities)
}

func checkArrowEntities(t *testing.T, table arrow.Table, row int, want []collector.Entity) {
	t.Helper()
	a, i := cell(table, "entities", row)
	if a.IsNull(i) != (want == nil) {
		t.Errorf("row %d: entities are null: %v, want %v", row, a.IsNull(i), want == nil)
		return
	}
	if want == nil {
		return
	}
	from, to := a.(*array.List).ValueOffsets(i)
	values := a.(*array.List).ListValues().(*array.Struct)
	got := []collector.Entity{}
	for j := int(from); j < int(to); j++ {
		e := collector.Entity{
			Type: values.Field(0).(*array.String).Value(j), Offset: values.Field(1).(*array.Int32).Value(j),
			Length: values.Field(2).(*array.Int32).Value(j),
		}
		if url := values.Field(3).(*array.String); url.IsValid(j) {
			e.URL = url.Value(j)
		}
		got = append(got, e)
	}
	equal(t, fmt.Sprintf("entities of row %d", row), got, want)
}

func orNull[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func zeroNull[T comparable](v T) any {
	if v == *new(T) {
		return nil
	}
	return v
}
