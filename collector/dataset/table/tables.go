package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/part"
)

// WriteMessages writes messages.parquet of one channel, or of all when channelID
// is 0, ascending by channel and id, each id once, in row groups of about
// 100,000 rows, each row with its link. It streams: its memory does not grow with the
// number of rows.
func WriteMessages(ctx context.Context, d *catalog.Catalog, w io.Writer, channelID int64) error {
	plans, err := d.PlansOf(ctx, channelID)
	if err != nil {
		return err
	}
	links, err := d.Links(ctx, channelID)
	if err != nil {
		return fmt.Errorf("write messages: %w", err)
	}
	out := newLinkedWriter(w, part.ExportCodec(), d.GroupRows, links)
	out.threads = d.ThreadsOf
	defer out.Open.Close()
	for n := 0; ; n++ {
		before := out.At
		err := out.AddAll(ctx, plans)
		if out.At != before {
			n = 0
		}
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || n == fold.Attempts {
			return err
		}
		out.Rewind() // parts were merged meanwhile
		for i, p := range plans {
			if p.ChannelID < out.At.channelID {
				continue
			}
			if plans[i], err = d.PlanAgain(ctx, p); err != nil {
				return fmt.Errorf("write messages: %w", err)
			}
		}
	}
	if err := out.Out.Close(); err != nil {
		return fmt.Errorf("write messages: %w", err)
	}
	return nil
}

// WriteChannels writes channels.parquet: the states of every channel that keep wants by
// its newest details, ascending by id and time; nil wants all. See [State].
func WriteChannels(ctx context.Context, d *catalog.Catalog, w io.Writer, keep func(collector.Channel) bool) error {
	ids, err := d.Ids(ctx)
	if err != nil {
		return err
	}
	out := part.NewWriter[catalog.State](w, part.ExportCodec())
	for _, id := range ids {
		states, err := d.States(ctx, id)
		if errors.Is(err, catalog.ErrNoChannel) {
			continue // removed meanwhile
		}
		if err != nil {
			return fmt.Errorf("read the states of channel %d: %w", id, err)
		}
		now := slices.IndexFunc(states, func(s catalog.State) bool { return s.Current })
		if keep != nil && !keep(states[now].Channel) {
			continue
		}
		for i := range states {
			part.Clean(&states[i].Channel)
		}
		if err := part.WriteRows(out, states); err != nil {
			return fmt.Errorf("write channels: %w", err)
		}
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write channels: %w", err)
	}
	return nil
}

// WriteReceipts writes receipts.parquet.
func WriteReceipts(w io.Writer, rows []collector.Receipt) error {
	if err := part.Write(part.NewWriter[collector.Receipt](w, part.ExportCodec()), rows, nil); err != nil {
		return fmt.Errorf("write receipts: %w", err)
	}
	return nil
}

// WriteVersions writes versions.parquet of one channel, or of all when channelID is 0:
// the earlier wordings of every message, ascending by channel and id, oldest first. It
// streams.
func WriteVersions(ctx context.Context, d *fold.Rows, w io.Writer, channelID int64) error {
	out := part.NewWriter[part.Version](w, part.ExportCodec())
	ids, err := d.Scanned(ctx, channelID)
	if err != nil {
		return err
	}
	taken := d.TakenOver()
	for _, id := range ids {
		if err := d.EachVersion(ctx, id, func(vs []part.Version) error { return part.WriteRows(out, vs) }); err != nil {
			return fmt.Errorf("write versions of channel %d: %w", id, err)
		}
	}
	if len(ids) > 1 && d.TakenOver() != taken {
		return fmt.Errorf("write versions: %w", fold.ErrTaken)
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write versions: %w", err)
	}
	return nil
}
