package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/archive"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/engine"
)

// importAttempts is how often an import is begun that the process does not
// survive: files that kill it must not do so at every start.
const importAttempts = 2

// errInterrupted says that an import was begun too often.
var errInterrupted = errors.New("the program was stopped each time it read these files")

// runImport works on a workspace's import until it ends, or until the context does.
func (h *Host) runImport(ctx context.Context, workspace string, job *importJob) {
	select {
	case h.imports.slots <- struct{}{}:
		defer func() { <-h.imports.slots }()
	case <-ctx.Done(): // a cancellation is put down below
	}
	var record collector.Import
	ok := h.insist(ctx, workspace, "reading the record of an import failed", func(ctx context.Context) (err error) {
		record, err = h.Engine.Import(ctx, workspace)
		return err
	})
	if !ok || record.ID == "" || record.State.Final() {
		return
	}
	record = job.change(func(i *collector.Import) {
		*i = record
		i.State, i.Step, i.Attempts = collector.Running, collector.ImportReading, i.Attempts+1
	})
	ok = h.insist(ctx, workspace, "noting that an import begins failed", func(ctx context.Context) error {
		return h.Engine.PutImport(ctx, workspace, record)
	})
	if ok {
		h.settleImport(ctx, workspace, job, h.attemptImport(ctx, workspace, job, record))
	}
}

// insist reads or writes an import's record, again and again until that works: an
// import whose record does not get on would be neither on nor over. Where the job is
// stopped meanwhile it gives up and reports false; another job is asked for then,
// which Run begins unless it is the program that stops.
func (h *Host) insist(ctx context.Context, workspace, failed string, f func(context.Context) error) bool {
	for try := 0; ; try++ {
		late, cancel := saving(ctx)
		err := f(late)
		cancel()
		if err == nil {
			return true
		}
		h.Logger.Error(failed, "workspace", workspace, "error", err)
		if ctx.Err() != nil {
			h.imports.kick(workspace)
			return false
		}
		pause(ctx, min(importLook<<min(try, 9), time.Minute))
	}
}

func (h *Host) attemptImport(ctx context.Context, workspace string, job *importJob, record collector.Import) error {
	if record.Attempts > importAttempts {
		return errInterrupted
	}
	staging, err := dataset.NewStaging(h.Spool.Folder(workspace, record.ID), time.Now())
	if err != nil {
		return err
	}
	defer staging.Close() // the upload is removed with all that is in it, too
	if err := h.stage(ctx, workspace, job, record, staging); err != nil {
		return err
	}
	job.change(func(i *collector.Import) { i.Step, i.Done, i.Total = collector.ImportMerging, 0, 0 })
	staging.Personal = record.Personal
	staging.Progress = func(done, total int64) {
		job.change(func(i *collector.Import) { i.Done, i.Total = done, total })
	}
	for try := 0; ; try++ {
		err := h.mergeImport(ctx, workspace, job, record, staging)
		if !errors.Is(err, engine.ErrReplaced) || try == 3 { // a machine that slept has lost its lease
			return err
		}
	}
}

// stage reads the files to their end. It needs no lease.
func (h *Host) stage(ctx context.Context, workspace string, job *importJob, record collector.Import, staging *dataset.Staging) error {
	mixed := h.mixing(record.Sandbox)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	o := archive.Options{Temp: h.Spool.Folder(workspace, record.ID)}
	if !record.Personal {
		o.Pseudonym = h.Keys.Pseudonym(workspace)
	}
	looked := time.Now()
	o.Progress = func(done, total int64) {
		job.change(func(i *collector.Import) { i.Done, i.Total = done, total })
		if time.Since(looked) < time.Second {
			return
		}
		looked = time.Now()
		if err := h.Spool.Room(); err != nil {
			cancel(err)
		}
	}
	var files []archive.File
	for n, f := range record.Files {
		files = append(files, archive.File{Name: f.Name, Path: h.Spool.Path(workspace, record.ID, n), Folder: f.Folder})
	}
	report, err := archive.Read(ctx, files, o, func(seen collector.Observations) error {
		if err := mixed.check(seen); err != nil {
			return err
		}
		return staging.Add(ctx, seen)
	})
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if err == nil {
		err = mixed.checkSources(staging.Sources())
	}
	if err == nil {
		job.change(func(i *collector.Import) { tell(i, report) })
	}
	return err
}

// tell puts down what was read, in the place of what an earlier attempt read.
func tell(i *collector.Import, r archive.Report) {
	i.Read = nil
	for _, f := range r.Files {
		i.Read = append(i.Read, collector.ImportedFile{Name: f.Name, Kind: f.Kind, Messages: f.Messages})
	}
	i.LeftOut, i.Dropped, i.LocalDay = r.LeftOut, r.Dropped, r.LocalDay
	i.Read, i.ReadMore = shortened(i.Read)
	i.LeftOut, i.LeftOutMore = shortened(i.LeftOut)
}

// shortened is the beginning of a list, and how much it leaves out.
func shortened[T any](all []T) ([]T, int) {
	if more := len(all) - collector.MaxImportList; more > 0 {
		return all[:collector.MaxImportList], more
	}
	return all, 0
}

