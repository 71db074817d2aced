package dataset

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	coveredKey = "covered" // JSON: []cover
	countsKey  = "counts"  // JSON: counts
	lostKey    = "lost"    // JSON: lost
)

// cover is what one look of a source accounted for.
type cover struct {
	Source     string           `json:"source"`
	Ranges     collector.Ranges `json:"ranges"`
	ObservedAt time.Time        `json:"observed_at"`        // when the look began
	ProvedAt   time.Time        `json:"proved_at,omitzero"` // when it ended; parts of earlier versions have none

	// Proven says that each id without a row was proven absent: by one below it or
	// by itself. Parts of versions that took an empty answer for proof lack it.
	Proven bool `json:"proven,omitempty"`
}

// of is the look of other ids.
func (c cover) of(ids collector.Ranges) cover {
	c.Ranges = ids
	return c
}

// provesAbsence reports whether an id that the look covers, and has no row for,
// did not exist.
func (c cover) provesAbsence() bool { return collector.ProvesAbsence(c.Source) }

// provedAt is the time by which an id that was not found did not exist.
func (c cover) provedAt() time.Time { return latest(c.ObservedAt, c.ProvedAt) }

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// counts is what a fold wants to know of a part without reading its rows.
// Dates are microseconds since 1970, bounds of a part without rows are zero.
type counts struct {
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
func countRows(rows []collector.Message) counts {
	var c counts
	for _, m := range rows {
		c.Add(m.ID, m.Kind, m.Date.UnixMicro())
	}
	return c
}

// add counts the next row.
func (c *counts) Add(id int64, kind string, date int64) {
	n := counts{Rows: 1, MinID: id, MaxID: id, MinDate: date, MaxDate: date}
	var k collector.Count
	add(&k, kind)
	n.Messages, n.Service, n.Unread = k.Messages, k.Service, k.Unreadable
	c.addAll(n)
}

// addAll counts the rows that come next.
func (c *counts) addAll(next counts) {
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

// part is one file of messages, known by its footer. It is immutable.
type part struct {
	path     string
	size     int64 // bytes
	lo, hi   int64 // between which lie its rows and everything it covers
	revision revision
	covered  []cover
	counts
	groups  []rowGroup
	gone    int64 // rows with gone_at; below 0: the footer does not tell
	current bool  // its columns are exactly those of collector.Message

	lost    lost // what was taken out of it because it was damaged
	checked sync.Mutex
	whole   bool // it was looked through; guarded by checked

	mu     sync.Mutex
	found  map[int64]int64     // what rowOf read: id → how many rows have a lower one
	others map[string][]uint32 // by kind: rows that are not plain messages, ascending; nil: not read; see othersIn
}

// rowGroup is one row group of a part: rows in order of their ids.
type rowGroup struct {
	rows             int64
	minID, maxID     int64
	minDate, maxDate int64 // microseconds since 1970
}

// newPart describes rows, ascending by id, that are about to be written in row
// groups of groupRows.
func newPart(rows []collector.Message, covered cover, groupRows int64) *part {
	out := &part{counts: countRows(rows), covered: []cover{covered}, current: true}
	for i := range rows {
		if rows[i].GoneAt != nil {
			out.gone++
		}
	}
	for group := range slices.Chunk(rows, int(groupRows)) { // as the file will have them
		c := countRows(group)
		out.groups = append(out.groups, rowGroup{c.Rows, c.MinID, c.MaxID, c.MinDate, c.MaxDate})
	}
	out.setExtent()
	return out
}

// metadata is what the part's footer says.
func (p *part) metadata() map[string]any {
	return map[string]any{coveredKey: p.covered, countsKey: p.counts}
}

// goneAt returns when the part first told that an id does not exist, and whether it
// is proven by today's rules: such a look counts before those that are not.
func (p *part) goneAt(id int64) (at time.Time, proven, ok bool) {
	for _, c := range p.covered {
		if !c.provesAbsence() || !c.Ranges.Contain(id) {
			continue
		}
		if c.Proven {
			return c.provedAt(), true, true
		}
		if !ok {
			at, ok = c.provedAt(), true
		}
	}
	return at, false, ok
}

// proves reports whether the part proves anything of the absence of ids in a range.
func (p *part) proves(r collector.Range) bool {
	for _, c := range p.covered {
		if c.provesAbsence() && len(c.Ranges.Intersect(r)) > 0 {
			return true
		}
	}
	return false
}

// observedAt is the time of the part's newest look.
func (p *part) observedAt() time.Time {
	var t time.Time
	for _, c := range p.covered {
		if c.ObservedAt.After(t) {
			t = c.ObservedAt
		}
	}
	return t
}

// setExtent sets the bounds of everything the part speaks of.
func (p *part) setExtent() {
	p.lo, p.hi = p.MinID, p.MaxID
	if p.Rows == 0 {
		p.lo, p.hi = 1, 0
	}
	for _, c := range p.covered {
		for _, r := range c.Ranges {
			if p.hi < p.lo {
				p.lo, p.hi = r.Lo, r.Hi
			}
			p.lo, p.hi = min(p.lo, r.Lo), max(p.hi, r.Hi)
		}
	}
}

// comparePart orders parts by their lowest id, then newest first.
func comparePart(a, b *part) int {
	return cmp.Or(cmp.Compare(a.lo, b.lo), b.revision.compare(a.revision), cmp.Compare(a.path, b.path))
}

// revision orders parts: each holder of the lease has its own major number and
// counts its parts by the minor one.
type revision struct {
	major uint64
	minor uint32
}

func (r revision) compare(s revision) int {
	return cmp.Or(cmp.Compare(r.major, s.major), cmp.Compare(r.minor, s.minor))
}

// String has a fixed width, so that names sort as revisions do.
func (r revision) String() string { return fmt.Sprintf("%016x%08x", r.major, r.minor) }

func parseRevision(s string) (revision, error) {
	if len(s) != 24 {
		return revision{}, fmt.Errorf("revision %q is not 24 digits long", s)
	}
	major, err := strconv.ParseUint(s[:16], 16, 64)
	if err != nil {
		return revision{}, err
	}
	minor, err := strconv.ParseUint(s[16:], 16, 32)
	if err != nil {
		return revision{}, err
	}
	return revision{major, uint32(minor)}, nil
}

// partName is the file name of a part of messages.
func partName(lo int64, r revision) string {
	return fmt.Sprintf("%019d.%s%s", lo, r, bucket.PartSuffix)
}

// revisionOf reads the revision in a file's name: what stands before the suffix.
func revisionOf(name string) (revision, error) {
	fields := strings.Split(strings.TrimSuffix(name, bucket.PartSuffix), ".")
	if n := len(fields) - 1; n > 0 && strings.HasPrefix("."+fields[n], mendedMark) {
		fields = fields[:n]
	}
	return parseRevision(fields[len(fields)-1])
}

// loadPart reads a part's footer. An error that is not the file system's means
// that the file is none.
func loadPart(path string) (*part, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := footerPart(f.parquet)
	if err != nil {
		return nil, err
	}
	p.path, p.size = path, f.parquet.Size()
	p.revision, err = revisionOf(filepath.Base(path))
	return p, err
}

func footerPart(f *parquet.File) (*part, error) {
	p := &part{current: parquet.EqualNodes(f.Schema(), messageSchema())}
	covered, _ := f.Lookup(coveredKey)
	if err := json.Unmarshal([]byte(covered), &p.covered); err != nil {
		return nil, fmt.Errorf("read what the part covers: %w", err)
	}
	rows, _ := f.Lookup(countsKey)
	if err := json.Unmarshal([]byte(rows), &p.counts); err != nil {
		return nil, fmt.Errorf("read the part's counts: %w", err)
	}
	if p.Rows != f.NumRows() {
		return nil, fmt.Errorf("part counts %d rows and has %d", p.Rows, f.NumRows())
	}
	var err error
	if p.groups, err = footerGroups(f); err != nil {
		return nil, err
	}
	if gone, ok := f.Lookup(lostKey); ok {
		if err := json.Unmarshal([]byte(gone), &p.lost); err != nil {
			return nil, fmt.Errorf("read what the part has lost: %w", err)
		}
	}
	p.gone = footerGone(f)
	p.setExtent()
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

// file is an open Parquet file.
type file struct {
	*os.File
	parquet *parquet.File
	checks  checks
	size    int64
}

// openFile opens a Parquet file, to be closed by the caller. A damaged footer is read
// from its copy.
func openFile(path string) (*file, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	out, err := readFile(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open %s as Parquet: %w", filepath.Base(path), err)
	}
	return out, nil
}

func readFile(f *os.File) (*file, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	out := &file{File: f, size: info.Size()}
	if out.checks, err = readChecks(f, out.size); err != nil {
		return nil, err
	}
	var r io.ReaderAt = f
	size := out.size
	if c := out.checks; c.footer != nil {
		r, size = mended{f, c.start, c.footer}, c.start+int64(len(c.footer))
	}
	if out.checks.sealed {
		r = headed{r}
	}
	out.parquet, err = parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	return out, err
}
