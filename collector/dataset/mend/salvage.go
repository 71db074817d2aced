package mend

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/part"
)

// salvage is a damaged file and what of it is to be read.
type salvage struct {
	*part.File
	Good  []part.Stretch // rows
	ids   []part.Stretch // rows whose message_id cannot be read
	lost  []part.Stretch // rows
	count int64          // of lost
}

// Salvageable finds the rows of which no page is damaged.
func Salvageable(f *part.File, bad []part.Stretch) *salvage {
	out := &salvage{File: f}
	id, hasID := f.Parquet.Schema().Lookup("message_id")
	var first int64
	var lost []part.Stretch
	for i, g := range f.Parquet.RowGroups() {
		for column := range g.ColumnChunks() {
			for _, p := range f.Pages(i, column) {
				if !slices.ContainsFunc(bad, p.Touches) || f.WholeBeside(p, bad) {
					continue
				}
				rows := part.Stretch{From: first + p.First, To: first + p.Last}
				lost = append(lost, rows)
				if hasID && column == id.ColumnIndex {
					out.ids = append(out.ids, rows)
				}
			}
		}
		first += g.NumRows()
	}
	slices.SortFunc(lost, func(a, b part.Stretch) int { return int(a.From - b.From) })
	var at int64
	for _, l := range lost {
		if l.From > at {
			out.Good = append(out.Good, part.Stretch{From: at, To: l.From})
		}
		at = max(at, l.To)
	}
	if at < first {
		out.Good = append(out.Good, part.Stretch{From: at, To: first})
	}
	return out
}

// miss notes a row that cannot be read, in order.
func (s *salvage) miss(from, to int64) {
	if from >= to {
		return
	}
	s.count += to - from
	if n := len(s.lost); n > 0 && s.lost[n-1].To == from {
		s.lost[n-1].To = to
		return
	}
	s.lost = append(s.lost, part.Stretch{From: from, To: to})
}

// rowReader reads rows from..to-1 of a file, ascending.
type rowReader[T any] func(from, to int64) (at func(row int64) (*T, error), end func(), err error)

func plainReader[T any](f *part.File) rowReader[T] {
	return func(from, to int64) (func(int64) (*T, error), func(), error) {
		s, err := part.NewStream[T](f, from, to)
		if err != nil {
			return nil, nil, err
		}
		return s.At, s.Close, nil
	}
}

// salvageRows hands over every row that can be read, and notes the others. A row that
// fails among others is tried alone.
func salvageRows[T any](s *salvage, read rowReader[T], take func(*T) error) error {
	at := int64(0)
	for _, good := range s.Good {
		s.miss(at, good.From)
		for at = good.From; at < good.To; {
			next, err := salvageRun(read, at, good.To, take)
			if err != nil {
				return err
			}
			if at = next; at < good.To { // this one stopped it
				if next, err = salvageRun(read, at, at+1, take); err != nil {
					return err
				}
				s.miss(next, at+1)
				at++
			}
		}
	}
	s.miss(at, s.Parquet.NumRows())
	return nil
}

// salvageRun hands rows over until one cannot be read, which it returns.
func salvageRun[T any](read rowReader[T], from, to int64, take func(*T) error) (int64, error) {
	at, end, err := read(from, to)
	if err != nil {
		return from, nil
	}
	defer end()
	for row := from; row < to; row++ {
		v, err := at(row)
		if err != nil {
			return row, nil
		}
		if err := take(v); err != nil {
			return row, err
		}
	}
	return to, nil
}

// salvageAll writes the rows of a small file that are left; nil where none is.
func salvageAll[T any](s *salvage, read rowReader[T]) (func(io.Writer) error, error) {
	var rows []T
	if err := salvageRows(s, read, func(v *T) error { rows = append(rows, *v); return nil }); err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return part.Rows(rows...), nil
}

