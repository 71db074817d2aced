package put

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// Writer puts what is collected into a Dataset. It implements collector.Store
// and is safe for concurrent use. There is nothing to close.
type Writer struct {
	*catalog.Catalog
	Major uint64
	codec *part.Codec
	turns chan struct{}            // one for each part that is being written
	idle  chan *part.MessageWriter // between parts
	Err   error                    // why the newest revision could not be found out

	written atomic.Int64 // bytes

	Puts sync.RWMutex // read: a part is on its way; write: a compaction takes stock

	mu     sync.Mutex
	minor  uint32
	latest map[catalog.PeerKey]uint64 // the hash of what was written last
	seed   maphash.Seed
}

// New returns a writer for the holder of a lease. Its parts have higher
// revisions than everything in the folder at this moment, so it is to be made
// when the lease is acquired, not later: what an earlier holder writes late
// then loses. The lease's number counts as long as it is higher than what the
// folder has; after all leases were lost and count from one again, revisions
// still grow.
func New(d *catalog.Catalog, lease uint64) *Writer {
	w := &Writer{Catalog: d, Major: lease, codec: part.PartCodec(),
		turns: make(chan struct{}, writers), idle: make(chan *part.MessageWriter, writers),
		latest: map[catalog.PeerKey]uint64{}, seed: maphash.MakeSeed()}
	newest, err := newestMajor(d.In)
	if err != nil {
		w.Err = fmt.Errorf("find the newest revision: %w", err)
	}
	if lease <= newest {
		w.Major = newest + max(lease, 1)
	}
	return w
}

// newestMajor looks through the names of all parts.
func newestMajor(in bucket.Files) (newest uint64, err error) {
	err = bucket.Walk(in, "", func(name string) {
		if r, err := part.RevisionOf(path.Base(name)); err == nil && strings.HasSuffix(name, bucket.PartSuffix) {
			newest = max(newest, r.Major)
		}
	})
	return newest, err
}

func (w *Writer) Next() part.Revision {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.minor++
	return part.Revision{Major: w.Major, Minor: w.minor}
}

// Covered returns the ids of a channel that the source has accounted for.
func (w *Writer) Covered(ctx context.Context, channelID int64, source string) (collector.Ranges, error) {
	return w.covered(ctx, channelID, func(c part.Cover) bool { return c.Source == source })
}

// CoveredBetween is Covered by what was observed between two times.
func (w *Writer) CoveredBetween(ctx context.Context, channelID int64, source string, from, to time.Time) (collector.Ranges, error) {
	return w.covered(ctx, channelID, func(c part.Cover) bool {
		return c.Source == source && !c.ObservedAt.Before(from) && !c.ObservedAt.After(to)
	})
}

func (w *Writer) covered(ctx context.Context, channelID int64, by func(part.Cover) bool) (collector.Ranges, error) {
	parts, err := w.wholeParts(ctx, channelID)
	if err != nil {
		return nil, err
	}
	var rs []collector.Range
	for _, p := range parts {
		for _, c := range p.Covered {
			if by(c) {
				rs = append(rs, c.Ranges...)
			}
		}
	}
	return collector.NewRanges(rs...), nil
}

// wholeParts lists a channel's parts, each looked through: what is damaged of them is
// taken out first, so that it counts as missing.
func (w *Writer) wholeParts(ctx context.Context, channelID int64) (parts []*part.Part, err error) {
	err = fold.Retry(func() error {
		if parts, _, err = w.MessageParts.Channel(channelID).Snapshot(ctx); err != nil {
			return err
		}
		for _, p := range parts {
			if err := cmp.Or(ctx.Err(), mend.LookThrough(p)); err != nil {
				return err
			}
		}
		return nil
	})
	return parts, err
}

// Count tells what the dataset holds of a channel within the range. Absent
// counts only what a source that can prove absence has covered.
func (w *Writer) Count(ctx context.Context, channelID int64, r collector.Range) (collector.Count, error) {
	return fold.Of(ctx, w.Rows, channelID, func(p *fold.Plan) (collector.Count, error) { return p.Count(ctx, r) })
}

