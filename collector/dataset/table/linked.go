package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/part"
)

// messageFile is a file of messages that is being written: a part, or an export,
// whose rows also have a link.
type messageFile interface {
	Schema() *parquet.Schema
	ColumnWriters() []*parquet.ColumnWriter
	WriteRowGroup(parquet.RowGroup) (int64, error)
	Flush() error
	part.MetadataFile

	// write writes rows.
	write([]collector.Message) error

	// group is a row group of a part as the file is to have it.
	group(parquet.RowGroup, int64) (parquet.RowGroup, error)
}

// LinkedMessage is one row of the messages.parquet that people take away. Parts are
// without the link, which changes when a channel is renamed.
//
// It is for writing: parquet-go v0.32.0 reads nulls into the pointers of embedded
// structs as zeroes.
type LinkedMessage struct {
	collector.Message
	Link string `parquet:"link"`
}

// plainFile is a part.
type plainFile struct {
	*parquet.GenericWriter[collector.Message]
}

func (f plainFile) write(rows []collector.Message) error {
	return part.WriteRows(f.GenericWriter, rows)
}

func (plainFile) group(g parquet.RowGroup, _ int64) (parquet.RowGroup, error) { return g, nil }

// linkedFile is an export.
type linkedFile struct {
	*parquet.GenericWriter[LinkedMessage]
	links catalog.Links
	codec compress.Codec
	rows  []LinkedMessage // kept between writes
}

func (f *linkedFile) write(rows []collector.Message) error {
	f.rows = f.rows[:0]
	for _, m := range rows {
		f.rows = append(f.rows, LinkedMessage{m, f.links.To(m.ChannelID, m.ID)})
	}
	err := part.WriteRows(f.GenericWriter, f.rows)
	clear(f.rows)
	return err
}

// group is a row group of a part with its links beside it. These are a small file in
// memory, so that the row group, links and all, can be copied as it is: encoding the
// hundred columns anew would take twenty times as long.
func (f *linkedFile) group(g parquet.RowGroup, channelID int64) (parquet.RowGroup, error) {
	of, ok := g.(*parquet.FileRowGroup)
	if !ok {
		return nil, fmt.Errorf("add links to a row group that is a %T", g)
	}
	links, err := f.columnOf(of, channelID)
	if err != nil {
		return nil, fmt.Errorf("add links: %w", err)
	}
	columns := append(append([]parquet.ColumnChunk{}, of.ColumnChunks()...), links)
	return linkedGroup{of, f.Schema(), columns}, nil
}

// link is a row of the small file.
type link struct {
	Link string `parquet:"link"`
}

// columnOf makes the links of a row group.
func (f *linkedFile) columnOf(g *parquet.FileRowGroup, channelID int64) (parquet.ColumnChunk, error) {
	id, _ := g.Schema().Lookup("message_id")
	values := parquet.NewColumnChunkValueReader(g.ColumnChunks()[id.ColumnIndex])
	defer values.Close()
	var file bytes.Buffer
	out := part.NewWriter[link](&file, f.codec)
	ids, rows := make([]parquet.Value, 1024), make([]link, 0, 1024)
	for {
		n, err := values.ReadValues(ids)
		rows = rows[:0]
		for _, v := range ids[:n] {
			rows = append(rows, link{f.links.To(channelID, v.Int64())})
		}
		if wrong := part.WriteRows(out, rows); wrong != nil {
			return nil, wrong
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if err := out.Close(); err != nil {
		return nil, err
	}
	made, err := parquet.OpenFile(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		return nil, err
	}
	return made.RowGroups()[0].ColumnChunks()[0], nil
}

// linkedGroup is a row group of a part and a column of links.
type linkedGroup struct {
	*parquet.FileRowGroup
	schema  *parquet.Schema
	columns []parquet.ColumnChunk
}

func (g linkedGroup) Schema() *parquet.Schema { return g.schema }

func (g linkedGroup) ColumnChunks() []parquet.ColumnChunk { return g.columns }

// Rows fails when it is read: it would yield rows without links. A linkedGroup is
// read by its columns.
func (g linkedGroup) Rows() parquet.Rows { return unlinkedRows{g.schema} }

type unlinkedRows struct{ schema *parquet.Schema }

var errUnlinked = errors.New("a row group with links is read by its columns")

func (unlinkedRows) ReadRows([]parquet.Row) (int, error) { return 0, errUnlinked }
func (unlinkedRows) SeekToRow(int64) error               { return errUnlinked }
func (r unlinkedRows) Schema() *parquet.Schema           { return r.schema }
func (unlinkedRows) Close() error                        { return nil }
