package part

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Every part carries checksums of itself, and its footer twice, between the last of
// its pages and the footer, where readers of Parquet do not look:
//
//	pages and their indexes · CRC-32C of each 4 KB of these · the footer once more,
//	zstd · a trailer of fixed length · the footer and its 8 bytes as ever
//
// So one byte that changes on the disk is found before anything is made of it, and
// costs the rows of one page; one in the footer costs nothing. Parts of earlier
// versions have none: of these only what Parquet itself has is checked, a CRC for
// each page.
const (
	CheckBlock  = 4 << 10
	trailerSize = 4*5 + len(checkMagic)
	checkMagic  = "TTCHECK1"
	tailSize    = 8 // length of the footer, and parquetMagic

	parquetMagic = "PAR1"
	checkAhead   = 64 << 10 // bytes that are read at once
	longFooter   = 64 << 20 // how far before the end a trailer is looked for
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// trailer says what the checks are.
type trailer struct {
	sums, footer   uint32 // how many checksums; how long the footer's copy
	checks, footed uint32 // CRC-32C of both together, and of the footer with its tail
}

func (t trailer) encode() []byte {
	var b []byte
	for _, n := range []uint32{t.sums, t.footer, t.checks, t.footed} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	return append(b, checkMagic...)
}

// decodeTrailer reports false for what is none.
func decodeTrailer(b []byte) (trailer, bool) {
	if len(b) != trailerSize || string(b[20:]) != checkMagic || crc32.Checksum(b[:16], castagnoli) != binary.LittleEndian.Uint32(b[16:]) {
		return trailer{}, false
	}
	u := binary.LittleEndian.Uint32
	return trailer{u(b), u(b[4:]), u(b[8:]), u(b[12:])}, true
}

// Checked writes a Parquet file, and then its checks.
func Checked(write func(io.Writer) error) func(*os.File) error { return PartCodec().Checked(write) }

// Checked is [Checked] where a codec is at hand that has its encoders already.
func (c *Codec) Checked(write func(io.Writer) error) func(*os.File) error {
	return func(f *os.File) error {
		if err := write(f); err != nil {
			return err
		}
		return addChecks(f, c)
	}
}

// addChecks gives a file that was just written its checks.
func addChecks(f *os.File, codec *Codec) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	footer, start, err := readFooter(f, info.Size())
	if err != nil {
		return err
	}
	var checks []byte
	err = eachBlock(f, start, func(_ int64, sum uint32) { checks = binary.LittleEndian.AppendUint32(checks, sum) })
	if err != nil {
		return err
	}
	t := trailer{sums: uint32(len(checks) / 4), footed: crc32.Checksum(footer, castagnoli)}
	copied, err := codec.Encode(nil, footer)
	if err != nil {
		return err
	}
	t.footer = uint32(len(copied))
	checks = append(checks, copied...)
	t.checks = crc32.Checksum(checks, castagnoli)
	checks = append(append(checks, t.encode()...), footer...)
	_, err = f.WriteAt(checks, start)
	return err
}

// readFooter reads the footer with its tail, and tells where it begins.
func readFooter(f io.ReaderAt, size int64) (footer []byte, start int64, err error) {
	var tail [tailSize]byte
	if size < tailSize {
		return nil, 0, errNoFooter
	}
	if _, err := f.ReadAt(tail[:], size-tailSize); err != nil {
		return nil, 0, err
	}
	start = size - tailSize - int64(binary.LittleEndian.Uint32(tail[:]))
	if string(tail[4:]) != parquetMagic || start < 4 {
		return nil, 0, errNoFooter
	}
	footer = make([]byte, size-start)
	_, err = f.ReadAt(footer, start)
	return footer, start, err
}

var errNoFooter = errors.New("the file has no footer")

// eachBlock tells the checksum of each block of a file up to end.
func eachBlock(f io.ReaderAt, end int64, tell func(at int64, sum uint32)) error {
	buf := make([]byte, min(checkAhead, end))
	for at := int64(0); at < end; {
		b := buf[:min(int64(len(buf)), end-at)]
		if _, err := f.ReadAt(b, at); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		for len(b) > 0 {
			n := min(CheckBlock, len(b))
			tell(at, crc32.Checksum(b[:n], castagnoli))
			at, b = at+int64(n), b[n:]
		}
	}
	return nil
}

// checks are what a file says of itself.
type checks struct {
	sums   []byte // nil: they are damaged, or there are none
	Body   int64  // where the checks begin
	footer []byte // with its tail, where that on the disk is damaged; else nil
	Start  int64  // where the footer begins
	Sealed bool   // there are checks
	Broken bool   // the footer or the checks are damaged, and nothing is lost by it
	Footed uint32 // CRC-32C of the footer with its tail, as it was written
}

