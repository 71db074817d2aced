package dataset

import (
	"encoding/json"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"telegramtrac/collector"
)

// groupRows is how many rows a row group of an export has at most.
const groupRows = 100_000

// messageSchema is the schema of messages.parquet and of its parts.
func messageSchema() *parquet.Schema { return parquet.SchemaOf(collector.Message{}) }

// layout is how every file is written. Text is encoded plainly, which every
// reader knows and which can be scanned raw; only columns with the tag dict
// have a dictionary.
func layout(codec compress.Codec) []parquet.WriterOption {
	return []parquet.WriterOption{
		parquet.Compression(codec),
		parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.Plain),
		parquet.MaxRowsPerRowGroup(groupRows),
	}
}

// exportCodec compresses what people download. A codec keeps an encoder, so one
// is made for each file.
func exportCodec() compress.Codec { return newCodec(zstd.SpeedDefault) }

// partCodec compresses parts: half the time for a sixth more bytes.
func partCodec() compress.Codec { return newCodec(partLevel) }

const partLevel = zstd.SpeedFastest

// newFile begins a Parquet file.
func newFile[T any](w io.Writer, codec compress.Codec, options ...parquet.WriterOption) *parquet.GenericWriter[T] {
	return parquet.NewGenericWriter[T](w, append(layout(codec), options...)...)
}

// writeFile writes rows and ends the file. Metadata values become JSON.
func writeFile[T any](out *parquet.GenericWriter[T], rows []T, metadata map[string]any) error {
	if err := writeRows(out, rows); err != nil {
		return err
	}
	return closeFile(out, metadata)
}

// metadataFile is a file whose rows are written.
type metadataFile interface {
	SetKeyValueMetadata(key, value string)
	Close() error
}

// closeFile ends a file whose rows are written. Metadata values become JSON.
func closeFile(out metadataFile, metadata map[string]any) error {
	for key, value := range metadata {
		b, err := json.Marshal(value)
		if err != nil {
			return err
		}
		out.SetKeyValueMetadata(key, string(b))
	}
	return out.Close()
}
