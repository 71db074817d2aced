package dataset

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
)

// salvage is a damaged file and what of it is to be read.
type salvage struct {
	*file
	good  []stretch // rows
	ids   []stretch // rows whose message_id cannot be read
	lost  []stretch // rows
	count int64     // of lost
}

// salvageable finds the rows of which no page is damaged.
func (f *file) salvageable(bad []stretch) *salvage {
	out := &salvage{file: f}
	id, hasID := f.parquet.Schema().Lookup("message_id")
	var first int64
	var lost []stretch
	for i, g := range f.parquet.RowGroups() {
		for column := range g.ColumnChunks() {
			for _, p := range f.pages(i, column) {
				if !slices.ContainsFunc(bad, p.touches) || f.wholeBeside(p, bad) {
					continue
				}
				rows := stretch{first + p.first, first + p.last}
				lost = append(lost, rows)
				if hasID && column == id.ColumnIndex {
					out.ids = append(out.ids, rows)
				}
			}
		}
		first += g.NumRows()
	}
	slices.SortFunc(lost, func(a, b stretch) int { return int(a.from - b.from) })
	var at int64
	for _, l := range lost {
		if l.from > at {
			out.good = append(out.good, stretch{at, l.from})
		}
		at = max(at, l.to)
	}
	if at < first {
		out.good = append(out.good, stretch{at, first})
	}
	return out
}

// miss notes a row that cannot be read, in order.
func (s *salvage) miss(from, to int64) {
	if from >= to {
		return
	}
	s.count += to - from
	if n := len(s.lost); n > 0 && s.lost[n-1].to == from {
		s.lost[n-1].to = to
		return
	}
	s.lost = append(s.lost, stretch{from, to})
}

// rowReader reads rows from..to-1 of a file, ascending.
type rowReader[T any] func(from, to int64) (at func(row int64) (*T, error), end func(), err error)

func plainReader[T any](f *file) rowReader[T] {
	return func(from, to int64) (func(int64) (*T, error), func(), error) {
		s, err := newStream[T](f, from, to)
		if err != nil {
			return nil, nil, err
		}
		return s.at, s.Close, nil
	}
}

// salvageRows hands over every row that can be read, and notes the others. A row that
// fails among others is tried alone.
func salvageRows[T any](s *salvage, read rowReader[T], take func(*T) error) error {
	at := int64(0)
	for _, good := range s.good {
		s.miss(at, good.from)
		for at = good.from; at < good.to; {
			next, err := salvageRun(read, at, good.to, take)
			if err != nil {
				return err
			}
			if at = next; at < good.to { // this one stopped it
				if next, err = salvageRun(read, at, at+1, take); err != nil {
					return err
				}
				s.miss(next, at+1)
				at++
			}
		}
	}
	s.miss(at, s.parquet.NumRows())
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
func salvageAll[T any](s *salvage) (func(io.Writer) error, error) {
	var rows []T
	if err := salvageRows(s, plainReader[T](s.file), func(v *T) error { rows = append(rows, *v); return nil }); err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return func(w io.Writer) error { return writeFile(newFile[T](w, partCodec()), rows, nil) }, nil
}

// messages writes what is left of a part of messages. What is lost is known before:
// the rows are read twice.
func (s *salvage) messages() (func(io.Writer) error, lost, error) {
	p, err := footerPart(s.parquet)
	if err != nil {
		return nil, lost{}, err
	}
	var kept []int64
	tally := counts{}
	err = salvageRows(s, plainReader[collector.Message](s.file), func(m *collector.Message) error {
		kept = append(kept, m.ID)
		tally.Add(m.ID, m.Kind, m.Date.UnixMicro())
		return nil
	})
	if err != nil {
		return nil, lost{}, err
	}
	gone := s.gone(kept, collector.Range{Lo: p.lo, Hi: p.hi})
	var covered []cover
	for _, c := range p.covered {
		covered = append(covered, c.of(c.Ranges.Without(gone.Ranges)))
	}
	metadata := map[string]any{coveredKey: covered, countsKey: tally, lostKey: p.lost.join(gone)}
	return func(w io.Writer) error {
		again := &salvage{file: s.file, good: without(stretch{0, s.parquet.NumRows()}, s.lost)}
		out := newFile[collector.Message](w, partCodec(), parquet.MaxRowsPerRowGroup(groupRows))
		if err := copyRows(again, plainReader[collector.Message](s.file), out); err != nil {
			return err
		}
		if again.count != s.count { // it would count as covered, and be gone
			return fmt.Errorf("%d rows could not be read a second time", again.count-s.count)
		}
		return closeFile(out, metadata)
	}, gone, nil
}

// versions writes what is left of a part of versions.
func (s *salvage) versions() (func(io.Writer) error, lost, error) {
	read := func(from, to int64) (func(int64) (*keptRow, error), func(), error) {
		hints, err := newStream[keptHint](s.file, from, to)
		if err != nil {
			return nil, nil, err
		}
		rows, err := newStream[collector.Message](s.file, from, to)
		if err != nil {
			hints.Close()
			return nil, nil, err
		}
		return func(row int64) (*keptRow, error) {
			h, err := hints.at(row)
			if err != nil {
				return nil, err
			}
			m, err := rows.at(row)
			if err != nil {
				return nil, err
			}
			return &keptRow{*m, h.ObservedFrom, h.Revision}, nil
		}, func() { hints.Close(); rows.Close() }, nil
	}
	var left []keptRow
	if err := salvageRows(s, read, func(r *keptRow) error { left = append(left, *r); return nil }); err != nil {
		return nil, lost{}, err
	}
	if len(left) == 0 {
		return nil, lost{}, nil
	}
	return func(w io.Writer) error { return writeFile(newFile[keptRow](w, partCodec()), left, nil) }, lost{}, nil
}

// copyRows writes the rows of a salvage in portions.
func copyRows[T any](s *salvage, read rowReader[T], out *parquet.GenericWriter[T]) error {
	batch := make([]T, 0, streamRows)
	err := salvageRows(s, read, func(v *T) error {
		if batch = append(batch, *v); len(batch) < cap(batch) {
			return nil
		}
		err := writeRows(out, batch)
		clear(batch)
		batch = batch[:0]
		return err
	})
	if err == nil {
		err = writeRows(out, batch)
	}
	return err
}

// without returns what is left of all when the stretches, ascending, are taken out.
func without(all stretch, taken []stretch) (out []stretch) {
	for _, t := range taken {
		if t.from > all.from {
			out = append(out, stretch{all.from, t.from})
		}
		all.from = max(all.from, t.to)
	}
	if all.from < all.to {
		out = append(out, all)
	}
	return out
}

// gone tells among which ids the lost rows are: their own where these can be read,
// else all between the rows that are left beside them.
func (s *salvage) gone(kept []int64, extent collector.Range) lost {
	out := lost{Rows: s.count, At: time.Now().UTC()}
	var ids []collector.Range
	var before int64 // lost rows so far
	for _, l := range s.lost {
		at := l.from - before // of kept: the row that comes next
		before += l.to - l.from
		if !slices.ContainsFunc(s.ids, l.touches) {
			if own, err := s.int64s("message_id", l.from, l.to); err == nil {
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
