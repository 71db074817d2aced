package staging

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/part"
)

// Merge puts everything that another dataset holds into this one: messages with
// their wordings, details, peers and receipts, as Import does, all at once or
// nothing. It brings rows, no coverage. Merging again changes nothing. The other
// dataset stays as it is; nobody may write to it meanwhile.
func (w *Writer) Merge(ctx context.Context, from *catalog.Catalog, now time.Time) (_ []collector.Imported, err error) {
	// In a folder of the other, which goes with it or is swept when it is opened.
	s, err := NewStaging(filepath.Join(from.Dir, bucket.ImportsDir), now)
	if err != nil {
		return nil, fmt.Errorf("merge: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for _, stage := range []func(context.Context, *catalog.Catalog, *Staging) error{stageMessages, stageDetails, stageRest} {
		if err := stage(ctx, from, s); err != nil {
			return nil, fmt.Errorf("merge: %w", err)
		}
	}
	return w.Import(ctx, s)
}

// stageMessages hands on every message and its earlier wordings.
func stageMessages(ctx context.Context, d *catalog.Catalog, s *Staging) error {
	for m, err := range d.Scan(ctx, 0) {
		if err != nil {
			return err
		}
		if err := s.Add(ctx, collector.Observations{ChannelID: m.ChannelID, Messages: []collector.Message{*m}}); err != nil {
			return err
		}
	}
	ids, err := d.MessageParts.Ids()
	if err != nil {
		return err
	}
	for _, id := range ids {
		err := d.EachVersion(ctx, id, func(all []part.Version) error {
			return s.Add(ctx, collector.Observations{ChannelID: id, Messages: observed(all)})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// stageDetails hands on every look at every channel's details.
func stageDetails(ctx context.Context, d *catalog.Catalog, s *Staging) error {
	ids, err := d.DetailFiles.Ids()
	if err != nil {
		return err
	}
	for _, id := range ids {
		seen, _, err := d.DetailFiles.Channel(id).Snapshot(ctx)
		if err != nil {
			return err
		}
		for _, one := range seen {
			if err := s.Add(ctx, collector.Observations{ChannelID: id, Channel: &one.Channel}); err != nil {
				return err
			}
		}
	}
	return nil
}

// stageRest hands on peers, receipts and the records of imports.
func stageRest(ctx context.Context, d *catalog.Catalog, s *Staging) error {
	peers, err := d.Peers(ctx)
	if err != nil {
		return err
	}
	receipts, err := d.Receipts(ctx)
	if err != nil {
		return err
	}
	s.merging = true
	if s.imports, err = d.Imports(ctx); err != nil {
		return err
	}
	return s.Add(ctx, collector.Observations{Peers: peers, Receipts: receipts})
}
