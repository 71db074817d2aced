package part

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
)

// Keys of a part's metadata.
const (
	CoveredKey = "covered" // JSON: []cover
	CountsKey  = "counts"  // JSON: counts
	LostKey    = "lost"    // JSON: lost
)

// Cover is what one look of a source accounted for.
type Cover struct {
	Source     string           `json:"source"`
	Ranges     collector.Ranges `json:"ranges"`
	ObservedAt time.Time        `json:"observed_at"`        // when the look began
	ProvedAt   time.Time        `json:"proved_at,omitzero"` // when it ended; parts of earlier versions have none

	// Proven says that each id without a row was proven absent: by one below it or
	// by itself. Parts of versions that took an empty answer for proof lack it.
	Proven bool `json:"proven,omitempty"`
}

// Of is the look of other ids.
func (c Cover) Of(ids collector.Ranges) Cover {
	c.Ranges = ids
	return c
}

// ProvesAbsence reports whether an id that the look covers, and has no row for,
// did not exist.
func (c Cover) ProvesAbsence() bool { return collector.ProvesAbsence(c.Source) }

// Proved is the time by which an id that was not found did not exist.
func (c Cover) Proved() time.Time { return Latest(c.ObservedAt, c.ProvedAt) }

func Latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Counts is what a fold wants to know of a part without reading its rows.
// Dates are microseconds since 1970, bounds of a part without rows are zero.
type Counts struct {
	Rows     int64 `json:"rows"`
	Messages int64 `json:"messages"`
	Service  int64 `json:"service"`
	Unread   int64 `json:"unreadable,omitempty"`
	MinID    int64 `json:"min_id"`
	MaxID    int64 `json:"max_id"`
	MinDate  int64 `json:"min_date"`
	MaxDate  int64 `json:"max_date"`
}

// countRows counts rows that ascend by id.
func countRows(rows []*collector.Message) Counts {
	var c Counts
	for _, m := range rows {
		c.Add(m.ID, m.Kind, m.Date.UnixMicro())
	}
	return c
}

// Add counts the next row.
func (c *Counts) Add(id int64, kind string, date int64) {
	n := Counts{Rows: 1, MinID: id, MaxID: id, MinDate: date, MaxDate: date}
	var k collector.Count
	Add(&k, kind)
	n.Messages, n.Service, n.Unread = k.Messages, k.Service, k.Unreadable
	c.AddAll(n)
}

// AddAll counts the rows that come next.
func (c *Counts) AddAll(next Counts) {
	if c.Rows == 0 || next.Rows == 0 {
		if c.Rows == 0 {
			*c = next
		}
		return
	}
	c.Rows, c.Messages = c.Rows+next.Rows, c.Messages+next.Messages
	c.Service, c.Unread = c.Service+next.Service, c.Unread+next.Unread
	c.MaxID = next.MaxID
	c.MinDate, c.MaxDate = min(c.MinDate, next.MinDate), max(c.MaxDate, next.MaxDate)
}

// Part is one file of messages, known by its footer. It is immutable.
type Part struct {
	In       bucket.Files
	Name     string
	Size     int64  // bytes
	Footed   uint32 // checksum of the footer: with name and size it tells this part from any other
	Lo, Hi   int64  // between which lie its rows and everything it covers
	Revision Revision
	Covered  []Cover
	Counts
	Groups  []rowGroup
	Gone    int64 // rows with gone_at; below 0: the footer does not tell
	Current bool  // its columns are exactly those of collector.Message

	Lost    Lost // what was taken out of it because it was damaged
	Checked sync.Mutex
	Whole   bool // it was looked through; guarded by checked

	mu     sync.Mutex
	found  map[int64]int64     // what rowOf read: id → how many rows have a lower one
	others map[string][]uint32 // by kind: rows that are not plain messages, ascending; nil: not read; see othersIn
}

// rowGroup is one row group of a part: rows in order of their ids.
type rowGroup struct {
	Rows             int64
	MinID, MaxID     int64
	MinDate, MaxDate int64 // microseconds since 1970
}

// NewPart describes rows, ascending by id, that are about to be written in row
// groups of groupRows.
func NewPart(rows []*collector.Message, covered Cover, groupRows int64) *Part {
	out := &Part{Counts: countRows(rows), Covered: []Cover{covered}, Current: true}
	for _, m := range rows {
		if m.GoneAt != nil {
			out.Gone++
		}
	}
	for group := range slices.Chunk(rows, int(groupRows)) { // as the file will have them
		c := countRows(group)
		out.Groups = append(out.Groups, rowGroup{c.Rows, c.MinID, c.MaxID, c.MinDate, c.MaxDate})
	}
	out.SetExtent()
	return out
}

