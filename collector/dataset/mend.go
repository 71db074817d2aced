package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
)

// damagedSuffix is how the name of a file ends that was set aside.
const damagedSuffix = ".damaged"

// mendedMark stands before the suffix of a file that was made of what could be read of
// a damaged one.
const mendedMark = ".mended"

// lost is what a part had before it was mended.
type lost struct {
	Ranges collector.Ranges `json:"ranges"` // ids among which the lost messages are
	Rows   int64            `json:"rows"`   // how many were lost
	At     time.Time        `json:"at"`     // when it was found
}

func (l lost) join(o lost) lost {
	return lost{l.Ranges.Union(o.Ranges), l.Rows + o.Rows, latest(l.At, o.At)}
}

// Check looks through a part that nobody may write at the moment. It returns an error
// that says what is wrong, nil where everything is as it was written.
func Check(path string) error {
	f, err := openFile(path)
	if err != nil {
		return err
	}
	defer f.Close()
	bad, err := f.damage()
	if err == nil && len(bad) > 0 {
		places := "places"
		if len(bad) == 1 {
			places = "place"
		}
		err = fmt.Errorf("%s is damaged in %d %s", filepath.Base(path), len(bad), places)
	}
	if err == nil && f.checks.broken {
		err = fmt.Errorf("the end of %s is damaged, and is there twice", filepath.Base(path))
	}
	return err
}

// Mend puts in the place of a damaged part what can be read of it, and sets it aside.
// It returns which ids are lost. Coverage of these is taken back, so that they are
// missing and asked for again. A part that does not open at all is only set aside.
func Mend(path string) (collector.Ranges, error) {
	f, err := openFile(path)
	if _, system := errors.AsType[*fs.PathError](err); system {
		return nil, err
	}
	if err != nil {
		return nil, setAside(path)
	}
	defer f.Close()
	return f.mend(path)
}

// mend is Mend of an open file. Only one at a time mends it; who comes later finds that
// it is done.
func (f *file) mend(path string) (collector.Ranges, error) {
	if err := lockFile(f.File); err != nil {
		return nil, fmt.Errorf("mend %s: %w", filepath.Base(path), err)
	}
	if there, err := f.isAt(path); err != nil || !there {
		return nil, err // set aside, merged or deleted meanwhile
	}
	bad, err := f.damage()
	if err != nil || len(bad) == 0 && !f.checks.broken {
		return nil, err
	}
	s := f.salvageable(bad)
	var write func(io.Writer) error
	var gone lost
	switch kindOf(path) {
	case messagesDir:
		write, gone, err = s.messages()
	case versionsDir:
		write, gone, err = s.versions()
	case peersDir:
		write, err = salvageAll[collector.Peer](s)
	case channelsDir:
		write, err = salvageAll[collector.Channel](s)
	case receiptsDir:
		write, err = salvageAll[collector.Receipt](s)
	case recordsDir:
		write, err = salvageAll[ImportRecord](s)
	}
	if err != nil {
		return nil, fmt.Errorf("mend %s: %w", filepath.Base(path), err)
	}
	made := ""
	if write != nil {
		if made, err = putMended(path, write); err != nil {
			return nil, fmt.Errorf("mend %s: %w", filepath.Base(path), err)
		}
	}
	err = setAside(path)
	if err != nil && made != "" { // merged or deleted meanwhile
		err = errors.Join(err, os.Remove(made))
	}
	return gone.Ranges, err
}

// isAt reports whether the open file is still what lies at the path.
func (f *file) isAt(path string) (bool, error) {
	own, err := f.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(own, there), err
}

// kindOf is the folder of a dataset that a file lies in.
func kindOf(path string) string {
	dir := filepath.Base(filepath.Dir(path))
	if strings.HasPrefix(dir, partitionPrefix) {
		dir = filepath.Base(filepath.Dir(filepath.Dir(path)))
	}
	return dir
}

