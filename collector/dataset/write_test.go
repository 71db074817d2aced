package dataset

import (
	"bytes"
	"testing"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/part"
)

// TestZerosOfEarlierWordings: a counter of 0, and a false, of an earlier wording are
// no nulls, and nulls no zeros, in what people download and in what is kept.
func TestZerosOfEarlierWordings(t *testing.T) {
	no, yes, zero := false, true, int64(0)
	for _, hidden := range []*bool{&no, &yes, nil} {
		for _, views := range []*int64{&zero, nil} {
			m := collector.Message{ID: 1, Kind: collector.KindMessage, Date: dayZero, Text: "x", EditHidden: hidden, Views: views, Raw: "{}"}
			zerosStay(t, part.Version{Message: m, ObservedFrom: dayZero, ObservedUntil: dayZero}, m)
			zerosStay(t, part.KeptRow{Message: m, ObservedFrom: dayZero, Revision: "1"}, m)
		}
	}
}

func zerosStay[T any](t *testing.T, row T, want collector.Message) {
	t.Helper()
	var b bytes.Buffer
	if err := part.Write(part.NewWriter[T](&b, part.PartCodec()), []T{row, row}, nil); err != nil {
		t.Fatal(err)
	}
	got, err := parquet.Read[collector.Message](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || len(got) != 2 {
		t.Fatal(got, err)
	}
	for _, m := range got {
		equal(t, "edit_hidden", m.EditHidden, want.EditHidden)
		equal(t, "views", m.Views, want.Views)
		equal(t, "text", m.Text, want.Text)
	}
}
