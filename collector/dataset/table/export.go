package table

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/format"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/splice"
)

// maxJoined is how many row groups are joined column by column at most, for
// their files are open together.
const maxJoined = 256

// AddAll writes the channels from where the writer is.
func (w *messageWriter) AddAll(ctx context.Context, plans []*fold.Plan) error {
	for _, p := range plans {
		if p.ChannelID < w.At.channelID {
			continue
		}
		if err := w.Add(ctx, p); err != nil {
			return fmt.Errorf("write messages of channel %d: %w", p.ChannelID, err)
		}
	}
	if err := w.Flush(ctx); err != nil {
		return fmt.Errorf("write messages: %w", err)
	}
	return nil
}

// messageWriter gathers runs of rows until they fill a row group.
type messageWriter struct {
	Out   messageFile
	Open  mend.Files
	runs  []Run
	rows  int64 // in runs
	At    place // everything below it is written, nothing else
	Tally *part.Counts

	groupRows int64 // of a row group, at most

	// threads finds the threads that rows are tied to; nil: they stay as they are.
	threads func(ctx context.Context, channelID int64) (fold.Threads, error)
}

// place is an id of a channel.
type place struct{ channelID, Id int64 }

// Run is rows that come next in the file: a row group of a part as it is, or a
// segment that has to be read row by row.
type Run struct {
	*fold.Segment
	channelID int64
	Ids       collector.Range // between which the rows lie
	group     int             // index of the row group; -1: the whole segment, by rows
	Rows      int64
}

// NewMessageWriter begins a file whose row groups have groupRows rows at most.
func NewMessageWriter(w io.Writer, codec compress.Codec, groupRows int64) *messageWriter {
	return writerInto(plainFile{part.NewWriter[collector.Message](w, codec, sortedGroups(groupRows)...)}, groupRows)
}

// newLinkedWriter is newMessageWriter for rows with links.
func newLinkedWriter(w io.Writer, codec compress.Codec, groupRows int64, links catalog.Links) *messageWriter {
	file := part.NewWriter[LinkedMessage](w, codec, sortedGroups(groupRows)...)
	return writerInto(&linkedFile{GenericWriter: file, links: links, codec: codec}, groupRows)
}

func sortedGroups(groupRows int64) []parquet.WriterOption {
	return []parquet.WriterOption{
		parquet.MaxRowsPerRowGroup(groupRows),
		parquet.SortingWriterConfig(parquet.SortingColumns(parquet.Ascending("channel_id"), parquet.Ascending("message_id"))),
	}
}

func writerInto(out messageFile, groupRows int64) *messageWriter {
	return &messageWriter{Out: out, Open: mend.Files{}, At: place{math.MinInt64, math.MinInt64}, groupRows: groupRows}
}

// enough reports whether a row group has enough rows to be copied as it is.
func (w *messageWriter) enough(rows int64) bool { return rows >= w.groupRows/2 }