// putMended writes a file beside the damaged one, of the same revision.
func putMended(path string, write func(io.Writer) error) (string, error) {
	base := strings.TrimSuffix(filepath.Base(path), partSuffix)
	if i := strings.LastIndex(base, mendedMark); i > 0 {
		base = base[:i]
	}
	for n := 1; ; n++ {
		name := fmt.Sprintf("%s%s%d%s", base, mendedMark, n, partSuffix)
		_, err := os.Stat(filepath.Join(filepath.Dir(path), name+damagedSuffix))
		if err == nil {
			continue // was mended, and damaged once more
		}
		_, err = putIn(filepath.Dir(path), name, write)
		if !errors.Is(err, fs.ErrExist) {
			return filepath.Join(filepath.Dir(path), name), err
		}
		if filepath.Base(path) != name { // of a mending that was broken off
			err = os.Remove(filepath.Join(filepath.Dir(path), name))
		}
		if filepath.Base(path) != name && err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if filepath.Base(path) != name {
			n--
		}
	}
}

// setAside renames a damaged file, so that it is kept and not read.
func setAside(path string) error {
	if err := os.Rename(path, path+damagedSuffix); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

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
		return s.at, s.close, nil
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
		tally.add(m.ID, m.Kind, m.Date.UnixMicro())
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
			hints.close()
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
		}, func() { hints.close(); rows.close() }, nil
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

// Damage is what a dataset has lost.
type Damage struct {
	ChannelID int64            // 0: it is of no channel
	Ranges    collector.Ranges // ids among which the lost messages are; none: it is not known
	Rows      int64            // how many messages; 0: it is not known
	File      string           // within the dataset
}

// Tell makes the dataset tell of each damaged file when it meets it. It is to be called
// before anything else.
func (d *Dataset) Tell(told func(Damage)) { d.told = told }

// tell tells of a part that has lost something.
func (d *Dataset) tell(path string, l lost) {
	if d.told != nil {
		d.told(Damage{channelOf(path), l.Ranges, l.Rows, d.within(path)})
	}
}

func (d *Dataset) within(path string) string {
	if rel, err := filepath.Rel(d.dir, path); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(path)
}

// channelOf is the channel whose folder a file lies in, 0 for none.
func channelOf(path string) (id int64) {
	digits, ok := strings.CutPrefix(filepath.Base(filepath.Dir(path)), partitionPrefix)
	if ok {
		fmt.Sscanf(digits, "%d", &id)
	}
	return id
}

// Damage lists what is lost and was not looked at again since, by channels.
func (d *Dataset) Damage(ctx context.Context) ([]Damage, error) {
	var out []Damage
	err := d.messages.each(func(id int64, f *folder[*part]) error {
		parts, _, err := f.snapshot(ctx)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if left := p.lost.left(parts); p.lost.Rows > 0 && len(left) > 0 {
				out = append(out, Damage{id, left, p.lost.Rows, d.within(p.path)})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for what is lost: %w", err)
	}
	paths, err := d.Damaged(ctx)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		out = append(out, Damage{ChannelID: channelOf(path), File: d.within(path)})
	}
	return out, nil
}

// left are the ids of a loss that nobody has looked at since.
func (l lost) left(parts []*part) collector.Ranges {
	left := l.Ranges
	for _, p := range parts {
		for _, c := range p.covered {
			if c.ObservedAt.After(l.At) {
				left = left.Without(c.Ranges)
			}
		}
	}
	return left
}

// openWhole opens a part, once looked through: what is damaged of it is set aside, and
// whoever reads looks anew.
func openWhole(p *part) (*file, error) {
	p.checked.Lock()
	defer p.checked.Unlock()
	f, err := openFile(p.path)
	if err != nil || p.whole {
		return f, err
	}
	bad, err := f.damage()
	if err == nil && len(bad) == 0 && !f.checks.broken {
		p.whole = true
		return f, nil
	}
	if err == nil {
		_, err = f.mend(p.path)
	}
	f.Close()
	if err == nil {
		err = notThere(p.path)
	}
	return nil, err
}

// openWholeFile opens a small file that is read at once.
func openWholeFile(path string) (*file, error) {
	p := &part{path: path}
	return openWhole(p)
}

// lookThrough looks a part through, unless that was done.
func lookThrough(p *part) error {
	p.checked.Lock()
	whole := p.whole
	p.checked.Unlock()
	if whole {
		return nil
	}
	f, err := openWhole(p)
	if err != nil {
		return err
	}
	return f.Close()
}