// Metadata is what the part's footer says.
func (p *Part) Metadata() map[string]any {
	return map[string]any{CoveredKey: p.Covered, CountsKey: p.Counts}
}

// GoneAt returns when the part first told that an id does not exist, and whether it
// is proven by today's rules: such a look counts before those that are not.
func (p *Part) GoneAt(id int64) (at time.Time, proven, ok bool) {
	for _, c := range p.Covered {
		if !c.ProvesAbsence() || !c.Ranges.Contain(id) {
			continue
		}
		if c.Proven {
			return c.Proved(), true, true
		}
		if !ok {
			at, ok = c.Proved(), true
		}
	}
	return at, false, ok
}

// Proves reports whether the part proves anything of the absence of ids in a range.
func (p *Part) Proves(r collector.Range) bool {
	for _, c := range p.Covered {
		if c.ProvesAbsence() && len(c.Ranges.Intersect(r)) > 0 {
			return true
		}
	}
	return false
}

// ObservedAt is the time of the part's newest look.
func (p *Part) ObservedAt() time.Time {
	var t time.Time
	for _, c := range p.Covered {
		if c.ObservedAt.After(t) {
			t = c.ObservedAt
		}
	}
	return t
}

// SetExtent sets the bounds of everything the part speaks of.
func (p *Part) SetExtent() {
	p.Lo, p.Hi = p.MinID, p.MaxID
	if p.Rows == 0 {
		p.Lo, p.Hi = 1, 0
	}
	for _, c := range p.Covered {
		for _, r := range c.Ranges {
			if p.Hi < p.Lo {
				p.Lo, p.Hi = r.Lo, r.Hi
			}
			p.Lo, p.Hi = min(p.Lo, r.Lo), max(p.Hi, r.Hi)
		}
	}
}

// ComparePart orders parts by their lowest id, then newest first.
func ComparePart(a, b *Part) int {
	return cmp.Or(cmp.Compare(a.Lo, b.Lo), b.Revision.Compare(a.Revision), cmp.Compare(a.Name, b.Name))
}

// Revision orders parts: each holder of the lease has its own major number and
// counts its parts by the minor one.
type Revision struct {
	Major uint64
	Minor uint32
}

func (r Revision) Compare(s Revision) int {
	return cmp.Or(cmp.Compare(r.Major, s.Major), cmp.Compare(r.Minor, s.Minor))
}

// String has a fixed width, so that names sort as revisions do.
func (r Revision) String() string { return fmt.Sprintf("%016x%08x", r.Major, r.Minor) }

// File is the name of a file that is told apart by its revision alone.
func (r Revision) File() string { return r.String() + bucket.PartSuffix }

func ParseRevision(s string) (Revision, error) {
	if len(s) != 24 {
		return Revision{}, fmt.Errorf("revision %q is not 24 digits long", s)
	}
	major, err := strconv.ParseUint(s[:16], 16, 64)
	if err != nil {
		return Revision{}, err
	}
	minor, err := strconv.ParseUint(s[16:], 16, 32)
	if err != nil {
		return Revision{}, err
	}
	return Revision{major, uint32(minor)}, nil
}

// PartName is the file name of a part of messages.
func PartName(lo int64, r Revision) string {
	return fmt.Sprintf("%019d.%s%s", lo, r, bucket.PartSuffix)
}

// RevisionOf reads the revision in a file's name: what stands before the suffix.
func RevisionOf(name string) (Revision, error) {
	fields := strings.Split(strings.TrimSuffix(name, bucket.PartSuffix), ".")
	if n := len(fields) - 1; n > 0 && strings.HasPrefix("."+fields[n], MendedMark) {
		fields = fields[:n]
	}
	return ParseRevision(fields[len(fields)-1])
}