// PutPart keeps a part for good: when it returns nil, the part survives a power
// cut, and Covered and Count know it. Messages outside of the part's range are
// an error; of several with one id the first is kept.
func (w *Writer) PutPart(ctx context.Context, p collector.Part) error {
	if err := cmp.Or(w.Err, ctx.Err()); err != nil {
		return err
	}
	rows, err := PartRows(p)
	if err != nil {
		return err
	}
	// The peers come first: once the part is there, its range is not asked again.
	if err := w.putPeers(p.Peers, p.ObservedAt); err != nil {
		return err
	}
	rows, err = w.leaveBehind(ctx, p, rows)
	if err != nil {
		return fmt.Errorf("put ids %d to %d of channel %d: %w", p.Range.Lo, p.Range.Hi, p.ChannelID, err)
	}
	rows, known, err := w.keepReadable(ctx, p.ChannelID, rows)
	if err != nil {
		return fmt.Errorf("put ids %d to %d of channel %d: %w", p.Range.Lo, p.Range.Hi, p.ChannelID, err)
	}
	covered := part.Cover{Source: p.Source, ObservedAt: p.ObservedAt.UTC(), ProvedAt: p.ProvedAt.UTC(),
		Proven: collector.ProvesAbsence(p.Source)}
	switch {
	case p.Loose:
	case p.Covered != nil:
		covered.Ranges = p.Covered
	default:
		covered.Ranges = collector.NewRanges(p.Range)
	}
	covered.Ranges = covered.Ranges.Without(known)
	if err := w.PutRows(p.ChannelID, p.Range.Lo, rows, covered); err != nil {
		return fmt.Errorf("put ids %d to %d of channel %d: %w", p.Range.Lo, p.Range.Hi, p.ChannelID, err)
	}
	return nil
}

// PutRows puts rows, ascending by id, as a part whose name begins with lo.
func (w *Writer) PutRows(channelID, lo int64, rows []*collector.Message, covered part.Cover) error {
	return w.putPart(channelID, lo, rows, covered, w.Next)
}

// putPart is PutRows under the first free one of some revisions.
func (w *Writer) putPart(channelID, lo int64, rows []*collector.Message, covered part.Cover, next func() part.Revision) error {
	out := part.NewPart(rows, covered, w.GroupRows)
	w.Puts.RLock() // from the choice of the revision until the part is known
	defer w.Puts.RUnlock()
	f := w.MessageParts.Channel(channelID)
	return Into(w, f, next, func(r part.Revision) string { return part.PartName(lo, r) },
		func(f io.Writer) error { return w.WriteMessages(f, rows, out.Metadata()) },
		func(name string, r part.Revision, size int64) (*part.Part, error) {
			out.In, out.Name, out.Revision, out.Size = f.In, name, r, size
			return out, nil
		})
}

// PartRows makes a part's messages what is stored: clean, each id once, ascending. They
// are the part's own, not copies: rows are large, and copying them took as long as
// compressing them.
func PartRows(p collector.Part) ([]*collector.Message, error) {
	if p.Range.Lo < 0 || p.Range.Len() == 0 {
		return nil, fmt.Errorf("put a part of channel %d: its range is %d to %d", p.ChannelID, p.Range.Lo, p.Range.Hi)
	}
	rows := ascending(p.Messages)
	for _, m := range rows {
		if !p.Range.Contains(m.ID) {
			return nil, fmt.Errorf("put ids %d to %d of channel %d: a message has id %d",
				p.Range.Lo, p.Range.Hi, p.ChannelID, m.ID)
		}
		m.ChannelID, m.FirstSeenAt, m.LastSeenAt = p.ChannelID, p.ObservedAt, p.ObservedAt
	}
	part.CleanMessages(rows)
	return rows, nil
}

// ascending points at messages in order of ids, at the first of several with one id.
func ascending(messages []collector.Message) []*collector.Message {
	rows := part.Pointers(messages)
	descends := func(i int) bool { return i == 0 || rows[i].ID < rows[i-1].ID }
	for i := range rows {
		if !descends(i) {
			slices.SortStableFunc(rows, func(a, b *collector.Message) int { return cmp.Compare(a.ID, b.ID) })
			return slices.CompactFunc(rows, func(a, b *collector.Message) bool { return a.ID == b.ID })
		}
	}
	slices.Reverse(rows)
	return rows
}

