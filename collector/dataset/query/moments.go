package query

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// nearby is how far apart two rows may lie in a segment to be read in one go.
const nearby = part.StreamRows

// keptRuns is of how many runs of rows a page may be that what is decoded for it is kept. One
// whose rows lie scattered would take the place of everything, and be of use to nobody else.
const keptRuns = 4

// run is some moments of a segment that lie near each other.
type run struct {
	*fold.Segment
	from, n int64
	of      []int // moments, by their index
}

// readMoments reads the messages in the order of the moments, with the named
// columns; nil: with all.
func (d *Reader) readMoments(ctx context.Context, moments []moment, columns []string) ([]collector.Message, error) {
	out := make([]collector.Message, len(moments))
	runs := runsOf(moments)
	take := func(r run, rows []collector.Message) {
		for _, i := range r.of {
			out[i] = rows[moments[i].position-r.from]
		}
	}
	if len(runs) <= keptRuns {
		open := mend.Files{}
		defer open.Close()
		for _, r := range runs {
			rows, err := readChosen(ctx, r.Segment, r.from, r.n, columns, open)
			if err != nil {
				return nil, fmt.Errorf("read the rows of a page: %w", err)
			}
			take(r, rows)
		}
		return out, nil
	}
	if err := readScattered(ctx, runs, columns, d.Cores, take); err != nil {
		return nil, fmt.Errorf("read the rows of a page: %w", err)
	}
	return out, nil
}

// runsOf puts moments together, by segment and position.
func runsOf(moments []moment) (out []run) {
	order := make([]int, len(moments))
	segments := map[*fold.Segment]int{}
	for i, m := range moments {
		order[i] = i
		if _, ok := segments[m.block.Segment]; !ok {
			segments[m.block.Segment] = len(segments)
		}
	}
	slices.SortFunc(order, func(i, j int) int {
		a, b := moments[i], moments[j]
		return cmp.Or(cmp.Compare(segments[a.block.Segment], segments[b.block.Segment]), cmp.Compare(a.position, b.position))
	})
	for _, i := range order {
		m := moments[i]
		if n := len(out) - 1; n >= 0 && out[n].Segment == m.block.Segment && m.position-(out[n].from+out[n].n-1) < nearby {
			out[n].n, out[n].of = m.position-out[n].from+1, append(out[n].of, i)
			continue
		}
		out = append(out, run{m.block.Segment, m.position, 1, []int{i}})
	}
	return out
}

// readScattered reads runs on several cores where some are idle, each some that follow one
// another, so that a file is gone through once.
func readScattered(ctx context.Context, runs []run, columns []string, cores *part.Cores, take func(run, []collector.Message)) error {
	size := (len(runs) + cores.Workers() - 1) / cores.Workers()
	chunks := slices.Collect(slices.Chunk(runs, size))
	return cores.Each(ctx, len(chunks), func(ctx context.Context, _, i int) error {
		open := mend.Files{}
		defer open.Close()
		read := fold.NewScattered[collector.Message](columns, open)
		defer read.Close()
		for _, r := range chunks[i] {
			rows, err := read.Rows(ctx, r.Segment, r.from, r.n)
			if err != nil {
				return err
			}
			take(r, rows) // each fills other rows
		}
		return nil
	})
}