// messages writes what is left of a part of messages. What is lost is known before:
// the rows are read twice.
func (s *salvage) messages() (func(io.Writer) error, part.Lost, error) {
	p, err := part.FooterPart(s.Parquet)
	if err != nil {
		return nil, part.Lost{}, err
	}
	var kept []int64
	tally := part.Counts{}
	err = salvageRows(s, plainReader[collector.Message](s.File), func(m *collector.Message) error {
		kept = append(kept, m.ID)
		tally.Add(m.ID, m.Kind, m.Date.UnixMicro())
		return nil
	})
	if err != nil {
		return nil, part.Lost{}, err
	}
	gone := s.gone(kept, collector.Range{Lo: p.Lo, Hi: p.Hi})
	var covered []part.Cover
	for _, c := range p.Covered {
		covered = append(covered, c.Of(c.Ranges.Without(gone.Ranges)))
	}
	metadata := map[string]any{part.CoveredKey: covered, part.CountsKey: tally, part.LostKey: p.Lost.Join(gone)}
	return func(w io.Writer) error {
		again := &salvage{File: s.File, Good: without(part.Stretch{From: 0, To: s.Parquet.NumRows()}, s.lost)}
		out := part.NewWriter[collector.Message](w, part.PartCodec(), parquet.MaxRowsPerRowGroup(part.GroupRows))
		if err := copyRows(again, plainReader[collector.Message](s.File), out); err != nil {
			return err
		}
		if again.count != s.count { // it would count as covered, and be gone
			return fmt.Errorf("%d rows could not be read a second time", again.count-s.count)
		}
		return part.Close(out, metadata)
	}, gone, nil
}

// versions writes what is left of a part of versions; nil where nothing is.
func (s *salvage) versions() (func(io.Writer) error, error) {
	read := func(from, to int64) (func(int64) (*part.KeptRow, error), func(), error) {
		rows, err := part.NewKeptRows(s.File, from, to)
		if err != nil {
			return nil, nil, err
		}
		return rows.At, rows.Close, nil
	}
	return salvageAll(s, read)
}

// copyRows writes the rows of a salvage in portions.
func copyRows[T any](s *salvage, read rowReader[T], out *parquet.GenericWriter[T]) error {
	batch := make([]T, 0, part.StreamRows)
	err := salvageRows(s, read, func(v *T) error {
		if batch = append(batch, *v); len(batch) < cap(batch) {
			return nil
		}
		err := part.WriteRows(out, batch)
		clear(batch)
		batch = batch[:0]
		return err
	})
	if err == nil {
		err = part.WriteRows(out, batch)
	}
	return err
}

// without returns what is left of all when the stretches, ascending, are taken out.
func without(all part.Stretch, taken []part.Stretch) (out []part.Stretch) {
	for _, t := range taken {
		if t.From > all.From {
			out = append(out, part.Stretch{From: all.From, To: t.From})
		}
		all.From = max(all.From, t.To)
	}
	if all.From < all.To {
		out = append(out, all)
	}
	return out
}

// gone tells among which ids the lost rows are: their own where these can be read,
// else all between the rows that are left beside them.
func (s *salvage) gone(kept []int64, extent collector.Range) part.Lost {
	out := part.Lost{Rows: s.count, At: time.Now().UTC()}
	var ids []collector.Range
	var before int64 // lost rows so far
	for _, l := range s.lost {
		at := l.From - before // of kept: the row that comes next
		before += l.To - l.From
		if !slices.ContainsFunc(s.ids, l.Touches) {
			if own, err := s.Int64s("message_id", l.From, l.To); err == nil {
				for _, id := range own {
					ids = append(ids, collector.Range{Lo: id, Hi: id})
				}
				continue
			}
		}
		r := extent
		if at > 0 {
			r.Lo = kept[at-1] + 1
		}
		if at < int64(len(kept)) {
			r.Hi = kept[at] - 1
		}
		ids = append(ids, r)
	}
	out.Ranges = collector.NewRanges(ids...)
	return out
}