// LoadPart reads a part's footer. An error that is not the file system's means
// that the file is none.
func LoadPart(in bucket.Files, name string) (*Part, error) {
	f, err := OpenFile(in, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := FooterPart(f.Parquet)
	if err != nil {
		return nil, err
	}
	p.In, p.Name, p.Size, p.Footed = in, name, f.Parquet.Size(), f.Checks.Footed
	p.Revision, err = RevisionOf(path.Base(name))
	return p, err
}

func FooterPart(f *parquet.File) (*Part, error) {
	p := &Part{Current: parquet.EqualNodes(f.Schema(), MessageSchema())}
	covered, _ := f.Lookup(CoveredKey)
	if err := json.Unmarshal([]byte(covered), &p.Covered); err != nil {
		return nil, fmt.Errorf("read what the part covers: %w", err)
	}
	rows, _ := f.Lookup(CountsKey)
	if err := json.Unmarshal([]byte(rows), &p.Counts); err != nil {
		return nil, fmt.Errorf("read the part's counts: %w", err)
	}
	if p.Rows != f.NumRows() {
		return nil, fmt.Errorf("part counts %d rows and has %d", p.Rows, f.NumRows())
	}
	var err error
	if p.Groups, err = footerGroups(f); err != nil {
		return nil, err
	}
	if gone, ok := f.Lookup(LostKey); ok {
		if err := json.Unmarshal([]byte(gone), &p.Lost); err != nil {
			return nil, fmt.Errorf("read what the part has lost: %w", err)
		}
	}
	p.Gone = footerGone(f)
	p.SetExtent()
	return p, nil
}

// footerGone counts the rows with gone_at; -1: the footer does not tell.
func footerGone(f *parquet.File) (n int64) {
	column, ok := f.Schema().Lookup("gone_at")
	if !ok {
		return 0
	}
	for _, g := range f.Metadata().RowGroups {
		meta := g.Columns[column.ColumnIndex].MetaData
		if meta.Statistics.MinValue == nil && meta.Statistics.NullCount != g.NumRows {
			return -1
		}
		n += g.NumRows - meta.Statistics.NullCount
	}
	return n
}

func footerGroups(f *parquet.File) ([]rowGroup, error) {
	id, hasID := f.Schema().Lookup("message_id")
	date, hasDate := f.Schema().Lookup("date")
	if !hasID || !hasDate {
		return nil, errors.New("part has no message_id or no date")
	}
	var out []rowGroup
	for _, g := range f.RowGroups() {
		minID, maxID, okID := bounds(g, id.ColumnIndex)
		minDate, maxDate, okDate := bounds(g, date.ColumnIndex)
		if !okID || !okDate {
			return nil, errors.New("part has no bounds of message_id or date")
		}
		out = append(out, rowGroup{g.NumRows(), minID, maxID, minDate, maxDate})
	}
	return out, nil
}

func bounds(g parquet.RowGroup, column int) (lo, hi int64, ok bool) {
	chunk, isFile := g.ColumnChunks()[column].(*parquet.FileColumnChunk)
	if !isFile {
		return 0, 0, false
	}
	a, b, ok := chunk.Bounds()
	if !ok {
		return 0, 0, false
	}
	return a.Int64(), b.Int64(), true
}

// File is an open Parquet file.
type File struct {
	bucket.File
	Parquet *parquet.File
	Checks  checks
}

// OpenFile opens a Parquet file, to be closed by the caller. A damaged footer is read
// from its copy.
func OpenFile(in bucket.Files, name string) (*File, error) { return openBy(in.Open, name) }

// ClaimFile is OpenFile of a file that is to be replaced, see [bucket.Files].
func ClaimFile(in bucket.Files, name string) (*File, error) { return openBy(in.Claim, name) }

func openBy(open func(string) (bucket.File, error), name string) (*File, error) {
	f, err := open(name)
	if _, system := errors.AsType[*fs.PathError](err); err != nil && !system {
		err = &fs.PathError{Op: "open", Path: name, Err: err} // it says nothing of what is in the file
	}
	if err != nil {
		return nil, err
	}
	out, err := readFile(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open %s as Parquet: %w", path.Base(name), err)
	}
	return out, nil
}

func readFile(f bucket.File) (out *File, err error) {
	out = &File{File: f}
	if out.Checks, err = readChecks(f, f.Size()); err != nil {
		return nil, err
	}
	var r io.ReaderAt = f
	size := f.Size()
	if c := out.Checks; c.footer != nil {
		r, size = mended{f, c.Start, c.footer}, c.Start+int64(len(c.footer))
	}
	if out.Checks.Sealed {
		r = headed{r}
	}
	out.Parquet, err = parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	return out, err
}

// MendedMark stands before the suffix of a file that was made of what could be read of
// a damaged one.
const MendedMark = ".mended"
