package part

import (
	"encoding/json"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"telegramtrac/collector"
)

// GroupRows is how many rows a row group of an export has at most.
const GroupRows = 100_000

// MessageSchema is the schema of messages.parquet and of its parts.
func MessageSchema() *parquet.Schema { return parquet.SchemaOf(collector.Message{}) }

// Layout is how every file is written. Text is encoded plainly, which every
// reader knows and which can be scanned raw; only columns with the tag dict
// have a dictionary.
func Layout(codec compress.Codec) []parquet.WriterOption {
	return []parquet.WriterOption{
		parquet.Compression(codec),
		parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.Plain),
		parquet.MaxRowsPerRowGroup(GroupRows),
	}
}

// ExportCodec compresses what people download. A codec keeps an encoder, so one
// is made for each file.
func ExportCodec() compress.Codec { return NewCodec(zstd.SpeedDefault) }

// PartCodec compresses parts: half the time for a sixth more bytes.
func PartCodec() *Codec { return NewCodec(partLevel) }

const partLevel = zstd.SpeedFastest

// NewWriter begins a Parquet file.
func NewWriter[T any](w io.Writer, codec compress.Codec, options ...parquet.WriterOption) *parquet.GenericWriter[T] {
	return parquet.NewGenericWriter[T](w, append(Layout(codec), options...)...)
}

// Write writes rows and ends the file. Metadata values become JSON.
func Write[T any](out *parquet.GenericWriter[T], rows []T, metadata map[string]any) error {
	if err := WriteRows(out, rows); err != nil {
		return err
	}
	return Close(out, metadata)
}

// Rows is what writes a small file of rows.
func Rows[T any](rows ...T) func(io.Writer) error {
	return func(w io.Writer) error { return Write(NewWriter[T](w, PartCodec()), rows, nil) }
}

// MetadataFile is a file whose rows are written.
type MetadataFile interface {
	SetKeyValueMetadata(key, value string)
	Close() error
}

// Close ends a file whose rows are written. Metadata values become JSON.
func Close(out MetadataFile, metadata map[string]any) error {
	for key, value := range metadata {
		b, err := json.Marshal(value)
		if err != nil {
			return err
		}
		out.SetKeyValueMetadata(key, string(b))
	}
	return out.Close()
}
