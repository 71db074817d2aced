package staging

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"sync"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/part"
)

// TakingDir is where the rows lie that TakeOver is about to give to their channel. A
// process that was killed leaves them behind; all of them are in the dataset, too.
const TakingDir = "taking"

// dated is when a message was written.
type dated struct {
	ID   int64  `parquet:"message_id"`
	Kind string `parquet:"kind,dict"`
	Date int64  `parquet:"date,timestamp(microsecond)"`
}

// TakeOver gives the messages of channels that a file names by username alone, and
// that so have a number made of it, to the channels that they are of: where one that
// bore the username is in the dataset, both have a message of one id and date, and
// none of another date. The others stay as they are, with the reason.
//
// The rows come into the channel all at once, as Import puts them; then what was
// under the made number is removed. Killed in between, it is done again by the next
// TakeOver, which finds the rows known. What was taken over is returned beside an error.
func (w *Writer) TakeOver(ctx context.Context) ([]collector.TakenOver, error) {
	if err := cmp.Or(w.Err, ctx.Err()); err != nil {
		return nil, err
	}
	ids, err := w.MessageParts.Ids()
	if err != nil {
		return nil, fmt.Errorf("take channels over: %w", err)
	}
	var out []collector.TakenOver
	var errs []error
	for _, id := range ids {
		if !collector.IsMadeID(id) {
			continue
		}
		there, err := w.Has(ctx, id)
		if err == nil && there {
			var one collector.TakenOver
			if one, err = w.takeOver(ctx, id); err == nil {
				out = append(out, one)
			}
		}
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("take channel %d over: %w", id, err))
		}
	}
	return out, errors.Join(errs...)
}

func (w *Writer) takeOver(ctx context.Context, made int64) (collector.TakenOver, error) {
	out, err := ownerOf(ctx, w.Catalog, w.Catalog, made)
	if err != nil || out.ChannelID == 0 {
		return out, err
	}
	w.Compacting.Lock() // before the other lock, as who compacts has it
	defer w.Compacting.Unlock()
	end := func() {}
	hold := sync.OnceFunc(func() { end = w.Move() })
	defer func() {
		hold()
		end()
	}()
	if err := w.Give(ctx, made, out.ChannelID, hold); err != nil {
		return out, err
	}
	return out, w.forget(ctx, made)
}

// ownerOf finds out which channel of the dataset the messages are of that lie in
// some dataset under a made number.
func ownerOf(ctx context.Context, d, of *catalog.Catalog, made int64) (collector.TakenOver, error) {
	out := collector.TakenOver{MadeID: made, Why: collector.ApartUnknown}
	var told collector.Channel
	p, err := of.Plan(ctx, made)
	if err == nil {
		err = p.Guess(ctx, &told)
	}
	if err != nil {
		return out, err
	}
	out.Username, out.Title = told.Username, told.Title
	all, err := d.KnownAs(ctx, told.Username)
	if err != nil {
		return out, err
	}
	for _, k := range all {
		if !k.Collected {
			continue
		}
		shared, differs, err := agree(ctx, of.Rows, made, d.Rows, k.ID)
		switch {
		case err != nil:
			return out, err
		case differs != 0 && out.ChannelID == 0:
			out.Why, out.MessageID = collector.ApartDiffers, differs
		case differs != 0:
		case shared > 0 && out.ChannelID != 0: // both would be it, so neither is
			out.ChannelID, out.Why = 0, collector.ApartDiffers
			return out, nil
		case shared > 0:
			out.ChannelID, out.Why, out.MessageID = k.ID, "", 0
		case out.Why == collector.ApartUnknown:
			out.Why = collector.ApartStrangers
		}
	}
	return out, nil
}

// agree counts the messages that are in two channels under one id, with the same
// date, up to the first that has another one, which it names.
func agree(ctx context.Context, a *fold.Rows, of int64, b *fold.Rows, with int64) (shared, differs int64, err error) {
	next, stop := iter.Pull2(fold.ScanColumns[dated](ctx, b, with))
	defer stop()
	var other dated
	more := true
	advance := func() error {
		row, err, ok := next()
		if more = ok; ok && err == nil {
			other = *row
		}
		return err
	}
	if err := advance(); err != nil {
		return 0, 0, err
	}
	for row, err := range fold.ScanColumns[dated](ctx, a, of) {
		if err != nil {
			return 0, 0, err
		}
		for more && other.ID < row.ID {
			if err := advance(); err != nil {
				return 0, 0, err
			}
		}
		if !more {
			break
		}
		if other.ID != row.ID || other.Kind == collector.KindUnreadable || row.Kind == collector.KindUnreadable {
			continue
		}
		if time.UnixMicro(other.Date).Unix() != time.UnixMicro(row.Date).Unix() {
			return shared, row.ID, nil
		}
		shared++
	}
	return shared, 0, nil
}

// Give puts the messages under a made number into the channel that they are of, with
// their wordings and the records of the imports that brought them.
// The caller has w.compacting. It calls landing just before they come in.
func (w *Writer) Give(ctx context.Context, made, to int64, landing func()) (err error) {
	dir := filepath.Join(w.Dir, TakingDir)
	if err := os.RemoveAll(dir); err != nil { // of a writer that was killed
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := NewStaging(dir, time.Now())
	if err != nil {
		return err
	}
	if err := stageAs(ctx, w.Catalog, s, made, to); err != nil {
		return err
	}
	s.merging, s.landing = true, landing
	records, err := w.Imports(ctx)
	if err != nil {
		return err
	}
	for _, r := range records {
		if r.ChannelID == made {
			r.ChannelID, r.MadeID = to, made
			s.imports = append(s.imports, r)
		}
	}
	if err := s.Flush(ctx); err != nil {
		return err
	}
	_, err = w.land(ctx, s)
	return err
}

// stageAs stages a channel's messages and their wordings under another number.
func stageAs(ctx context.Context, d *catalog.Catalog, s *Staging, channelID, as int64) error {
	for m, err := range d.Scan(ctx, channelID) {
		if err != nil {
			return err
		}
		if err := s.Add(ctx, collector.Observations{ChannelID: as, Messages: []collector.Message{*m}}); err != nil {
			return err
		}
	}
	return d.EachVersion(ctx, channelID, func(all []part.Version) error {
		return s.Add(ctx, collector.Observations{ChannelID: as, Messages: observed(all)})
	})
}

// observed are versions as observations of their message.
func observed(all []part.Version) []collector.Message {
	rows := make([]collector.Message, len(all))
	for i, v := range all {
		rows[i] = v.Message
		rows[i].FirstSeenAt, rows[i].LastSeenAt, rows[i].GoneAt = v.ObservedFrom, v.ObservedUntil, nil
	}
	return rows
}

// forget removes what lies under a made number, which is the channel's own by now.
// The messages go last: what is left of them is taken over again.
func (w *Writer) forget(ctx context.Context, made int64) error {
	if err := forgetFolder(ctx, w.VersionParts.Channel(made)); err != nil {
		return err
	}
	return forgetFolder(ctx, w.MessageParts.Channel(made))
}

// forgetFolder removes the parts of a folder, and the folder where nothing else is
// in it: a part that does not open stays, and is told of as damaged.
func forgetFolder(ctx context.Context, f *bucket.Index[*part.Part]) error {
	parts, _, err := f.Snapshot(ctx)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if err := cmp.Or(ctx.Err(), f.Remove(path.Base(p.Name))); err != nil {
			return err
		}
	}
	if err := f.In.Delete(f.Dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
