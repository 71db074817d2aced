package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"path/filepath"
	"slices"
	"sync"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
)

// ErrReplaced says that another holder of the lease has written since.
var ErrReplaced = errors.New("the writer was replaced by another one")

// How parts are merged.
const (
	// largeRows is how many rows a merged part has at most, about.
	largeRows = 2_000_000

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
func (w *compactWriter) Compact(ctx context.Context, channelID int64) error {
	w.compacting.Lock()
	defer w.compacting.Unlock()
	// Parts that are found damaged are set aside: then it begins anew.
	return retry(func() error { return w.compact(ctx, channelID) })
}

func (w *compactWriter) compact(ctx context.Context, channelID int64) error {
	c, err := w.takeStock(ctx, channelID)
	if err == nil && c != nil {
		defer c.open.Close()
		for _, step := range c.steps() {
			if err = step(ctx); err != nil {
				break
			}
		}
	}
	if err == nil {
		err = w.compactVersions(ctx, channelID)
	}
	if err != nil {
		return fmt.Errorf("compact channel %d: %w", channelID, err)
	}
	return nil
}

// compactWriter also merges parts.
type compactWriter struct {
	*baseWriter

	largeRows int64 // of a merged part, at most

	compacting sync.Mutex
}

// compaction is one merging of parts.
type compaction struct {
	w        *compactWriter
	folder   *bucket.Index[*part]
	revision revision // of the merged parts
	chosen   []*part  // to merge, oldest revision first
	plan     *plan    // of the chosen
	outputs  []output
	open     files
}

// output is a merged part to write.
type output struct {
	runs    []run
	covered []cover
	lost    lost // by damage, of any of the chosen; in the first output
}

// takeStock decides what to merge; nil when nothing is worth it. Parts that are
// put later have higher revisions than the merged ones.
func (w *compactWriter) takeStock(ctx context.Context, channelID int64) (*compaction, error) {
	if err := cmp.Or(w.err, ctx.Err()); err != nil {
		return nil, err
	}
	c := &compaction{w: w, folder: w.messageParts.Channel(channelID), open: files{}}
	w.puts.Lock()
	parts, _, err := c.folder.Snapshot(ctx)
	c.revision = w.next()
	w.puts.Unlock()
	if err != nil {
		return nil, err
	}
	var rest []*part
	if c.chosen, rest = choose(parts, w.largeRows); len(c.chosen) == 0 {
		return nil, nil
	}
	if newest := c.chosen[len(c.chosen)-1].revision; newest.compare(c.revision) >= 0 {
		return nil, ErrReplaced
	}
	if c.plan, err = newPlan(channelID, c.chosen); err != nil {
		return nil, err
	}
	if err = c.layOut(ctx, mergeCovered(c.chosen, rest)); err == nil {
		c.outputs[0].lost = stillLost(c.chosen, parts)
	}
	return c, err
}

// stillLost is what the chosen parts have lost to damage and nobody looked at since.
func stillLost(chosen, all []*part) (out lost) {
	for _, p := range chosen {
		if left := p.lost.left(all); len(left) > 0 {
			out = out.join(lost{left, p.lost.Rows, p.lost.At})
		}
	}
	return out
}

// choose returns the parts to merge, oldest first, and those to leave alone. No
// part that is left alone and overlaps a chosen one is newer than any of these,
// so that the merged part may win over all of them.
func choose(parts []*part, large int64) (chosen, rest []*part) {
	sorted := slices.SortedFunc(slices.Values(parts), func(a, b *part) int {
		return cmp.Or(a.revision.compare(b.revision), cmp.Compare(a.lo, b.lo), cmp.Compare(a.path, b.path))
	})
	first := len(sorted)
	var newer int64
	for i, p := range slices.Backward(sorted) {
		if p.weight() <= worthwhile*newer {
			first = i
		}
		newer += p.weight()
	}
	rest = slices.Clone(sorted[:first])
	for _, p := range sorted[first:] {
		if p.settled(sorted[first:], large) {
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

func (p *part) weight() int64 { return p.Rows + partWeight }

// settled reports whether the part is large and none of the others overlaps it:
// there is nothing to gain by writing it again.
func (p *part) settled(others []*part, large int64) bool {
	return p.current && p.Rows >= large/2 && !slices.ContainsFunc(others, func(o *part) bool {
		return o != p && o.lo <= p.hi && p.lo <= o.hi
	})
}

// layOut distributes the rows over parts.
func (c *compaction) layOut(ctx context.Context, covered []cover) error {
	var all []run
	for _, s := range c.plan.segments {
		runs, err := s.runs(ctx, c.plan.channelID, c.open)
		if err != nil {
			return err
		}
		all = append(all, runs...)
		c.open.trim()
	}
	lo := c.plan.lowest()
	for first := true; first || len(all) > 0; first = false {
		var rows int64
		n := 0
		for n < len(all) && (n == 0 || rows+all[n].rows <= c.w.largeRows) {
			rows += all[n].rows
			n++
		}
		hi := c.plan.highest()
		if n < len(all) {
			hi = all[n].ids.Lo - 1
		}
		c.outputs = append(c.outputs, output{runs: all[:n], covered: within(covered, collector.Range{Lo: lo, Hi: hi})})
		all, lo = all[n:], hi+1
	}
	return nil
}

// steps are what makes the compaction, each leaving everything readable: first
// what the merged parts cannot hold, then they, then their sources go.
func (c *compaction) steps() []func(context.Context) error {
	steps := []func(context.Context) error{c.keepVersions}
	for _, o := range c.outputs {
		steps = append(steps, func(ctx context.Context) error { return c.write(ctx, o) })
	}
	for _, p := range c.chosen {
		steps = append(steps, func(ctx context.Context) error { return c.Remove(ctx, p) })
	}
	return steps
}

// write puts a merged part.
func (c *compaction) write(ctx context.Context, o output) error {
	at := extentOf(o)
	name := partName(at.Lo, c.revision)
	size, err := bucket.Put(c.folder.Dir, name, checked(func(f io.Writer) error {
		out := newMessageWriter(f, partCodec(), c.w.groupRows)
		defer out.open.Close()
		out.tally = &counts{}
		for _, r := range o.runs {
			if err := out.addRun(ctx, r); err != nil {
				return err
			}
		}
		if err := out.flush(ctx); err != nil {
			return err
		}
		metadata := map[string]any{coveredKey: o.covered, countsKey: *out.tally}
		if o.lost.Rows > 0 {
			metadata[lostKey] = o.lost
		}
		return closeFile(out.out, metadata)
	}))
	if err != nil {
		return fmt.Errorf("write ids %d to %d: %w", at.Lo, at.Hi, err)
	}
	p, err := loadPart(filepath.Join(c.folder.Dir, name))
	if err != nil {
		return fmt.Errorf("read the merged part: %w", err)
	}
	c.folder.Add(name, p, size)
	return nil
}

// extentOf returns between which ids everything of an output lies.
func extentOf(o output) collector.Range {
	var ids []collector.Range
	for _, r := range o.runs {
		ids = append(ids, r.ids)
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

func (c *compaction) Remove(ctx context.Context, p *part) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.open.closePart(p)
	return c.folder.Remove(filepath.Base(p.path))
}

// keepVersions puts the wordings that only the chosen parts have.
func (c *compaction) keepVersions(ctx context.Context) error {
	folder := c.w.versionParts.Channel(c.plan.channelID)
	all, _, err := folder.Snapshot(ctx)
	if err != nil {
		return err
	}
	var near []*part
	for _, p := range all {
		if p.lo <= c.plan.highest() && c.plan.lowest() <= p.hi {
			near = append(near, p)
		}
	}
	ch := &chronicle{c.plan.segments, near, c.open}
	if ch.trivial() {
		return nil
	}
	return c.w.putVersions(folder, c.earlier(ctx, ch))
}

// earlier yields what is to be kept of the chosen parts' wordings.
func (c *compaction) earlier(ctx context.Context, ch *chronicle) iter.Seq2[keptRow, error] {
	return func(yield func(keptRow, error) bool) {
		chosen := map[revision]bool{}
		for _, p := range c.chosen {
			chosen[p.revision] = true
		}
		for h, err := range ch.histories(ctx) {
			if err != nil {
				yield(keptRow{}, err)
				return
			}
			seen := slices.DeleteFunc(h.seen, func(o observation) bool { return !chosen[o.revision] })
			out := runs(seen)
			if len(out) < 2 && !slices.ContainsFunc(seen, func(o observation) bool { return o.kept }) {
				continue // the merged row tells everything
			}
			out[len(out)-1].revision = c.revision
			for _, o := range out {
				if !yield(o.keep(), nil) {
					return
				}
			}
		}
	}
}

// putVersions puts a part of versions, unless there are no rows.
func (w *compactWriter) putVersions(f *bucket.Index[*part], rows iter.Seq2[keptRow, error]) error {
	next, stop := iter.Pull2(rows)
	defer stop()
	row, err, ok := next()
	if !ok {
		return nil
	}
	name := func(r revision) string { return r.String() + bucket.PartSuffix }
	stored, size, err := w.Put(f.Dir, name, func(f io.Writer) error {
		out := newFile[keptRow](f, partCodec())
		batch := make([]keptRow, 0, streamRows)
		for ; ok; row, err, ok = next() {
			if err != nil {
				return err
			}
			if batch = append(batch, row); len(batch) == cap(batch) {
				if err := writeRows(out, batch); err != nil {
					return err
				}
				clear(batch)
				batch = batch[:0]
			}
		}
		return writeFile(out, batch, nil)
	})
	if err != nil {
		return fmt.Errorf("keep earlier wordings: %w", err)
	}
	p, err := loadVersions(filepath.Join(f.Dir, stored))
	if err != nil {
		return fmt.Errorf("read the kept wordings: %w", err)
	}
	f.Add(stored, p, size)
	return nil
}

// compactVersions merges a channel's parts of versions as Compact does.
func (w *compactWriter) compactVersions(ctx context.Context, channelID int64) error {
	f := w.versionParts.Channel(channelID)
	parts, _, err := f.Snapshot(ctx)
	if err != nil {
		return err
	}
	chosen, _ := choose(parts, math.MaxInt64)
	if len(chosen) == 0 {
		return nil
	}
	live, _, err := w.messageParts.Channel(channelID).Snapshot(ctx)
	if err != nil {
		return err
	}
	open := files{}
	defer open.Close()
	if err := w.putVersions(f, condensed(ctx, chosen, live, open)); err != nil {
		return err
	}
	for _, p := range chosen {
		if err := f.Remove(filepath.Base(p.path)); err != nil {
			return err
		}
	}
	return nil
}

// condensed yields the rows of parts of versions, neighbours with the same
// wording as one: only where no part of messages has the revision of the first,
// nor one between theirs, and might still need it.
func condensed(ctx context.Context, parts, live []*part, open files) iter.Seq2[keptRow, error] {
	return func(yield func(keptRow, error) bool) {
		kept, err := newKeptStream(parts, open)
		defer kept.Close()
		for n := 0; err == nil && kept.more; n++ {
			if n%streamRows == 0 && ctx.Err() != nil {
				err = ctx.Err()
				break
			}
			id := kept.id
			var seen []observation
			if seen, err = kept.take(id); err != nil {
				break
			}
			for i, o := range seen {
				if i+1 < len(seen) && sameWording(&o.row, &seen[i+1].row) && !needs(live, id, o.revision, seen[i+1].revision) {
					seen[i+1] = o.join(seen[i+1])
					continue
				}
				if !yield(o.keep(), nil) {
					return
				}
			}
		}
		if err != nil {
			yield(keptRow{}, err)
		}
	}
}

// needs reports whether a part of messages that may speak of the id has a
// revision from a up to, without, b, or may belong there as past ones do.
func needs(parts []*part, id int64, a, b revision) bool {
	return slices.ContainsFunc(parts, func(p *part) bool {
		between := p.revision.compare(a) >= 0 && p.revision.compare(b) < 0 || a.major == 0 && p.revision.major == 0
		return p.lo <= id && id <= p.hi && between
	})
}
