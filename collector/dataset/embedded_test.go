package dataset

import (
	"bytes"
	"testing"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/part"
)

// TestEmbeddedColumns: versions and states have the zeroes of their rows: views of 0
// are told, and so is that no edit is hidden.
func TestEmbeddedColumns(t *testing.T) {
	m := note(collector.SourceTelegram, 5, "")
	m.Views, m.Duration, m.EditHidden = new(int64), new(float64), new(bool)
	m.FirstSeenAt, m.LastSeenAt = at(0), at(1)
	ch := collector.Channel{ID: 7, Source: collector.SourceTelegram, Participants: new(int64), FirstSeenAt: at(0), LastSeenAt: at(1)}
	sameColumns(t, part.Version{Message: m, ObservedFrom: at(0), ObservedUntil: at(1)}, m, "observed_until", at(1).UnixMicro())
	sameColumns(t, part.KeptRow{Message: m, ObservedFrom: at(0), Revision: "a revision"}, m, "observed_from", at(0).UnixMicro())
	sameColumns(t, catalog.State{Channel: ch, From: at(0), Until: at(1), Current: true}, ch, "state_until", at(1).UnixMicro())
}

// sameColumns writes a row, and reads what it is made of.
func sameColumns[T, In any](t *testing.T, row T, want In, column string, value int64) {
	t.Helper()
	var b bytes.Buffer
	if err := part.Write(part.NewWriter[T](&b, part.ExportCodec()), []T{row}, nil); err != nil {
		t.Fatal(err)
	}
	got, err := parquet.Read[In](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || len(got) != 1 {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	leaf, ok := f.Schema().Lookup(column)
	if !ok {
		t.Fatalf("there is no column %s", column)
	}
	values := make([]parquet.Value, 1)
	pages := f.RowGroups()[0].ColumnChunks()[leaf.ColumnIndex].Pages()
	defer pages.Close()
	page, err := pages.ReadPage()
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := page.Values().ReadValues(values); n != 1 || values[0].Int64() != value {
		t.Errorf("%s: %v, want %d", column, values, value)
	}
	equal(t, column, got[0], want)
}
