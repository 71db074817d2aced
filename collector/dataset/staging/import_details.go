package staging

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/put"
)

// details adds the channels' details that are not known.
func (i *Importing) details(ctx context.Context) error {
	for id, all := range i.s.details {
		kept, _, err := i.W.DetailFiles.Channel(id).Snapshot(ctx)
		if err != nil {
			return err
		}
		kept = slices.Clone(kept)
		for n := range kept { // as the files have it
			at := &kept[n].Channel.LastSeenAt
			*at = at.Truncate(time.Microsecond)
		}
		slices.SortStableFunc(all, func(a, b collector.Channel) int { return a.LastSeenAt.Compare(b.LastSeenAt) })
		for _, ch := range all {
			if slices.ContainsFunc(kept, func(d fold.Details) bool { return saysAll(d.Channel, ch) }) {
				continue
			}
			if err := i.putDetails(ch, leads(ch, kept)); err != nil {
				return err
			}
			kept = append(kept, fold.Details{Channel: ch})
		}
	}
	return nil
}

// saysAll reports whether details are of the same moment as others, and tell the
// same or more.
func saysAll(kept, ch collector.Channel) bool {
	return kept.LastSeenAt.Equal(ch.LastSeenAt) && (kept.Raw == ch.Raw || kept.Source == ch.Source && poorerRaw(ch.Raw, kept.Raw))
}

// leads reports whether details become the channel's: none that is kept is newer
// or goes before them, but those that stay behind.
func leads(ch collector.Channel, kept []fold.Details) bool {
	return !slices.ContainsFunc(kept, func(d fold.Details) bool {
		newer := d.Channel.LastSeenAt.After(ch.LastSeenAt) && !collector.StaysBehind(d.Channel.Source, ch.Source)
		return newer || collector.StaysBehind(ch.Source, d.Channel.Source)
	})
}

func (i *Importing) putDetails(ch collector.Channel, newest bool) error {
	return i.putAt(i.W.DetailFiles.Channel(ch.ID).Dir, newest, ch.LastSeenAt, part.Rows(ch))
}

// putAt puts a file into a folder where the newest revision counts.
func (i *Importing) putAt(dir string, newest bool, at time.Time, write func(io.Writer) error) error {
	if newest {
		return i.Put(path.Join(dir, i.W.Next().File()), write)
	}
	for r := put.PastRevisionOf(at); ; r.Minor++ {
		place := path.Join(dir, r.File())
		taken, err := i.Out.Taken(place)
		if err != nil {
			return err
		}
		if !taken {
			return i.Put(place, write)
		}
	}
}

// peers adds the peers that the dataset does not know, or knows less of.
func (i *Importing) peers(ctx context.Context) error {
	if len(i.s.peers) == 0 {
		return nil
	}
	all, err := i.W.Peers(ctx)
	if err != nil {
		return err
	}
	have := map[catalog.PeerKey]collector.Peer{}
	for _, p := range all {
		have[catalog.KeyOf(p)] = p
	}
	var now, past []collector.Peer
	for _, p := range catalog.SortedPeers(i.s.peers) {
		old, ok := have[catalog.KeyOf(p)]
		switch {
		case !ok || p.LastSeenAt.After(old.LastSeenAt):
			now = append(now, p)
		case p.LastSeenAt.Equal(old.LastSeenAt) && catalog.ContentOf(p) != catalog.ContentOf(old):
			now = append(now, p)
		case p.FirstSeenAt.Before(old.FirstSeenAt):
			past = append(past, p)
		}
	}
	return cmp.Or(i.putPeers(now, true), i.putPeers(past, false))
}

func (i *Importing) putPeers(rows []collector.Peer, newest bool) error {
	if len(rows) == 0 {
		return nil
	}
	return i.putAt(bucket.PeersDir, newest, rows[0].LastSeenAt, part.Rows(rows...))
}

// receipts adds the receipts of collections that the dataset does not know.
func (i *Importing) receipts(ctx context.Context) error {
	kept, _, err := i.W.ReceiptFiles.Snapshot(ctx)
	if err != nil {
		return err
	}
	have := map[catalog.ReceiptKey]bool{}
	for _, r := range kept {
		have[r.ReceiptKey] = true
	}
	for _, r := range i.s.receipts {
		key := catalog.ReceiptKey{CollectionID: r.CollectionID, Reference: r.Reference}
		if have[key] {
			continue
		}
		have[key] = true
		part.Clean(&r)
		err := i.Put(path.Join(bucket.ReceiptsDir, put.ReceiptName(key, i.W.Next())), part.Rows(r))
		if err != nil {
			return errors.Join(fmt.Errorf("receipt of %q", r.Reference), err)
		}
	}
	return nil
}
