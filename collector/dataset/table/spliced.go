package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/format"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/splice"
)

// fewRows is how many rows a row group has at least whose pages are taken as they are:
// those of fewer would be too small.
const fewRows = 500

// splicedFile is a part that is made of the pages of others. What has to be encoded anew
// is written into a small file in memory, from which its pages are taken.
type splicedFile struct {
	*splice.Writer
	schema    *parquet.Schema
	codec     compress.Codec
	groupRows int64
	made      *madeFile // of rows that are written; nil: none
}

// madeFile is a file in memory.
type madeFile struct {
	*parquet.GenericWriter[collector.Message]
	bytes bytes.Buffer
}

// NewPartWriter begins a part whose row groups have groupRows rows at most.
func NewPartWriter(w io.Writer, codec compress.Codec, groupRows int64) (*messageWriter, error) {
	schema := part.MessageSchema()
	out, err := splice.New(w, schema, "channel_id", "message_id")
	if err != nil {
		return nil, err
	}
	return writerInto(&splicedFile{Writer: out, schema: schema, codec: codec, groupRows: groupRows}, groupRows), nil
}

func (f *splicedFile) Schema() *parquet.Schema { return f.schema }

func (f *splicedFile) group(g parquet.RowGroup, _ int64) (parquet.RowGroup, error) { return g, nil }

func (f *splicedFile) newMade() *madeFile {
	m := &madeFile{}
	m.GenericWriter = part.NewWriter[collector.Message](&m.bytes, f.codec, parquet.MaxRowsPerRowGroup(f.groupRows))
	return m
}

// begun is the row group that is written value by value.
func (f *splicedFile) begun() *madeFile {
	if f.made == nil {
		f.made = f.newMade()
	}
	return f.made
}

func (f *splicedFile) ColumnWriters() []*parquet.ColumnWriter { return f.begun().ColumnWriters() }

func (f *splicedFile) write(rows []collector.Message) error {
	return part.WriteRows(f.begun().GenericWriter, rows)
}

// Flush ends the row groups that were written value by value.
func (f *splicedFile) Flush() error {
	if f.made == nil {
		return nil
	}
	m := f.made
	f.made = nil
	made, err := m.sources()
	for _, s := range made {
		if err == nil {
			err = f.Join(func(int) []splice.Source { return []splice.Source{s} })
		}
	}
	return err
}

// Close implements part.MetadataFile.
func (f *splicedFile) Close() error {
	if err := f.Flush(); err != nil {
		return err
	}
	return f.Writer.Close()
}

var errWhole = errors.New("a row group is taken by its pages")

func (f *splicedFile) WriteRowGroup(parquet.RowGroup) (int64, error) { return 0, errWhole }

// sources ends the file and returns its row groups.
func (m *madeFile) sources() (out []splice.Source, err error) {
	if err := m.GenericWriter.Close(); err != nil {
		return nil, err
	}
	b := bytes.NewReader(m.bytes.Bytes())
	f, err := parquet.OpenFile(b, b.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, err
	}
	for _, g := range f.Metadata().RowGroups {
		out = append(out, splice.Source{ReaderAt: b, RowGroup: g})
	}
	return out, nil
}

// spliced is a row group to take, and where its pages are.
type spliced struct {
	splice.Source
	group parquet.RowGroup
}

// join makes one row group of several, all of which may be copied: the columns that have
// no dictionary of the pages of each, those that have one anew.
func (f *splicedFile) join(ctx context.Context, all []spliced) error {
	if len(all) == 1 {
		return f.Join(func(int) []splice.Source { return []splice.Source{all[0].Source} })
	}
	plain, err := f.large(ctx, all)
	if err != nil {
		return err
	}
	worded, err := f.encoded(ctx, all, f.hasWords)
	if err != nil {
		return err
	}
	return f.Join(func(column int) []splice.Source {
		if f.hasWords(column) {
			return worded
		}
		return plain
	})
}

// hasWords reports whether a column has a dictionary.
func (f *splicedFile) hasWords(column int) bool {
	leaf, _ := f.schema.Lookup(f.schema.Columns()[column]...)
	e := leaf.Node.Encoding()
	return e != nil && e.Encoding() == format.RLEDictionary
}

// large are the row groups whose columns without a dictionary are taken: neighbours with
// few rows are made one.
func (f *splicedFile) large(ctx context.Context, all []spliced) (out []splice.Source, err error) {
	plain := func(column int) bool { return !f.hasWords(column) }
	for len(all) > 0 {
		n := 0
		for n < len(all) && all[n].NumRows < fewRows {
			n++
		}
		if n < 2 { // one alone gains nothing
			out, all = append(out, all[0].Source), all[1:]
			continue
		}
		small, err := f.encoded(ctx, all[:n], plain)
		if err != nil {
			return nil, err
		}
		out, all = append(out, small...), all[n:]
	}
	return out, nil
}

// encoded encodes some columns of row groups anew. The first column is written in any
// case: parquet-go counts the rows by it.
func (f *splicedFile) encoded(ctx context.Context, all []spliced, wanted func(column int) bool) ([]splice.Source, error) {
	m := f.newMade()
	for i, column := range m.ColumnWriters() {
		if i > 0 && !wanted(i) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for _, s := range all {
			if err := copyColumn(column, s.group.ColumnChunks()[i]); err != nil {
				return nil, err
			}
		}
	}
	made, err := m.sources()
	if err == nil && len(made) != 1 {
		err = fmt.Errorf("%d row groups are encoded as %d", len(all), len(made))
	}
	return made, err
}
