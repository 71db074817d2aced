package compact

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math"
	"path"
	"slices"
	"sync"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/derived"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/put"
	"telegramtrac/collector/dataset/table"
)

// ErrReplaced says that another holder of the lease has written since.
var ErrReplaced = errors.New("the writer was replaced by another one")

// How parts are merged.
const (
	// LargeRows is how many rows a merged part has at most, about.
	LargeRows = 2_000_000

	// partWeight is how many rows a part costs as much as, be it ever so small.
	partWeight = 500

	// worthwhile: parts are merged with an older one when that is at most so many
	// times as heavy as they are together.
	worthwhile = 2
)

// Compact merges a channel's parts into large ones, with row groups of about
// 100,000 rows, in constant memory. It is for channels that are not being
// collected just now, but harms nothing if they are.
//
// It merges the newest parts, as many as are worth it: each older part is joined
// as soon as it is at most twice as heavy as everything newer. So a channel has
// few parts, their number growing with the logarithm of its rows, a row is
// written again a logarithmic number of times, and a large channel that grew by
// little is left alone but for its tail.
//
// The merged part has a revision above those of its sources, which makes its rows
// win over theirs, so that it does not matter when they are removed, nor which of
// them are still there after a crash: the next Compact merges them once more.
// What it covers is the union of theirs. Whoever is reading a removed part goes
// on reading it; whoever was about to open it finds the merged one.
//
// It fails with ErrReplaced when another holder of the lease has written.
func (w *Writer) Compact(ctx context.Context, channelID int64) error {
	w.Compacting.Lock()
	defer w.Compacting.Unlock()
	// Parts that are found damaged are set aside: then it begins anew.
	return fold.Retry(func() error {
		err := w.compact(ctx, channelID)
		if err == nil || ctx.Err() != nil || errors.Is(err, ErrReplaced) || errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return errors.Join(err, w.lookAgain(ctx, channelID))
	})
}

