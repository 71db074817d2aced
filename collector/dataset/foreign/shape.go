package foreign

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// Limits of a Parquet file. Its lengths are in Thrift's compact form and the library trusts
// them: two bytes that claim billions would allocate that much memory.
const (
	maxFooter = 16 << 20 // bytes of the footer
	maxParts  = 200_000  // structs in it: columns, row groups, and columns of row groups
	maxItems  = 2_000_000
	maxPage   = 64 << 20 // bytes of an unpacked page
	maxHeader = 1 << 20  // bytes of a page's header, with its statistics
	maxNested = 32
)

var (
	errShape     = errors.New("a length in it is larger than the file")
	errManyParts = errors.New("its footer has too many parts")
	errManyRows  = errors.New("it claims more rows than it has bytes")
	errLongList  = errors.New("a list in it has more values than any of ours")
	errUnfolds   = errors.New("it unfolds to too many times its size")
	errLargePage = fmt.Errorf("a page in it unpacks to more than %d MB", maxPage>>20)
)

// checkFooter checks that every length in a Parquet file's footer fits the file.
func checkFooter(f io.ReaderAt, size int64) error {
	var tail [8]byte
	if size < 12 {
		return io.ErrUnexpectedEOF
	}
	if _, err := f.ReadAt(tail[:], size-8); err != nil {
		return err
	}
	if string(tail[4:]) != "PAR1" {
		return io.ErrUnexpectedEOF
	}
	length := int64(binary.LittleEndian.Uint32(tail[:4]))
	if length > size-12 {
		return errShape
	}
	if length > maxFooter {
		return errManyParts
	}
	footer := make([]byte, length)
	if _, err := f.ReadAt(footer, size-8-length); err != nil {
		return err
	}
	t := thrift{b: footer, parts: maxParts, items: maxItems}
	return t.object(0, nil)
}

// checkPages checks that the rows, columns and pages in the footer, and the pages' own
// headers, fit the file. The footer must have been read.
func (l Limits) checkPages(f io.ReaderAt, size int64, p *parquet.File) error {
	if p.NumRows() < 0 || p.NumRows() > size {
		return errManyRows
	}
	var unpacked int64
	for _, g := range p.Metadata().RowGroups {
		if g.NumRows < 0 || g.NumRows > p.NumRows() {
			return errManyRows
		}
		for i := range g.Columns {
			c := &g.Columns[i].MetaData
			if c.NumValues < 0 || c.NumValues > l.Listed*max(g.NumRows, 1) {
				return errLongList
			}
			if c.NumValues > 4*size {
				return errManyRows
			}
			n, err := checkColumn(f, size, c)
			if err != nil {
				return err
			}
			if unpacked += n; unpacked > max(l.Unfold, l.Ratio*size) {
				return errUnfolds
			}
		}
	}
	return nil
}

// checkColumn checks all pages of a column and returns their unpacked size.
func checkColumn(f io.ReaderAt, size int64, c *format.ColumnMetaData) (unpacked int64, err error) {
	at := c.DataPageOffset
	if c.DictionaryPageOffset > 0 {
		at = min(at, c.DictionaryPageOffset)
	}
	if at < 0 || c.TotalCompressedSize < 0 || c.TotalCompressedSize > size || at > size-c.TotalCompressedSize {
		return 0, errShape
	}
	for end := at + c.TotalCompressedSize; at < end; {
		h, err := pageAt(f, at, end)
		if err != nil {
			return 0, err
		}
		switch {
		case h.packed < 0 || h.packed > end-at-h.size || h.values < 0 || h.values > max(c.NumValues, size):
			return 0, errShape
		case h.unpacked < 0 || h.unpacked > maxPage:
			return 0, errLargePage
		}
		unpacked += h.unpacked
		at += h.size + h.packed
	}
	return unpacked, nil
}

// pageHeader is the sizes in a page's header, in bytes, and the header's own size.
type pageHeader struct{ size, packed, unpacked, values int64 }

