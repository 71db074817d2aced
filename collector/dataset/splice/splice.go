package splice

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"telegramtrac/collector/dataset/part"
)

// Source is a row group of a file, whose pages are as [part.Layout] has them.
type Source struct {
	io.ReaderAt
	format.RowGroup

	indexes   []byte // the page indexes of all columns, where they lie together
	indexesAt int64
}

// Of is a row group of a part, and whether it can be a source: where a part has no checksums,
// nobody would see that a page is damaged, and where a column does not tell its bounds, they
// would be told wrong of all together.
func Of(f *part.File, group int) (s Source, ok bool) {
	s = Source{ReaderAt: f.Sealed(), RowGroup: f.Parquet.Metadata().RowGroups[group]}
	if s.ReaderAt == nil {
		return s, false
	}
	for i := range s.Columns {
		m := &s.Columns[i].MetaData
		if told := m.Statistics.MinValue != nil && m.Statistics.MaxValue != nil; !told && m.Statistics.NullCount != m.NumValues {
			return s, false
		}
	}
	s.readIndexes()
	return s, true
}

// mostIndexes is how many bytes of page indexes are read at once: those of a small part.
const mostIndexes = 128 << 10

// readIndexes reads the page indexes of all columns of a small part at once: one by one, each
// reading would check a block for a hundred bytes. Where that fails they are read one by one,
// and whoever needs one meets the error.
func (s *Source) readIndexes() {
	from, to := int64(math.MaxInt64), int64(0)
	for i := range s.Columns {
		c := &s.Columns[i]
		from = min(from, c.ColumnIndexOffset, c.OffsetIndexOffset)
		to = max(to, c.ColumnIndexOffset+int64(c.ColumnIndexLength), c.OffsetIndexOffset+int64(c.OffsetIndexLength))
	}
	if from <= 0 || to-from > mostIndexes || to <= from {
		return
	}
	b := make([]byte, to-from)
	if _, err := s.ReadAt(b, from); err == nil {
		s.indexes, s.indexesAt = b, from
	}
}

// copyAhead is how many bytes are on their way from a file to the other.
const copyAhead = 256 << 10

// Writer writes a Parquet file of row groups that others have.
type Writer struct {
	to       *bufio.Writer
	at       int64
	schema   *parquet.Schema
	sorting  []format.SortingColumn
	metadata format.FileMetaData

	// The page indexes as they will stand before the footer: encoded, a tenth of what they
	// take as structs, so that memory hardly grows with rows.
	columns, offsets bytes.Buffer
	buf              []byte // kept between copies
}

// New begins a file of a schema that is sorted by some of its columns, ascending.
func New(to io.Writer, schema *parquet.Schema, sortedBy ...string) (*Writer, error) {
	var b bytes.Buffer
	if err := parquet.NewWriter(&b, schema).Close(); err != nil {
		return nil, err
	}
	empty, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		return nil, err
	}
	w := &Writer{to: bufio.NewWriterSize(to, copyAhead), schema: schema, metadata: *empty.Metadata(), buf: make([]byte, copyAhead)}
	for _, column := range sortedBy {
		leaf, ok := schema.Lookup(column)
		if !ok {
			return nil, fmt.Errorf("there is no column %s to sort by", column)
		}
		w.sorting = append(w.sorting, format.SortingColumn{ColumnIdx: int32(leaf.ColumnIndex)})
	}
	return w, w.write([]byte("PAR1"))
}

func (w *Writer) write(b []byte) error {
	n, err := w.to.Write(b)
	w.at += int64(n)
	return err
}

// SetKeyValueMetadata implements part.MetadataFile.
func (w *Writer) SetKeyValueMetadata(key, value string) {
	w.metadata.KeyValueMetadata = append(w.metadata.KeyValueMetadata, format.KeyValue{Key: key, Value: value})
}