// lookAgain looks for what may have made a compaction fail: parts that were whole when they
// were looked through, perhaps weeks ago, and are not any more.
func (w *Writer) lookAgain(ctx context.Context, channelID int64) error {
	var all []*part.Part
	for _, folder := range []*bucket.Index[*part.Part]{w.MessageParts.Channel(channelID), w.VersionParts.Channel(channelID)} {
		parts, _, err := folder.Snapshot(ctx)
		if err != nil {
			return err
		}
		all = append(all, parts...)
	}
	for _, p := range all {
		if err := cmp.Or(ctx.Err(), mend.LookAgain(p)); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) compact(ctx context.Context, channelID int64) error {
	c, err := w.TakeStock(ctx, channelID)
	if c != nil {
		defer c.Open.Close()
	}
	if err == nil && c != nil {
		for _, step := range c.Steps() {
			if err = step(ctx); err != nil {
				break
			}
		}
	}
	if err == nil {
		err = w.compactVersions(ctx, channelID)
	}
	if err == nil {
		err = w.derive(ctx, channelID)
	}
	if err != nil {
		return fmt.Errorf("compact channel %d: %w", channelID, err)
	}
	return nil
}

// derive makes what is derived of a channel's large parts, where it is not there.
func (w *Writer) derive(ctx context.Context, channelID int64) error {
	parts, _, err := w.MessageParts.Channel(channelID).Snapshot(ctx)
	for _, p := range parts {
		if err == nil {
			err = derived.Ensure(ctx, p)
		}
	}
	return err
}

// Writer also merges parts.
type Writer struct {
	*put.Writer

	LargeRows int64 // of a merged part, at most

	Compacting sync.Mutex
}

// New returns a writer for the holder of a lease, see [put.New].
func New(c *catalog.Catalog, lease uint64) *Writer {
	return &Writer{Writer: put.New(c, lease), LargeRows: LargeRows}
}

// Compaction is one merging of parts.
type Compaction struct {
	w        *Writer
	Folder   *bucket.Index[*part.Part]
	Revision part.Revision // of the merged parts
	Chosen   []*part.Part  // to merge, oldest revision first
	plan     *fold.Plan    // of the chosen
	Outputs  []output
	Open     mend.Files
}

// output is a merged part to write.
type output struct {
	runs    []table.Run
	covered []part.Cover
	lost    part.Lost // by damage, of any of the chosen; in the first output
}

// TakeStock decides what to merge; nil when nothing is worth it. Parts that are
// put later have higher revisions than the merged ones.
func (w *Writer) TakeStock(ctx context.Context, channelID int64) (*Compaction, error) {
	if err := cmp.Or(w.Err, ctx.Err()); err != nil {
		return nil, err
	}
	c := &Compaction{w: w, Folder: w.MessageParts.Channel(channelID), Open: mend.Files{}}
	w.Puts.Lock()
	parts, _, err := c.Folder.Snapshot(ctx)
	c.Revision = w.Next()
	w.Puts.Unlock()
	if err != nil {
		return nil, err
	}
	var rest []*part.Part
	if c.Chosen, rest = choose(parts, w.LargeRows); len(c.Chosen) == 0 {
		return nil, nil
	}
	if newest := c.Chosen[len(c.Chosen)-1].Revision; newest.Compare(c.Revision) >= 0 {
		return nil, ErrReplaced
	}
	if c.plan, err = fold.NewPlan(channelID, c.Chosen); err != nil {
		return nil, err
	}
	if err = c.layOut(ctx, MergeCovered(c.Chosen, rest)); err == nil {
		c.Outputs[0].lost = stillLost(c.Chosen, parts)
	}
	return c, err
}

// stillLost is what the chosen parts have lost to damage and nobody looked at since.
func stillLost(chosen, all []*part.Part) (out part.Lost) {
	for _, p := range chosen {
		if left := p.Lost.Left(all); len(left) > 0 {
			out = out.Join(part.Lost{Ranges: left, Rows: p.Lost.Rows, At: p.Lost.At})
		}
	}
	return out
}

// choose returns the parts to merge, oldest first, and those to leave alone. No
// part that is left alone and overlaps a chosen one is newer than any of these,
// so that the merged part may win over all of them.
func choose(parts []*part.Part, large int64) (chosen, rest []*part.Part) {
	sorted := slices.SortedFunc(slices.Values(parts), func(a, b *part.Part) int {
		return cmp.Or(a.Revision.Compare(b.Revision), cmp.Compare(a.Lo, b.Lo), cmp.Compare(a.Name, b.Name))
	})
	first := len(sorted)
	var newer int64
	for i, p := range slices.Backward(sorted) {
		if weight(p) <= worthwhile*newer {
			first = i
		}
		newer += weight(p)
	}
	rest = slices.Clone(sorted[:first])
	for _, p := range sorted[first:] {
		if settled(p, sorted[first:], large) {
			rest = append(rest, p)
		} else {
			chosen = append(chosen, p)
		}
	}
	if len(chosen) < 2 {
		return nil, sorted
	}
	return chosen, rest
}

func weight(p *part.Part) int64 { return p.Rows + partWeight }

// settled reports whether the part is large and none of the others overlaps it:
// there is nothing to gain by writing it again.
func settled(p *part.Part, others []*part.Part, large int64) bool {
	return p.Current && p.Rows >= large/2 && !slices.ContainsFunc(others, func(o *part.Part) bool {
		return o != p && o.Lo <= p.Hi && p.Lo <= o.Hi
	})
}

// layOut distributes the rows over parts.
func (c *Compaction) layOut(ctx context.Context, covered []part.Cover) error {
	var all []table.Run
	for _, s := range c.plan.Segments {
		runs, err := table.RunsOf(ctx, s, c.plan.ChannelID, c.Open)
		if err != nil {
			return err
		}
		all = append(all, runs...)
		c.Open.Trim()
	}
	lo := c.plan.Lowest()
	for first := true; first || len(all) > 0; first = false {
		var rows int64
		n := 0
		for n < len(all) && (n == 0 || rows+all[n].Rows <= c.w.LargeRows) {
			rows += all[n].Rows
			n++
		}
		hi := c.plan.Highest()
		if n < len(all) {
			hi = all[n].Ids.Lo - 1
		}
		c.Outputs = append(c.Outputs, output{runs: all[:n], covered: within(covered, collector.Range{Lo: lo, Hi: hi})})
		all, lo = all[n:], hi+1
	}
	return nil
}

// Steps are what makes the compaction, each leaving everything readable: first
// what the merged parts cannot hold, then they, then their sources go.
func (c *Compaction) Steps() []func(context.Context) error {
	steps := []func(context.Context) error{c.keepVersions}
	for _, o := range c.Outputs {
		steps = append(steps, func(ctx context.Context) error { return c.write(ctx, o) })
	}
	for _, p := range c.Chosen {
		steps = append(steps, func(ctx context.Context) error { return c.Remove(ctx, p) })
	}
	return steps
}

// write puts a merged part.
func (c *Compaction) write(ctx context.Context, o output) error {
	at := extentOf(o)
	name := part.PartName(at.Lo, c.Revision)
	place := path.Join(c.Folder.Dir, name)
	size, err := c.Folder.In.Put(place, part.Checked(func(f io.Writer) error {
		out, err := table.NewPartWriter(f, part.PartCodec(), c.w.GroupRows)
		if err != nil {
			return err
		}
		defer out.Open.Close()
		out.Tally = &part.Counts{}
		for _, r := range o.runs {
			if err := out.AddRun(ctx, r); err != nil {
				return err
			}
		}
		if err := out.Flush(ctx); err != nil {
			return err
		}
		metadata := map[string]any{part.CoveredKey: o.covered, part.CountsKey: *out.Tally}
		if o.lost.Rows > 0 {
			metadata[part.LostKey] = o.lost
		}
		return part.Close(out.Out, metadata)
	}))
	if err != nil {
		return fmt.Errorf("write ids %d to %d: %w", at.Lo, at.Hi, err)
	}
	p, err := part.LoadPart(c.Folder.In, place)
	if err != nil {
		return fmt.Errorf("read the merged part: %w", err)
	}
	c.Folder.Add(name, p, size)
	return nil
}

// extentOf returns between which ids everything of an output lies.
func extentOf(o output) collector.Range {
	var ids []collector.Range
	for _, r := range o.runs {
		ids = append(ids, r.Ids)
	}
	for _, c := range o.covered {
		ids = append(ids, c.Ranges...)
	}
	all := collector.NewRanges(ids...)
	if len(all) == 0 {
		return collector.Range{Lo: 0, Hi: -1}
	}
	return collector.Range{Lo: all[0].Lo, Hi: all[len(all)-1].Hi}
}

// Remove removes a source of the merged parts, also of a compaction that is being stopped:
// it takes no time, and what stayed would fill the workspace twice until the next one, which
// would have to merge everything again.
func (c *Compaction) Remove(_ context.Context, p *part.Part) error {
	c.Open.ClosePart(p)
	return c.Folder.Remove(path.Base(p.Name))
}

// keepVersions puts the wordings that only the chosen parts have.
func (c *Compaction) keepVersions(ctx context.Context) error {
	folder := c.w.VersionParts.Channel(c.plan.ChannelID)
	all, _, err := folder.Snapshot(ctx)
	if err != nil {
		return err
	}
	var near []*part.Part
	for _, p := range all {
		if p.Lo <= c.plan.Highest() && c.plan.Lowest() <= p.Hi {
			near = append(near, p)
		}
	}
	ch := &fold.Chronicle{Segments: c.plan.Segments, Versions: near, Open: c.Open}
	if ch.Trivial() {
		return nil
	}
	return c.w.putVersions(folder, c.earlier(ctx, ch))
}

// earlier yields what is to be kept of the chosen parts' wordings.
func (c *Compaction) earlier(ctx context.Context, ch *fold.Chronicle) iter.Seq2[part.KeptRow, error] {
	return func(yield func(part.KeptRow, error) bool) {
		chosen := map[part.Revision]bool{}
		for _, p := range c.Chosen {
			chosen[p.Revision] = true
		}
		for h, err := range ch.Histories(ctx) {
			if err != nil {
				yield(part.KeptRow{}, err)
				return
			}
			seen := slices.DeleteFunc(h.Seen, func(o fold.Observation) bool { return !chosen[o.Revision] })
			out := fold.Runs(seen)
			if len(out) < 2 && !slices.ContainsFunc(seen, func(o fold.Observation) bool { return o.Stored }) {
				continue // the merged row tells everything
			}
			out[len(out)-1].Revision = c.Revision
			for _, o := range out {
				if !yield(o.Keep(), nil) {
					return
				}
			}
		}
	}
}

// putVersions puts a part of versions, unless there are no rows.
func (w *Writer) putVersions(f *bucket.Index[*part.Part], rows iter.Seq2[part.KeptRow, error]) error {
	next, stop := iter.Pull2(rows)
	defer stop()
	row, failed, ok := next()
	if !ok {
		return nil
	}
	err := put.Into(w.Writer, f, w.Next, part.Revision.File, func(f io.Writer) error {
		out := part.NewWriter[part.KeptRow](f, part.PartCodec())
		batch := make([]part.KeptRow, 0, part.StreamRows)
		for ; ok; row, failed, ok = next() {
			if failed != nil {
				return failed
			}
			if batch = append(batch, row); len(batch) == cap(batch) {
				if err := part.WriteRows(out, batch); err != nil {
					return err
				}
				clear(batch)
				batch = batch[:0]
			}
		}
		return part.Write(out, batch, nil)
	}, func(name string, _ part.Revision, _ int64) (*part.Part, error) { return part.LoadVersions(f.In, name) })
	if err != nil {
		return fmt.Errorf("keep earlier wordings: %w", err)
	}
	return nil
}

// compactVersions merges a channel's parts of versions as Compact does.
func (w *Writer) compactVersions(ctx context.Context, channelID int64) error {
	f := w.VersionParts.Channel(channelID)
	parts, _, err := f.Snapshot(ctx)
	if err != nil {
		return err
	}
	chosen, _ := choose(parts, math.MaxInt64)
	if len(chosen) == 0 {
		return nil
	}
	live, _, err := w.MessageParts.Channel(channelID).Snapshot(ctx)
	if err != nil {
		return err
	}
	open := mend.Files{}
	defer open.Close()
	if err := w.putVersions(f, condensed(ctx, chosen, live, open)); err != nil {
		return err
	}
	for _, p := range chosen {
		if err := f.Remove(path.Base(p.Name)); err != nil {
			return err
		}
	}
	return nil
}

// condensed yields the rows of parts of versions, neighbours with the same
// wording as one: only where no part of messages has the revision of the first,
// nor one between theirs, and might still need it.
func condensed(ctx context.Context, parts, live []*part.Part, open mend.Files) iter.Seq2[part.KeptRow, error] {
	return func(yield func(part.KeptRow, error) bool) {
		kept, err := fold.NewKeptStream(parts, open)
		defer kept.CloseAll()
		for n := 0; err == nil && kept.More; n++ {
			if n%part.StreamRows == 0 && ctx.Err() != nil {
				err = ctx.Err()
				break
			}
			id := kept.ID
			var seen []fold.Observation
			if seen, err = kept.Take(id); err != nil {
				break
			}
			for i, o := range seen {
				if i+1 < len(seen) && fold.SameWording(&o.Row, &seen[i+1].Row) && !needs(live, id, o.Revision, seen[i+1].Revision) {
					seen[i+1] = o.Join(seen[i+1])
					continue
				}
				if !yield(o.Keep(), nil) {
					return
				}
			}
		}
		if err != nil {
			yield(part.KeptRow{}, err)
		}
	}
}

// needs reports whether a part of messages that may speak of the id has a
// revision from a up to, without, b, or may belong there as past ones do.
func needs(parts []*part.Part, id int64, a, b part.Revision) bool {
	return slices.ContainsFunc(parts, func(p *part.Part) bool {
		between := p.Revision.Compare(a) >= 0 && p.Revision.Compare(b) < 0 || a.Major == 0 && p.Revision.Major == 0
		return p.Lo <= id && id <= p.Hi && between
	})
}