// Add takes up a channel, from where the writer is.
func (w *messageWriter) Add(ctx context.Context, p *fold.Plan) error {
	segments := p.Segments
	if w.At.channelID == p.ChannelID {
		var err error
		if segments, err = p.From(w.At.Id, w.Open); err != nil {
			return err
		}
	}
	for _, s := range segments {
		runs, err := RunsOf(ctx, s, p.ChannelID, w.Open)
		if err != nil {
			return err
		}
		w.Open.Trim()
		for _, r := range runs {
			if err := w.AddRun(ctx, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// RunsOf cuts a segment into whole row groups of its part and what is left of others.
func RunsOf(ctx context.Context, s *fold.Segment, channelID int64, open mend.Files) ([]Run, error) {
	if !s.Plain() || !s.Cuts[0].Current {
		rows, err := s.Rows(ctx, open)
		return []Run{{s, channelID, s.IDs, -1, rows}}, err
	}
	var out []Run
	var first int64
	c := s.Cuts[0]
	for i, g := range c.Groups {
		from, to := max(c.From, first), min(c.To, first+g.Rows)
		first += g.Rows
		ids := s.IDs.Intersect(collector.Range{Lo: g.MinID, Hi: g.MaxID})
		switch {
		case from >= to:
		case to-from == g.Rows:
			out = append(out, Run{s, channelID, ids, i, g.Rows})
		default:
			out = append(out, Run{&fold.Segment{IDs: ids, Cuts: []part.Cut{{Part: c.Part, From: from, To: to}}}, channelID, ids, -1, to - from})
		}
	}
	return out, nil
}

// AddRun takes a run up, and writes what was gathered before when it is full.
func (w *messageWriter) AddRun(ctx context.Context, r Run) error {
	large := r.group >= 0 && w.enough(r.Rows)
	if len(w.runs) > 0 && (large || w.rows+r.Rows > w.groupRows) {
		if err := w.Flush(ctx); err != nil {
			return err
		}
	}
	w.runs, w.rows = append(w.runs, r), w.rows+r.Rows
	if large {
		return w.Flush(ctx)
	}
	return nil
}

// Rewind forgets what was gathered and is not written.
func (w *messageWriter) Rewind() {
	w.runs, w.rows = w.runs[:0], 0
	w.Open.Close()
}

// written notes that the gathered runs up to n are written.
func (w *messageWriter) written(n int) {
	last := w.runs[n-1]
	w.At = place{last.channelID, last.Ids.Hi + 1}
	w.runs = w.runs[n:]
}

// Flush writes the gathered runs: a single row group as it is, several column by
// column, and row by row where any of them is merged or they are too many to be
// open at once.
func (w *messageWriter) Flush(ctx context.Context) error {
	if len(w.runs) == 0 {
		return nil
	}
	defer w.Rewind()
	if err := ctx.Err(); err != nil {
		return err
	}
	tied, err := w.tied(ctx)
	if err != nil {
		return err
	}
	if tied || len(w.runs) > maxJoined || slices.ContainsFunc(w.runs, func(r Run) bool { return r.group < 0 }) {
		return w.flushRows(ctx)
	}
	groups, sources := make([]parquet.RowGroup, len(w.runs)), make([]spliced, len(w.runs))
	into, splices := w.Out.(*splicedFile)
	copied := splices || len(w.runs) == 1 && w.enough(w.runs[0].Rows)
	for i, r := range w.runs { // before anything is written, for any may be gone
		f, err := w.Open.Open(r.Cuts[0].Part)
		if err != nil {
			return err
		}
		if groups[i], err = w.Out.group(f.Parquet.RowGroups()[r.group], r.channelID); err != nil {
			return err
		}
		copied = copied && Copyable(f.Parquet.Metadata().RowGroups[r.group], w.Out.Schema())
		source, ok := splice.Of(f, r.group)
		sources[i] = spliced{source, groups[i]}
		copied = copied && (ok || !splices)
	}
	if err := w.countGroups(ctx); err != nil {
		return err
	}
	switch {
	case copied && splices:
		err = into.join(ctx, sources)
	case copied:
		_, err = w.Out.WriteRowGroup(groups[0])
	default:
		err = w.flushColumns(ctx, groups)
	}
	if err == nil {
		w.written(len(w.runs))
	}
	return err
}

// tied reports whether any of the gathered rows may be comments.
func (w *messageWriter) tied(ctx context.Context) (bool, error) {
	for _, r := range w.runs {
		if t, err := w.threadsOf(ctx, r.channelID); err != nil || len(t) > 0 {
			return true, err
		}
	}
	return false, nil
}

func (w *messageWriter) threadsOf(ctx context.Context, channelID int64) (fold.Threads, error) {
	if w.threads == nil {
		return nil, nil
	}
	return w.threads(ctx, channelID)
}

// countGroups tallies runs that are row groups. Rows are read only of groups that
// are not their whole part.
func (w *messageWriter) countGroups(ctx context.Context) error {
	if w.Tally == nil {
		return nil
	}
	for _, r := range w.runs {
		c := r.Cuts[0]
		if g := c.Groups[r.group]; g.Rows == c.Rows {
			w.Tally.AddAll(c.Counts)
			continue
		}
		for k, err := range part.PlainRows[fold.Row](ctx, r.groupCut(), w.Open) {
			if err != nil {
				return err
			}
			w.Tally.Add(k.ID, k.Kind, k.Date)
		}
	}
	return nil
}

// Copyable reports whether WriteRowGroup copies the bytes of a row group: they
// must be as layout would write them. Otherwise it would encode the values anew
// in parquet-go's own way, see copyColumn.
func Copyable(g format.RowGroup, schema *parquet.Schema) bool {
	for i, path := range schema.Columns()[:len(g.Columns)] { // without the link, which was made for the file
		leaf, _ := schema.Lookup(path...)
		c := g.Columns[i]
		if c.MetaData.Codec != format.Zstd || c.ColumnIndexOffset == 0 || c.OffsetIndexOffset == 0 {
			return false
		}
		want := format.Plain
		if e := leaf.Node.Encoding(); e != nil {
			want = e.Encoding()
		}
		dictionary := false
		for _, s := range c.MetaData.EncodingStats {
			switch s.PageType {
			case format.DictionaryPage:
				dictionary = true
			case format.DataPageV2:
				if s.Encoding != want {
					return false
				}
			default:
				return false
			}
		}
		if len(c.MetaData.EncodingStats) == 0 || dictionary != (want == format.RLEDictionary) {
			return false
		}
	}
	return true
}

// flushColumns makes one row group of several, column by column.
func (w *messageWriter) flushColumns(ctx context.Context, groups []parquet.RowGroup) error {
	for i, column := range w.Out.ColumnWriters() {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, g := range groups {
			if err := copyColumn(column, g.ColumnChunks()[i]); err != nil {
				return err
			}
		}
	}
	return w.Out.Flush()
}

// copyColumn copies the values of a column. Only whole rows are handed over, as
// the writer demands: parquet-go v0.32.0's own way of joining or re-encoding row
// groups does not see to that, and where a list straddles its buffer it writes
// pages that nothing can read ("does not start at the beginning of a row").
func copyColumn(dst *parquet.ColumnWriter, src parquet.ColumnChunk) error {
	values := parquet.NewColumnChunkValueReader(src)
	defer values.Close()
	buf := make([]parquet.Value, 1024)
	held := 0 // values at the buffer's begin that wait for the rest of their row
	for {
		n, err := values.ReadValues(buf[held:])
		end := err != nil
		if end && !errors.Is(err, io.EOF) {
			return err
		}
		n += held
		whole := n
		for !end && whole > 0 && buf[whole-1].RepetitionLevel() > 0 {
			whole--
		}
		if !end && whole > 0 {
			whole-- // the last row may go on
		}
		if whole > 0 {
			if _, err := dst.WriteRowValues(buf[:whole]); err != nil {
				return err
			}
		}
		if end {
			return nil
		}
		held = n - whole
		for i, v := range buf[whole:n] {
			buf[i] = v.Clone() // its page may be gone when the rest is read
		}
		if held == len(buf) {
			buf = append(buf, make([]parquet.Value, len(buf))...)
		}
	}
}

// flushRows writes the runs row by row as one row group. Where one is not there
// any more, the row group ends before it.
func (w *messageWriter) flushRows(ctx context.Context) error {
	batch := make([]collector.Message, 0, part.StreamRows)
	write := func() error {
		err := w.Out.write(batch)
		clear(batch)
		batch = batch[:0]
		return err
	}
	end := func() error { return cmp.Or(write(), w.Out.Flush()) }
	for len(w.runs) > 0 {
		w.Open.Trim()
		comments, err := w.threadsOf(ctx, w.runs[0].channelID)
		if err != nil {
			return cmp.Or(end(), err)
		}
		for m, err := range runRows(ctx, w.runs[0], w.Open) {
			if err != nil {
				return cmp.Or(end(), err)
			}
			comments.Tie(m)
			if w.Tally != nil {
				w.Tally.Add(m.ID, m.Kind, m.Date.UnixMicro())
			}
			if batch = append(batch, *m); len(batch) == cap(batch) {
				if err := write(); err != nil {
					return err
				}
			}
		}
		w.written(1)
	}
	return end()
}

// runRows yields the rows of a run.
func runRows(ctx context.Context, r Run, open mend.Files) iter.Seq2[*collector.Message, error] {
	if r.group < 0 {
		return fold.SegmentRows[collector.Message](ctx, r.Segment, open)
	}
	return part.PlainRows[collector.Message](ctx, r.groupCut(), open)
}

// groupCut is the rows of a run that is a row group.
func (r Run) groupCut() part.Cut {
	c := r.Cuts[0]
	c.From = 0
	for _, g := range c.Groups[:r.group] {
		c.From += g.Rows
	}
	c.To = c.From + r.Rows
	return c
}