// Join writes one row group: that of column i has the pages of the sources that of gives,
// all of the same rows together.
func (w *Writer) Join(of func(column int) []Source) error {
	g := format.RowGroup{SortingColumns: w.sorting, FileOffset: w.at, Ordinal: int16(len(w.metadata.RowGroups))}
	for _, s := range of(0) {
		g.NumRows += s.NumRows
	}
	for i, path := range w.schema.Columns() {
		leaf, _ := w.schema.Lookup(path...)
		chunk, err := w.column(of(i), i, leaf, path)
		if err != nil {
			return fmt.Errorf("column %d: %w", i, err)
		}
		g.TotalByteSize += chunk.MetaData.TotalUncompressedSize
		g.TotalCompressedSize += chunk.MetaData.TotalCompressedSize
		g.Columns = append(g.Columns, chunk)
	}
	w.metadata.RowGroups = append(w.metadata.RowGroups, g)
	w.metadata.NumRows += g.NumRows
	return nil
}

// column writes a column of a row group.
func (w *Writer) column(sources []Source, i int, leaf parquet.LeafColumn, path []string) (format.ColumnChunk, error) {
	first := &sources[0].Columns[i].MetaData
	chunk := format.ColumnChunk{MetaData: format.ColumnMetaData{
		Type: first.Type, Encoding: first.Encoding, PathInSchema: path, Codec: first.Codec}}
	m := &chunk.MetaData
	if at := first.DictionaryPageOffset; at > 0 && len(sources) == 1 {
		m.DictionaryPageOffset = w.at
		if err := w.copy(sources[0], at, first.DataPageOffset-at); err != nil {
			return chunk, err
		}
	}
	m.DataPageOffset = w.at
	var index pageIndex
	var rows int64
	for _, s := range sources {
		from := &s.Columns[i]
		if err := index.add(s, from, w.at, rows); err != nil {
			return chunk, err
		}
		if err := w.copy(s, from.MetaData.DataPageOffset, dataSize(&from.MetaData)); err != nil {
			return chunk, err
		}
		addMetadata(m, &from.MetaData, leaf)
		rows += s.NumRows
	}
	return chunk, w.index(&chunk, &index)
}

// dataSize is how many bytes the pages of a column have without its dictionary.
func dataSize(m *format.ColumnMetaData) int64 {
	if m.DictionaryPageOffset > 0 {
		return m.TotalCompressedSize - (m.DataPageOffset - m.DictionaryPageOffset)
	}
	return m.TotalCompressedSize
}

// copy copies bytes of a source.
func (w *Writer) copy(s Source, from, size int64) error {
	for size > 0 {
		b := w.buf[:min(size, int64(len(w.buf)))]
		if _, err := s.ReadAt(b, from); err != nil {
			return err
		}
		if err := w.write(b); err != nil {
			return err
		}
		from, size = from+int64(len(b)), size-int64(len(b))
	}
	return nil
}

// index keeps a column's page index, whose place is found at the end.
func (w *Writer) index(c *format.ColumnChunk, x *pageIndex) error {
	at := w.columns.Len()
	if err := encode(&w.columns, &x.columns); err != nil {
		return err
	}
	c.ColumnIndexOffset, c.ColumnIndexLength = int64(at), int32(w.columns.Len()-at)
	at = w.offsets.Len()
	if err := encode(&w.offsets, &x.offsets); err != nil {
		return err
	}
	c.OffsetIndexOffset, c.OffsetIndexLength = int64(at), int32(w.offsets.Len()-at)
	return nil
}

func encode(to io.Writer, v any) error {
	return thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(to)).Encode(v)
}

// Close writes the page indexes and the footer.
func (w *Writer) Close() error {
	columns, offsets := w.at, w.at+int64(w.columns.Len())
	for _, g := range w.metadata.RowGroups {
		for i := range g.Columns {
			g.Columns[i].ColumnIndexOffset += columns
			g.Columns[i].OffsetIndexOffset += offsets
		}
	}
	slices.SortFunc(w.metadata.KeyValueMetadata, func(a, b format.KeyValue) int { return cmp.Compare(a.Key, b.Key) })
	var footer bytes.Buffer
	if err := encode(&footer, &w.metadata); err != nil {
		return err
	}
	tail := binary.LittleEndian.AppendUint32(nil, uint32(footer.Len()))
	for _, b := range [][]byte{w.columns.Bytes(), w.offsets.Bytes(), footer.Bytes(), append(tail, "PAR1"...)} {
		if err := w.write(b); err != nil {
			return err
		}
	}
	return w.to.Flush()
}