// mergeImport puts what was staged into the dataset, as the workspace's holder.
func (h *Host) mergeImport(ctx context.Context, workspace string, job *importJob, record collector.Import, staging *dataset.Staging) error {
	return h.withLease(ctx, workspace, func(ctx context.Context, lease *engine.Lease) error {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		go func() { // ends with the lease or the import
			select {
			case <-lease.Lost():
				cancel(engine.ErrReplaced)
			case <-ctx.Done():
			}
		}()
		now, err := h.Engine.Import(ctx, workspace)
		if err != nil {
			return cmp.Or(context.Cause(ctx), err)
		}
		begun, err := h.deleting(ctx, workspace)
		if err != nil {
			return cmp.Or(context.Cause(ctx), err)
		}
		if now.ID != record.ID || begun { // the workspace was deleted while the lease was waited for, or is about to be
			return errImportGone
		}
		if err := h.mayImport(ctx, workspace, staging); err != nil {
			return cmp.Or(context.Cause(ctx), err)
		}
		store, err := h.Store(workspace, lease.Revision())
		if err != nil {
			return fmt.Errorf("open the dataset: %w", err)
		}
		done, err := store.Import(ctx, staging)
		if err != nil {
			return cmp.Or(context.Cause(ctx), err)
		}
		taken, err := store.TakeOver(ctx) // an earlier import's, too
		if err != nil {
			return cmp.Or(context.Cause(ctx), err)
		}
		done = underOwn(done, taken)
		job.change(func(i *collector.Import) {
			i.Step = collector.ImportTidying
			count(i, done)
			i.Apart, i.ApartMore = shortened(slices.DeleteFunc(taken, func(t collector.TakenOver) bool { return t.ChannelID != 0 }))
		})
		h.tidy(ctx, workspace, store, done)
		return nil
	})
}

// underOwn names channels by their own number whose messages were imported under
// one that was made, and taken over then.
func underOwn(done []collector.Imported, taken []collector.TakenOver) (out []collector.Imported) {
	own := map[int64]int64{}
	for _, t := range taken {
		if t.ChannelID != 0 {
			own[t.MadeID] = t.ChannelID
		}
	}
	for _, c := range done {
		c.ChannelID = cmp.Or(own[c.ChannelID], c.ChannelID)
		at := slices.IndexFunc(out, func(o collector.Imported) bool { return o.ChannelID == c.ChannelID })
		if at < 0 {
			out = append(out, c)
			continue
		}
		out[at].New += c.New
		out[at].Newer += c.Newer
		out[at].Older += c.Older
		out[at].Known += c.Known
	}
	return out
}

// count puts down what became of the rows.
func count(i *collector.Import, done []collector.Imported) {
	i.Sum = collector.Imported{}
	for _, c := range done {
		i.Sum.New += c.New
		i.Sum.Newer += c.Newer
		i.Sum.Older += c.Older
		i.Sum.Known += c.Known
	}
	i.Channels, i.ChannelsMore = shortened(done)
}

// tidy makes the channels quick to read. It may be broken off: everything is in
// the dataset by then.
func (h *Host) tidy(ctx context.Context, workspace string, store Store, done []collector.Imported) {
	for _, c := range done { // also what an earlier attempt, which was killed, brought
		if err := store.Compact(ctx, c.ChannelID); err != nil && ctx.Err() == nil {
			h.Logger.Error("compacting a channel failed", "workspace", workspace, "channel_id", c.ChannelID, "error", err)
		}
	}
}

// settleImport puts down how the import ended.
func (h *Host) settleImport(ctx context.Context, workspace string, job *importJob, err error) {
	if errors.Is(err, errImportGone) {
		return // with record and upload
	}
	record := job.change(func(i *collector.Import) { h.outcome(ctx, workspace, i, err) })
	ok := h.insist(ctx, workspace, "keeping the end of an import failed", func(ctx context.Context) error {
		return h.Engine.PutImport(ctx, workspace, record)
	})
	if !ok || !record.State.Final() { // the upload stays for the next try
		return
	}
	if err := h.Spool.Remove(workspace, record.ID); err != nil {
		h.Logger.Error("removing an upload failed", "workspace", workspace, "error", err)
	}
}

// outcome notes in the record how an attempt ended.
func (h *Host) outcome(ctx context.Context, workspace string, i *collector.Import, err error) {
	now := time.Now().UTC()
	i.Done, i.Total, i.Step = 0, 0, ""
	switch fault, _ := errors.AsType[*collector.FileError](err); {
	case err == nil:
		i.State, i.FinishedAt = collector.Done, &now
		return
	case errors.Is(context.Cause(ctx), errImportCanceled), errors.Is(context.Cause(ctx), errImportDropped):
		// A deletion that fails after it has dropped the import leaves it ended.
		i.State, i.FinishedAt = collector.Canceled, &now
		return
	case ctx.Err() != nil: // the program stops, and goes on with it at its next start
		i.State, i.Attempts = collector.Queued, i.Attempts-1
		return
	case fault != nil:
		i.Error, i.Fault = collector.ImportBadFile, fault
	case noRoom(err):
		i.Error = collector.ImportFull
	case errors.Is(err, errFull):
		i.Error = collector.ImportQuota
	case errors.Is(err, errInvented):
		i.Error = collector.ImportInvented
	case errors.Is(err, errReal):
		i.Error = collector.ImportReal
	case errors.Is(err, errInterrupted):
		i.Error = collector.ImportInterrupted
	default:
		h.Logger.Error("an import failed", "workspace", workspace, "error", err)
		i.Error = collector.ImportInternal
	}
	i.State, i.FinishedAt = collector.Failed, &now
	i.Read, i.ReadMore, i.LeftOut, i.LeftOutMore, i.Dropped = nil, 0, nil, 0, nil
}