func pageAt(f io.ReaderAt, at, end int64) (pageHeader, error) {
	for most := int64(512); ; most = maxHeader {
		b := make([]byte, min(most, end-at))
		if _, err := f.ReadAt(b, at); err != nil {
			return pageHeader{}, err
		}
		var h pageHeader
		t := thrift{b: b, parts: 1000, items: 1000}
		err := t.object(0, func(path [2]int16, n int64) {
			switch path {
			case [2]int16{2}:
				h.unpacked = n
			case [2]int16{3}:
				h.packed = n
			case [2]int16{5, 1}, [2]int16{7, 1}, [2]int16{8, 1}:
				h.values = n
			}
		})
		if err == nil {
			h.size = int64(t.at)
			return h, nil
		}
		if most == maxHeader || int64(len(b)) == end-at {
			return h, err
		}
	}
}

// thrift walks over an object in Thrift's compact form without storing any of it.
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
type thrift struct {
	b     []byte
	at    int
	parts int // objects that may still follow
	items int // other values in lists that may still follow
	path  [2]int16
}

// Types of the compact form.
const (
	thriftTrue, thriftFalse           = 1, 2
	thriftByte, thriftI16, thriftI32  = 3, 4, 5
	thriftI64, thriftDouble           = 6, 7
	thriftBinary, thriftList          = 8, 9
	thriftSet, thriftMap, thriftTuple = 10, 11, 12
)

// object walks over an object. It calls tell, if not nil, with the integers of the object and
// of those directly in it, and their field numbers.
func (t *thrift) object(depth int, tell func(path [2]int16, n int64)) error {
	if t.parts--; t.parts < 0 {
		return errManyParts
	}
	if depth > maxNested {
		return errShape
	}
	for field := int16(0); ; {
		head, err := t.byte()
		if err != nil || head == 0 {
			return err
		}
		if delta := head >> 4; delta > 0 {
			field += int16(delta)
		} else {
			n, err := t.zigzag()
			if err != nil {
				return err
			}
			field = int16(n)
		}
		if depth < len(t.path) {
			t.path[depth] = field
			clear(t.path[depth+1:])
		}
		if err := t.value(head&15, depth, tell); err != nil {
			return err
		}
	}
}

func (t *thrift) value(kind byte, depth int, tell func([2]int16, int64)) error {
	switch kind {
	case thriftTrue, thriftFalse:
		return nil
	case thriftByte:
		return t.skip(1)
	case thriftI16, thriftI32, thriftI64:
		n, err := t.zigzag()
		if err == nil && tell != nil && depth < len(t.path) {
			tell(t.path, n)
		}
		return err
	case thriftDouble:
		return t.skip(8)
	case thriftBinary:
		n, err := t.varint()
		if err != nil {
			return err
		}
		return t.skip(n)
	case thriftList, thriftSet:
		return t.list(depth)
	case thriftMap:
		return t.dict(depth)
	case thriftTuple:
		return t.object(depth+1, tell)
	}
	return errShape
}

func (t *thrift) list(depth int) error {
	head, err := t.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = t.varint(); err != nil {
			return err
		}
	}
	return t.elements(n, depth, head&15)
}

func (t *thrift) dict(depth int) error {
	n, err := t.varint()
	if err != nil || n == 0 {
		return err
	}
	kinds, err := t.byte()
	if err != nil {
		return err
	}
	return t.elements(n, depth, kinds>>4, kinds&15)
}

// elements walks over n elements of a list, or pairs of a map. Each takes at least one byte.
func (t *thrift) elements(n uint64, depth int, kinds ...byte) error {
	if n > uint64(len(t.b)-t.at) {
		return errShape
	}
	if t.items -= int(n); t.items < 0 {
		return errManyParts
	}
	for range n {
		for _, kind := range kinds {
			if kind == thriftTrue || kind == thriftFalse { // a byte each, in lists
				kind = thriftByte
			}
			if depth+1 > maxNested {
				return errShape
			}
			if err := t.value(kind, depth+1, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *thrift) byte() (byte, error) {
	if t.at >= len(t.b) {
		return 0, errShape
	}
	t.at++
	return t.b[t.at-1], nil
}

func (t *thrift) skip(n uint64) error {
	if n > uint64(len(t.b)-t.at) {
		return errShape
	}
	t.at += int(n)
	return nil
}

func (t *thrift) varint() (uint64, error) {
	v, n := binary.Uvarint(t.b[t.at:])
	if n <= 0 {
		return 0, errShape
	}
	t.at += n
	return v, nil
}

func (t *thrift) zigzag() (int64, error) {
	v, err := t.varint()
	return int64(v>>1) ^ -int64(v&1), err
}
