package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/fold"
)

// ErrNoChannel says that nothing was collected of a channel.
var ErrNoChannel = errors.New("no such channel in the dataset")

// Catalog is what a workspace has, and what is known of it: its channels and how they
// were called, the people and channels that were named, the receipts of collections and
// the records of imports. It is safe for concurrent use.
type Catalog struct {
	*fold.Rows
	PeerFiles    *bucket.Index[PeerFile]
	ReceiptFiles *bucket.Index[ReceiptFile]
	importFiles  *bucket.Index[recordsFile]

	peerCount   peerCount
	ReceiptRows receiptRows
	met         met
}

func Open(dir string) (*Catalog, error) {
	in, err := bucket.OpenFolder(dir)
	if err != nil {
		return nil, err
	}
	d := &Catalog{Rows: fold.NewRows(dir, in)}
	d.PeerFiles = bucket.NewIndex(in, bucket.PeersDir, fold.Telling(d.Rows, loadPeerFile))
	d.ReceiptFiles = bucket.NewIndex(in, bucket.ReceiptsDir, fold.Telling(d.Rows, loadReceipt))
	d.importFiles = bucket.NewIndex(in, bucket.RecordsDir, fold.Telling(d.Rows, loadRecords))
	return d, nil
}

// Rest gives back the memory of what is read again when it is asked for.
func (d *Catalog) Rest() {
	d.ReceiptRows.drop()
	d.Rows.Rest()
}

// ChannelSummary is a channel and how much of it was collected.
type ChannelSummary struct {
	collector.Channel                 // the newest details; of a channel without details only what its messages tell
	Count             collector.Count // of everything
	Lo, Hi            int64           // between which lie the ids that are accounted for; 0 without messages
	Oldest, Newest    time.Time       // dates of messages; zero without messages
	Updated           time.Time       // the newest look at its details or messages
}

// Channels returns every channel of which there are details or messages, sorted
// by title.
func (d *Catalog) Channels(ctx context.Context) ([]ChannelSummary, error) {
	ids, err := d.Ids(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]ChannelSummary, 0, len(ids))
	for _, id := range ids {
		s, err := d.summary(ctx, id)
		if errors.Is(err, ErrNoChannel) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("summarize channel %d: %w", id, err)
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b ChannelSummary) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// Channel returns one channel by its numeric id or by any of its usernames, in
// any case, with or without @. Of several channels that bear a name, the one seen
// last has it; a name that none bears now leads to who bore it last. It fails with
// ErrNoChannel.
func (d *Catalog) Channel(ctx context.Context, key string) (ChannelSummary, error) {
	if id, err := strconv.ParseInt(key, 10, 64); err == nil {
		return d.summary(ctx, id)
	}
	all, err := d.Channels(ctx)
	if err != nil {
		return ChannelSummary{}, err
	}
	name := strings.TrimPrefix(key, "@")
	var found *ChannelSummary
	for i, s := range all {
		named := func(u string) bool { return strings.EqualFold(u, name) }
		if !named(s.Username) && !slices.ContainsFunc(s.Usernames, named) {
			continue
		}
		if found == nil || goesBefore(s, *found) {
			found = &all[i]
		}
	}
	if found != nil && name != "" {
		return *found, nil
	}
	return d.onceCalled(ctx, name)
}

// goesBefore reports whether a username leads to one channel rather than to another:
// to one with a number of its own, and then to the one that was seen last.
func goesBefore(a, b ChannelSummary) bool {
	if made, also := collector.IsMadeID(a.ID), collector.IsMadeID(b.ID); made != also {
		return also
	}
	return a.LastSeenAt.After(b.LastSeenAt)
}

// onceCalled returns the channel that bore a username last that none has now.
func (d *Catalog) onceCalled(ctx context.Context, name string) (ChannelSummary, error) {
	known, err := d.KnownAs(ctx, name)
	if err != nil {
		return ChannelSummary{}, err
	}
	if len(known) == 0 || !known[0].Collected || name == "" {
		return ChannelSummary{}, fmt.Errorf("%q: %w", name, ErrNoChannel)
	}
	return d.summary(ctx, known[0].ID)
}

func (d *Catalog) summary(ctx context.Context, id int64) (s ChannelSummary, err error) {
	err = fold.Retry(func() error {
		s, err = d.summary1(ctx, id)
		return err
	})
	return s, err
}

func (d *Catalog) summary1(ctx context.Context, id int64) (ChannelSummary, error) {
	var s ChannelSummary
	ch, described, err := d.Describe(ctx, id)
	if err != nil {
		return ChannelSummary{}, err
	}
	s.Channel, s.Updated = ch, ch.LastSeenAt
	p, err := d.Plan(ctx, id)
	if err != nil {
		return ChannelSummary{}, err
	}
	if !described && len(p.Parts) == 0 {
		return ChannelSummary{}, fmt.Errorf("channel %d: %w", id, ErrNoChannel)
	}
	if !described {
		if err := p.Guess(ctx, &s.Channel); err != nil {
			return ChannelSummary{}, err
		}
	}
	s.Count, err = p.Total(ctx)
	s.extend(p)
	return s, err
}

// extend fills in the bounds of the channel's ids, dates and looks.
func (s *ChannelSummary) extend(p *fold.Plan) {
	for i, one := range p.Parts {
		if i == 0 {
			s.Lo, s.Hi = one.Lo, one.Hi
		}
		s.Lo, s.Hi = min(s.Lo, one.Lo), max(s.Hi, one.Hi)
		if at := one.ObservedAt(); at.After(s.Updated) {
			s.Updated = at
		}
		if one.Rows == 0 {
			continue
		}
		oldest, newest := time.UnixMicro(one.MinDate).UTC(), time.UnixMicro(one.MaxDate).UTC()
		if s.Oldest.IsZero() || oldest.Before(s.Oldest) {
			s.Oldest = oldest
		}
		if newest.After(s.Newest) {
			s.Newest = newest
		}
	}
}

// Damaged returns the names of the files that are ignored because they do not
// open as parts, ascending.
func (d *Catalog) Damaged(ctx context.Context) ([]string, error) {
	var out []string
	for _, damaged := range []func(context.Context) ([]string, error){
		d.DetailFiles.Damaged, d.MessageParts.Damaged, d.PeerFiles.Damaged, d.ReceiptFiles.Damaged, d.importFiles.Damaged, d.VersionParts.Damaged,
	} {
		paths, err := damaged(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, paths...)
	}
	return out, nil
}

// Bytes counts the bytes of all parts on disk, superseded ones included.
func (d *Catalog) Bytes(ctx context.Context) (int64, error) {
	var n int64
	for _, size := range []func(context.Context) (int64, error){
		d.MessageParts.Size, d.VersionParts.Size, d.DetailFiles.Size, d.PeerFiles.Size, d.ReceiptFiles.Size, d.importFiles.Size,
	} {
		b, err := size(ctx)
		if err != nil {
			return 0, err
		}
		n += b
	}
	return n, nil
}