// PutChannel keeps a channel's details and the peers named with it. Every call
// adds a part, so that the details of earlier days stay.
func (w *Writer) PutChannel(ctx context.Context, ch collector.Channel) error {
	if err := cmp.Or(w.Err, ctx.Err()); err != nil {
		return err
	}
	if err := w.putPeers(ch.Peers, ch.LastSeenAt); err != nil {
		return err
	}
	ch.Peers, ch.FirstSeenAt = nil, ch.LastSeenAt
	part.Clean(&ch)
	f := w.DetailFiles.Channel(ch.ID)
	kept, _, err := f.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("put details of channel %d: %w", ch.ID, err)
	}
	next := w.Next
	if slices.ContainsFunc(kept, func(d fold.Details) bool { return collector.StaysBehind(ch.Source, d.Channel.Source) }) {
		next = past(ch.LastSeenAt, nil)
	}
	err = Into(w, f, next, part.Revision.File, part.Rows(ch), func(_ string, r part.Revision, _ int64) (fold.Details, error) {
		return fold.Details{Revision: r, Channel: ch}, nil
	})
	if err != nil {
		return fmt.Errorf("put details of channel %d: %w", ch.ID, err)
	}
	return nil
}

// PutPeers keeps peers that were met.
func (w *Writer) PutPeers(ctx context.Context, peers []collector.Peer, at time.Time) error {
	if err := cmp.Or(w.Err, ctx.Err()); err != nil {
		return err
	}
	return w.putPeers(peers, at)
}

// putPeers keeps the peers that this writer has not yet written with the same
// content. Their time is the observation's, unless the source gave one.
func (w *Writer) putPeers(peers []collector.Peer, observedAt time.Time) error {
	rows, hashes := w.newPeers(peers, observedAt)
	if len(rows) == 0 {
		return nil
	}
	f := w.PeerFiles
	err := Into(w, f, w.Next, part.Revision.File, part.Rows(rows...), func(name string, r part.Revision, _ int64) (catalog.PeerFile, error) {
		return catalog.PeerFile{In: f.In, Name: name, Revision: r}, nil
	})
	if err != nil {
		return fmt.Errorf("put %d peers: %w", len(rows), err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, p := range rows {
		w.latest[catalog.KeyOf(p)] = hashes[i]
	}
	return nil
}

// newPeers returns the peers to write, in order of type and id, with their hashes.
// Of several observations of one peer the last counts.
func (w *Writer) newPeers(peers []collector.Peer, observedAt time.Time) ([]collector.Peer, []uint64) {
	last := map[catalog.PeerKey]collector.Peer{}
	for _, p := range peers {
		p.LastSeenAt = observedAt
		p.FirstSeenAt = p.LastSeenAt
		part.Clean(&p)
		last[catalog.KeyOf(p)] = p
	}
	var rows []collector.Peer
	var hashes []uint64
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range catalog.SortedPeers(last) {
		h := maphash.Comparable(w.seed, catalog.ContentOf(p))
		if written, ok := w.latest[catalog.KeyOf(p)]; ok && written == h {
			continue
		}
		rows, hashes = append(rows, p), append(hashes, h)
	}
	return rows, hashes
}

// writers is how many parts are written at the same time: as many as there are cores in
// a small machine. Others wait, whose requests to Telegram go on meanwhile: what a
// writer buffers, two or three MB, is needed no more often than that.
const writers = 2

// WriteMessages writes a part. Writers of so many columns are dear to make, so
// they are used again.
func (w *Writer) WriteMessages(f io.Writer, rows []*collector.Message, metadata map[string]any) error {
	w.turns <- struct{}{}
	defer func() { <-w.turns }()
	var out *part.MessageWriter
	select {
	case out = <-w.idle:
		out.Reset(f)
	default:
		out = part.NewMessageWriter(f, w.codec, w.GroupRows)
	}
	if err := out.Write(rows); err != nil {
		return err
	}
	if err := out.End(metadata); err != nil {
		return err
	}
	out.Reset(io.Discard) // not to hold the file
	w.idle <- out         // has room: there are no more than turns
	return nil
}

// Into puts a file into a folder, under the first of some revisions that is free, and
// makes it known as what known says of it. Names begin at the dataset.
func Into[T any](w *Writer, f *bucket.Index[T], next func() part.Revision, name func(part.Revision) string, write func(io.Writer) error,
	known func(name string, r part.Revision, size int64) (T, error)) error {
	for {
		r := next()
		stored := name(r)
		place := path.Join(f.Dir, stored)
		size, err := f.In.Put(place, w.codec.Checked(write))
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		w.written.Add(size)
		v, err := known(place, r, size)
		if err == nil {
			f.Add(stored, v, size)
		}
		return err
	}
}

// Written is how many bytes of files the writer has put so far, without those
// that compacting made of others.
func (w *Writer) Written() int64 { return w.written.Load() }
