package splice

import (
	"fmt"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// pageIndex is where the pages of a column are, and what they hold.
type pageIndex struct {
	columns format.ColumnIndex
	offsets format.OffsetIndex
	pages   int
}

// add adds the pages of a source, which begin at a place of the new file and with a row of
// the new row group. That their bounds ascend is no longer told.
func (x *pageIndex) add(s Source, c *format.ColumnChunk, at, firstRow int64) error {
	var columns format.ColumnIndex
	var offsets format.OffsetIndex
	if err := decode(s, c.ColumnIndexOffset, c.ColumnIndexLength, &columns); err != nil {
		return err
	}
	if err := decode(s, c.OffsetIndexOffset, c.OffsetIndexLength, &offsets); err != nil {
		return err
	}
	n := len(offsets.PageLocations)
	if n != len(columns.NullPages) || n != len(columns.MinValues) || n != len(columns.MaxValues) {
		return fmt.Errorf("an index has %d pages, and the other %d", n, len(columns.NullPages))
	}
	for _, l := range offsets.PageLocations {
		l.Offset += at - c.MetaData.DataPageOffset
		l.FirstRowIndex += firstRow
		x.offsets.PageLocations = append(x.offsets.PageLocations, l)
	}
	to := &x.columns
	to.NullPages = append(to.NullPages, columns.NullPages...)
	to.MinValues = append(to.MinValues, columns.MinValues...)
	to.MaxValues = append(to.MaxValues, columns.MaxValues...)
	to.NullCounts = joined(to.NullCounts, x.pages, columns.NullCounts, n)
	to.RepetitionLevelHistogram = joined(to.RepetitionLevelHistogram, x.pages, columns.RepetitionLevelHistogram, n)
	to.DefinitionLevelHistogram = joined(to.DefinitionLevelHistogram, x.pages, columns.DefinitionLevelHistogram, n)
	x.offsets.UnencodedByteArrayDataBytes = joined(x.offsets.UnencodedByteArrayDataBytes, x.pages, offsets.UnencodedByteArrayDataBytes, n)
	x.pages += n
	return nil
}

// joined adds what some pages have of what may be left out: all have it, or none.
func joined(to []int64, pages int, more []int64, morePages int) []int64 {
	if pages > 0 && len(to) == 0 || morePages > 0 && len(more) == 0 {
		return nil
	}
	return append(to, more...)
}

// longestIndex is how many bytes a page index of a column has at most.
const longestIndex = 64 << 20

func decode(s Source, at int64, n int32, v any) error {
	if at <= 0 || n <= 0 || n > longestIndex {
		return fmt.Errorf("a page index of %d bytes at %d", n, at)
	}
	b, err := s.index(at, int64(n))
	if err != nil {
		return err
	}
	return thrift.Unmarshal(new(thrift.CompactProtocol), b, v)
}

// index returns the bytes of a page index.
func (s *Source) index(at, n int64) ([]byte, error) {
	if i := at - s.indexesAt; s.indexes != nil && i >= 0 && i+n <= int64(len(s.indexes)) {
		return s.indexes[i : i+n], nil
	}
	b := make([]byte, n)
	_, err := s.ReadAt(b, at)
	return b, err
}

// addMetadata adds what is told of a column of a source.
func addMetadata(m, from *format.ColumnMetaData, leaf parquet.LeafColumn) {
	m.NumValues += from.NumValues
	m.TotalUncompressedSize += from.TotalUncompressedSize
	m.TotalCompressedSize += from.TotalCompressedSize
	for _, e := range from.EncodingStats {
		addEncoding(m, e)
	}
	addStatistics(&m.Statistics, &from.Statistics, leaf.Node.Type())
	sizes := &m.SizeStatistics
	sizes.UnencodedByteArrayDataBytes += from.SizeStatistics.UnencodedByteArrayDataBytes
	sizes.RepetitionLevelHistogram = summed(sizes.RepetitionLevelHistogram, from.SizeStatistics.RepetitionLevelHistogram)
	sizes.DefinitionLevelHistogram = summed(sizes.DefinitionLevelHistogram, from.SizeStatistics.DefinitionLevelHistogram)
}

func addEncoding(m *format.ColumnMetaData, e format.PageEncodingStats) {
	for i := range m.EncodingStats {
		if had := &m.EncodingStats[i]; had.PageType == e.PageType && had.Encoding == e.Encoding {
			had.Count += e.Count
			return
		}
	}
	m.EncodingStats = append(m.EncodingStats, e)
}

func summed(to, more []int64) []int64 {
	if len(to) < len(more) {
		to = append(to, make([]int64, len(more)-len(to))...)
	}
	for i, n := range more {
		to[i] += n
	}
	return to
}

// addStatistics widens the bounds, which are missing where all is null.
func addStatistics(s, from *format.Statistics, of parquet.Type) {
	s.NullCount += from.NullCount
	kind := of.Kind()
	if from.MinValue != nil && (s.MinValue == nil || of.Compare(kind.Value(from.MinValue), kind.Value(s.MinValue)) < 0) {
		s.MinValue = from.MinValue
	}
	if from.MaxValue != nil && (s.MaxValue == nil || of.Compare(kind.Value(from.MaxValue), kind.Value(s.MaxValue)) > 0) {
		s.MaxValue = from.MaxValue
	}
}
