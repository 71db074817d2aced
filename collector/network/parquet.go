package network

import (
	"context"
	"fmt"
	"io"

	"telegramtrac/collector/dataset/part"
)

// tiesAtOnce is the number of rows in one write.
const tiesAtOnce = 512

// WriteTies writes edges.parquet: the evidence, one row for each message, target and kind, in
// the order of the input. It streams; memory does not grow with the number of rows. The file's
// metadata explains an edge's direction.
func WriteTies(ctx context.Context, w io.Writer, in Input) error {
	out := part.NewWriter[Tie](w, part.ExportCodec())
	out.SetKeyValueMetadata("direction", Direction)
	rows := make([]Tie, 0, tiesAtOnce)
	for t, err := range Ties(ctx, in) {
		if err != nil {
			return err
		}
		if rows = append(rows, *t); len(rows) == cap(rows) {
			if err := part.WriteRows(out, rows); err != nil {
				return fmt.Errorf("write edges: %w", err)
			}
			rows = rows[:0]
		}
	}
	if err := part.Write(out, rows, nil); err != nil {
		return fmt.Errorf("write edges: %w", err)
	}
	return nil
}