// readChecks reads a file's checks. It finds them also where the footer's tail, from
// which they are counted, is damaged.
func readChecks(f io.ReaderAt, size int64) (checks, error) {
	footer, start, err := readFooter(f, size)
	if err != nil && !errors.Is(err, errNoFooter) && !errors.Is(err, io.EOF) {
		return checks{}, err
	}
	if err == nil && start > int64(trailerSize) {
		b := make([]byte, trailerSize)
		if _, err := f.ReadAt(b, start-int64(trailerSize)); err != nil {
			return checks{}, err
		}
		if t, ok := decodeTrailer(b); ok {
			return t.read(f, start, footer)
		}
	}
	from := max(0, size-longFooter)
	b := make([]byte, size-from)
	if _, err := f.ReadAt(b, from); err != nil && !errors.Is(err, io.EOF) {
		return checks{}, err
	}
	for at := len(b); at > 0; {
		if at = bytes.LastIndex(b[:at], []byte(checkMagic)); at < 0 {
			break
		}
		end := at + len(checkMagic)
		if t, ok := decodeTrailer(b[max(0, end-trailerSize):end]); ok {
			return t.read(f, from+int64(end), nil)
		}
	}
	return checks{Footed: crc32.Checksum(footer, castagnoli)}, nil // an earlier version's, or no part at all
}

// read reads the checks before a footer, which is nil where it is known to be damaged.
func (t trailer) read(f io.ReaderAt, start int64, footer []byte) (checks, error) {
	n := int64(t.sums)*4 + int64(t.footer)
	out := checks{Start: start, Body: start - int64(trailerSize) - n, Sealed: true, Footed: t.footed}
	if out.Body < 0 || (out.Body+CheckBlock-1)/CheckBlock != int64(t.sums) {
		return checks{}, nil
	}
	b := make([]byte, n)
	if _, err := f.ReadAt(b, out.Body); err != nil {
		return checks{}, err
	}
	whole := crc32.Checksum(b, castagnoli) == t.checks
	if whole {
		out.sums = b[:t.sums*4]
	}
	out.Broken = !whole
	if crc32.Checksum(footer, castagnoli) == t.footed && footer != nil {
		return out, nil
	}
	out.Broken = true
	if !whole {
		return checks{}, nil // nothing is left to go by
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(longFooter))
	if err != nil {
		return checks{}, err
	}
	defer d.Close()
	out.footer, err = d.DecodeAll(b[t.sums*4:], nil)
	return out, err
}

// mended is a file with the footer as it was written.
type mended struct {
	f      io.ReaderAt
	start  int64
	footer []byte
}

