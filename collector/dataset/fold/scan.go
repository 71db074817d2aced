package fold

import (
	"context"
	"iter"
	"reflect"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// Scan yields every message of a channel, or of all channels when channelID is
// 0, each id once, ascending by channel and id, in constant memory. A message
// may be kept as a copy; the pointer holds until the next one. An error ends it.
// What is written meanwhile may be left out.
func (d *Rows) Scan(ctx context.Context, channelID int64) iter.Seq2[*collector.Message, error] {
	return ScanColumns[collector.Message](ctx, d, channelID)
}

// ScanColumns is Scan for rows of fewer columns: T is a struct with fields
// tagged like collector.Message's. No other columns are read.
func ScanColumns[T any](ctx context.Context, d *Rows, channelID int64) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for b, err := range Batches[T](ctx, d, channelID) {
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range b.Rows {
				if !yield(&b.Rows[i], nil) {
					return
				}
			}
			b.Done()
		}
	}
}

// SegmentRows yields the rows of a segment.
func SegmentRows[T any](ctx context.Context, s *Segment, open mend.Files) iter.Seq2[*T, error] {
	if s.Plain() {
		return part.PlainRows[T](ctx, s.Cuts[0], open)
	}
	return MergedRows[T](ctx, s, 0, -1, open)
}

// MergedRows yields n rows of a segment from a position on; n < 0: all.
func MergedRows[T any](ctx context.Context, s *Segment, from, n int64, open mend.Files) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		set := setterOf[T]()
		rows := make([]*part.Stream[T], len(s.Cuts))
		defer func() {
			for _, r := range rows {
				if r != nil {
					r.Close()
				}
			}
		}()
		position := int64(0)
		for p, err := range s.Picks(ctx, open) {
			if err != nil {
				yield(nil, err)
				return
			}
			position++
			if position <= from {
				continue
			}
			if n >= 0 && position > from+n {
				return
			}
			v, err := pickRow(rows, s, p, open)
			if err != nil {
				yield(nil, err)
				return
			}
			set(v, p)
			if !yield(v, nil) {
				return
			}
		}
	}
}

// pickRow reads the row of a pick.
func pickRow[T any](rows []*part.Stream[T], s *Segment, p pick, open mend.Files) (*T, error) {
	c := s.Cuts[p.cut]
	if rows[p.cut] == nil {
		f, err := open.Open(c.Part)
		if err != nil {
			return nil, err
		}
		if rows[p.cut], err = part.NewStream[T](f, p.row, c.To); err != nil {
			return nil, err
		}
	}
	return rows[p.cut].At(p.row)
}

// setterOf returns what writes the fold's findings into a row: first_seen_at and
// gone_at, as far as T has fields for them.
func setterOf[T any]() func(*T, pick) {
	first := columnField(reflect.TypeFor[T](), "first_seen_at", reflect.TypeFor[time.Time]())
	gone := columnField(reflect.TypeFor[T](), "gone_at", reflect.TypeFor[*time.Time]())
	return func(v *T, p pick) {
		if first >= 0 && p.older {
			*reflect.ValueOf(v).Elem().Field(first).Addr().Interface().(*time.Time) = time.UnixMicro(p.FirstSeenAt).UTC()
		}
		if gone < 0 || p.gone.IsZero() {
			return
		}
		if at := reflect.ValueOf(v).Elem().Field(gone).Addr().Interface().(**time.Time); *at == nil {
			t := p.gone.UTC().Truncate(time.Microsecond)
			*at = &t
		}
	}
}

// columnField finds the field of a column, -1 if there is none of that type.
func columnField(row reflect.Type, column string, of reflect.Type) int {
	for i := range row.NumField() {
		name, _, _ := strings.Cut(row.Field(i).Tag.Get("parquet"), ",")
		if name == column && row.Field(i).Type == of {
			return i
		}
	}
	return -1
}
