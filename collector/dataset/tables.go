package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"telegramtrac/collector"
)

// WriteMessages writes messages.parquet of one channel, or of all when channelID
// is 0, ascending by channel and id, each id once, in row groups of about
// 100,000 rows, each row with its link. It streams: its memory does not grow with the
// number of rows.
func WriteMessages(ctx context.Context, d *Catalog, w io.Writer, channelID int64) error {
	plans, err := d.plansOf(ctx, channelID)
	if err != nil {
		return err
	}
	links, err := d.Links(ctx, channelID)
	if err != nil {
		return fmt.Errorf("write messages: %w", err)
	}
	out := newLinkedWriter(w, exportCodec(), d.groupRows, links)
	out.threads = d.threads
	defer out.open.Close()
	for n := 0; ; n++ {
		before := out.at
		err := out.addAll(ctx, plans)
		if out.at != before {
			n = 0
		}
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || n == attempts {
			return err
		}
		out.rewind() // parts were merged meanwhile
		for i, p := range plans {
			if p.channelID < out.at.channelID {
				continue
			}
			if plans[i], err = d.planAgain(ctx, p); err != nil {
				return fmt.Errorf("write messages: %w", err)
			}
		}
	}
	if err := out.out.Close(); err != nil {
		return fmt.Errorf("write messages: %w", err)
	}
	return nil
}

// WriteChannels writes channels.parquet: the states of every channel that keep wants by
// its newest details, ascending by id and time; nil wants all. See [State].
func WriteChannels(ctx context.Context, d *Catalog, w io.Writer, keep func(collector.Channel) bool) error {
	ids, err := d.Ids(ctx)
	if err != nil {
		return err
	}
	out := newFile[State](w, exportCodec())
	for _, id := range ids {
		states, err := d.States(ctx, id)
		if errors.Is(err, ErrNoChannel) {
			continue // removed meanwhile
		}
		if err != nil {
			return fmt.Errorf("read the states of channel %d: %w", id, err)
		}
		now := slices.IndexFunc(states, func(s State) bool { return s.Current })
		if keep != nil && !keep(states[now].Channel) {
			continue
		}
		for i := range states {
			clean(&states[i].Channel)
		}
		if err := writeRows(out, states); err != nil {
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
	if err := writeFile(newFile[collector.Receipt](w, exportCodec()), rows, nil); err != nil {
		return fmt.Errorf("write receipts: %w", err)
	}
	return nil
}

// WriteVersions writes versions.parquet of one channel, or of all when channelID is 0:
// the earlier wordings of every message, ascending by channel and id, oldest first. It
// streams.
func WriteVersions(ctx context.Context, d *Rows, w io.Writer, channelID int64) error {
	out := newFile[Version](w, exportCodec())
	ids, err := d.scanned(ctx, channelID)
	if err != nil {
		return err
	}
	taken := d.takenOver()
	for _, id := range ids {
		if err := d.eachVersion(ctx, id, func(vs []Version) error { return writeRows(out, vs) }); err != nil {
			return fmt.Errorf("write versions of channel %d: %w", id, err)
		}
	}
	if len(ids) > 1 && d.takenOver() != taken {
		return fmt.Errorf("write versions: %w", ErrTaken)
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write versions: %w", err)
	}
	return nil
}