func (m mended) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	if off < m.start {
		n = int(min(int64(len(p)), m.start-off))
		if got, err := m.f.ReadAt(p[:n], off); err != nil {
			return got, err
		}
	}
	if n == len(p) {
		return n, nil
	}
	at := max(0, off+int64(n)-m.start)
	if at >= int64(len(m.footer)) {
		return n, io.EOF
	}
	n += copy(p[n:], m.footer[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// headed is a file that begins as it was written: how it does is known, and what is
// damaged beside it is told by the checks.
type headed struct{ io.ReaderAt }

func (h headed) ReadAt(p []byte, off int64) (int, error) {
	n, err := h.ReaderAt.ReadAt(p, off)
	if off < int64(len(parquetMagic)) {
		copy(p[:n], parquetMagic[off:])
	}
	return n, err
}

// Stretch is bytes of a file, to without.
type Stretch struct{ From, To int64 }

func (s Stretch) Touches(o Stretch) bool { return s.From < o.To && o.From < s.To }

// Damage finds the bytes of an open file that are not as they were written: blocks
// where it has checksums, else pages.
func (f *File) Damage() (bad []Stretch, err error) {
	if f.Checks.sums == nil {
		return f.damagedPages(), nil
	}
	i := 0
	err = eachBlock(f.File, f.Checks.Body, func(at int64, sum uint32) {
		if sum != binary.LittleEndian.Uint32(f.Checks.sums[i*4:]) {
			bad = append(bad, Stretch{at, min(at+CheckBlock, f.Checks.Body)})
		}
		i++
	})
	return bad, err
}

// ErrChanged says that a file is not any more as it was written.
var ErrChanged = errors.New("the file has changed on the disk")

// Sealed reads the pages of a file, and fails with [ErrChanged] where they are not as they
// were written: they may have changed since the file was looked through, and whoever copies
// them without decoding them would make new checksums of what is damaged. It is nil where
// there are no checksums to tell.
func (f *File) Sealed() io.ReaderAt {
	if f.Checks.sums == nil {
		return nil
	}
	return &sealed{f: f}
}

type sealed struct {
	f     *File
	mu    sync.Mutex
	block []byte // kept between readings
}

func (s *sealed) ReadAt(p []byte, off int64) (int, error) {
	end := off + int64(len(p))
	if off < 0 || end > s.f.Checks.Body {
		return 0, fmt.Errorf("read bytes %d to %d of %d: %w", off, end, s.f.Checks.Body, ErrChanged)
	}
	if n, err := s.f.File.ReadAt(p, off); n < len(p) {
		return n, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for at := off - off%CheckBlock; at < end; at += CheckBlock {
		if err := s.check(p, off, at); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// check checks the block at a place, of which p, which was read from off on, has all or a
// part. That part is taken from the block that was checked, and not read twice.
// The lock is held.
func (s *sealed) check(p []byte, off, at int64) error {
	to := min(at+CheckBlock, s.f.Checks.Body)
	var block []byte
	if within := off <= at && to <= off+int64(len(p)); within {
		block = p[at-off : to-off]
	} else {
		if s.block == nil {
			s.block = make([]byte, CheckBlock)
		}
		block = s.block[:to-at]
		if n, err := s.f.File.ReadAt(block, at); n < len(block) {
			return err
		}
		from := max(off, at)
		copy(p[from-off:], block[from-at:])
	}
	if crc32.Checksum(block, castagnoli) != binary.LittleEndian.Uint32(s.f.Checks.sums[at/CheckBlock*4:]) {
		return fmt.Errorf("read bytes %d to %d: %w", at, to, ErrChanged)
	}
	return nil
}

// damagedPages finds the pages that do not fit Parquet's own checksums.
func (f *File) damagedPages() (bad []Stretch) {
	for group, g := range f.Parquet.RowGroups() {
		for i := range g.ColumnChunks() {
			for _, p := range f.Pages(group, i) {
				if !f.wholePage(p) {
					bad = append(bad, p.Stretch)
				}
			}
		}
	}
	return bad
}

// PageAt is where a page lies, and between which rows of its row group.
type PageAt struct {
	Stretch
	First, Last int64 // rows, last without
}

// Pages lists the pages of a column of a row group, with its dictionary; where that
// cannot be told, the whole column as one page.
func (f *File) Pages(group, column int) (out []PageAt) {
	g, meta := f.Parquet.RowGroups()[group], f.Parquet.Metadata().RowGroups[group].Columns[column].MetaData
	chunk, ok := g.ColumnChunks()[column].(*parquet.FileColumnChunk)
	begin := meta.DataPageOffset
	if at := meta.DictionaryPageOffset; at > 0 {
		begin = min(begin, at)
	}
	whole := PageAt{Stretch: Stretch{begin, begin + meta.TotalCompressedSize}, Last: g.NumRows()}
	if !ok {
		return []PageAt{whole}
	}
	index, err := chunk.OffsetIndex()
	if err != nil || index.NumPages() == 0 {
		return []PageAt{whole}
	}
	if at := meta.DictionaryPageOffset; at > 0 && at < index.Offset(0) {
		out = append(out, PageAt{Stretch: Stretch{at, index.Offset(0)}, Last: g.NumRows()})
	}
	for i := range index.NumPages() {
		p := PageAt{Stretch: Stretch{index.Offset(i), index.Offset(i) + index.CompressedPageSize(i)}, First: index.FirstRowIndex(i),
			Last: g.NumRows()}
		if i+1 < index.NumPages() {
			p.Last = index.FirstRowIndex(i + 1)
		}
		out = append(out, p)
	}
	return out
}

// wholePage checks a page against the CRC in its header.
func (f *File) wholePage(p PageAt) bool {
	_, _, whole := f.CheckPage(p)
	return whole
}

// WholeBeside reports whether a page is whole though it reaches into a damaged block:
// its header lies before that, and its CRC fits. So the damage is of a page beside it.
func (f *File) WholeBeside(p PageAt, bad []Stretch) bool {
	header, summed, whole := f.CheckPage(p)
	return whole && summed && !slices.ContainsFunc(bad, Stretch{p.From, p.From + header}.Touches)
}

// CheckPage checks a page against the CRC in its header, which has the given length in
// bytes. Where the header has no CRC, it is not summed, and counts as whole.
func (f *File) CheckPage(p PageAt) (header int64, summed, whole bool) {
	n := p.To - p.From
	if p.From < 0 || n <= 0 || p.To > f.Size() {
		return 0, false, false
	}
	b := make([]byte, n)
	if _, err := f.File.ReadAt(b, p.From); err != nil {
		return 0, false, false
	}
	var h format.PageHeader
	r := bytes.NewReader(b)
	protocol := new(thrift.CompactProtocol)
	if err := thrift.NewDecoder(protocol.NewReader(r)).Decode(&h); err != nil {
		return 0, false, false
	}
	data := b[len(b)-r.Len():]
	if h.CompressedPageSize < 0 || int(h.CompressedPageSize) != len(data) {
		return 0, false, false
	}
	return int64(len(b) - len(data)), h.CRC != 0, h.CRC == 0 || crc32.ChecksumIEEE(data) == uint32(h.CRC)
}
