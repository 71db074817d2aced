package network

import (
	"context"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// tiesAtOnce is the number of rows in one write.
const tiesAtOnce = 512

// tiesInGroup is how many rows a row group has.
const tiesInGroup = 100_000

// WriteTies writes edges.parquet: the evidence, one row for each message, target and kind, in
// the order of the input. It streams; memory does not grow with the number of rows. The file's
// metadata explains an edge's direction.
func WriteTies(ctx context.Context, w io.Writer, in Input) error {
	out := parquet.NewGenericWriter[Tie](w, parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault}),
		parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.Plain), parquet.MaxRowsPerRowGroup(tiesInGroup),
		parquet.KeyValueMetadata("direction", Direction))
	rows := make([]Tie, 0, tiesAtOnce)
	for t, err := range Ties(ctx, in) {
		if err != nil {
			return err
		}
		if rows = append(rows, *t); len(rows) == cap(rows) {
			if _, err := out.Write(rows); err != nil {
				return fmt.Errorf("write edges: %w", err)
			}
			rows = rows[:0]
		}
	}
	if _, err := out.Write(rows); err != nil {
		return fmt.Errorf("write edges: %w", err)
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write edges: %w", err)
	}
	return nil
}
