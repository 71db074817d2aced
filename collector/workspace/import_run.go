package workspace

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/dataset/staging"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/gate"
	"telegramtrac/collector/intake"
	"telegramtrac/collector/workspace/tasks"
)

// importAttempts is how often an import may be started: files that kill the process must not
// do so at every start.
const importAttempts = 2

// importCrashes is how many readers an import's files may crash.
const importCrashes = 2

// errInterrupted says that an import was begun too often.
var errInterrupted = errors.New("the program was stopped each time it read these files")

// runImport works on a workspace's import until it ends, or until the context does.
func (h *Host) runImport(ctx context.Context, workspace string, job *tasks.Task) {
	defer h.slots.Take(ctx, h.uploaded(ctx, workspace))() // a cancellation is put down below
	var record collector.Import
	ok := h.insist(ctx, workspace, "reading the record of an import failed", func(ctx context.Context) (err error) {
		record, err = h.Engine.Import(ctx, workspace)
		return err
	})
	if !ok || record.ID == "" || record.State.Final() {
		return
	}
	record = job.Change(func(i *collector.Import) {
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

// insist calls f, which reads or writes an import's record, until it works: a lost write
// would leave the import hanging. Where the import is stopped meanwhile it gives up and
// reports false, and the import is run again, unless the program itself stops.
func (h *Host) insist(ctx context.Context, workspace, failed string, f func(context.Context) error) bool {
	for try := 0; ; try++ {
		late, cancel := saving(ctx)
		err := f(late)
		cancel()
		if err == nil {
			return true
		}
		h.Logger.Error("import step failed", "step", failed, "workspace", workspace, "error", err)
		if ctx.Err() != nil {
			h.tasks.Want(tasks.Importing, workspace)
			return false
		}
		pause(ctx, gate.Backoff(try, importLook, time.Minute))
	}
}

func (h *Host) attemptImport(ctx context.Context, workspace string, job *tasks.Task, record collector.Import) error {
	if record.Attempts > importAttempts {
		return errInterrupted
	}
	staging, err := h.stageOrCrash(ctx, workspace, job, record)
	if err != nil {
		return err
	}
	defer staging.Close() // the upload is removed with all that is in it, too
	job.Change(func(i *collector.Import) { i.Step, i.Done, i.Total = collector.ImportMerging, 0, 0 })
	staging.Personal = record.Personal
	staging.Progress = func(done, total int64) {
		job.Change(func(i *collector.Import) { i.Done, i.Total = done, total })
	}
	for try := 0; ; try++ {
		err := h.mergeImport(ctx, workspace, job, record, staging)
		if !errors.Is(err, engine.ErrReplaced) || try == 3 { // a machine that slept has lost its lease
			return err
		}
	}
}

// stageOrCrash stages the files. It starts a reader once more after a crash, and never again:
// it records the crash before, so that the count survives a restart.
func (h *Host) stageOrCrash(ctx context.Context, workspace string, job *tasks.Task, record collector.Import) (*staging.Staging, error) {
	for {
		if record.Crashes >= importCrashes {
			return nil, errCrashed
		}
		staging, err := h.stage(ctx, workspace, job, record)
		crash, crashed := errors.AsType[*intake.CrashError](err)
		if !crashed {
			return staging, err
		}
		h.Logger.Error("a reader of files crashed", "workspace", workspace, "state", crash.State, "at", crash.At)
		record = job.Change(func(i *collector.Import) { i.Crashes, i.Done, i.Total = i.Crashes+1, 0, 0 })
		ok := h.insist(ctx, workspace, "noting that a reader crashed failed", func(ctx context.Context) error {
			return h.Engine.PutImport(ctx, workspace, record)
		})
		if !ok {
			return nil, context.Cause(ctx)
		}
	}
}

// errCrashed says that the files crashed every reader.
var errCrashed = errors.New("every reader of these files crashed")

// stage lets another process read all the files. It needs no lease.
func (h *Host) stage(ctx context.Context, workspace string, job *tasks.Task, record collector.Import) (*staging.Staging, error) {
	mixed := h.mixing(record.Sandbox)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go h.watchRoom(ctx, cancel) // ends with the reading
	order := intake.Job{Folder: h.Spool.Folder(workspace, record.ID)}
	if !record.Personal {
		order.Key = h.Keys.PseudonymKey(workspace)
	}
	for n, f := range record.Files {
		order.Files = append(order.Files, input.File{Name: f.Name, Path: h.Spool.Path(workspace, record.ID, n), Folder: f.Folder})
	}
	order.Limits = intake.LimitsFor(h.sizeOf(workspace, record))
	result, err := h.Reader.Read(ctx, order, intake.Tell{
		Progress: func(done, total int64) { job.Change(func(i *collector.Import) { i.Done, i.Total = done, total }) },
		Seen:     func(s intake.Seen) error { return mixed.row(s.ChannelID, s.Username, s.Source) },
	})
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	if err == nil {
		err = mixed.checkSources(result.Sources)
	}
	if err != nil {
		return nil, err
	}
	staging, err := staging.OpenStaging(result.Staging)
	if err == nil {
		job.Change(func(i *collector.Import) { noteRead(i, result) })
	}
	return staging, err
}

// watchRoom cancels the reading when the disk is nearly full.
func (h *Host) watchRoom(ctx context.Context, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := h.Spool.Room(); err != nil {
				cancel(err)
			}
		}
	}
}

// sizeOf returns how many bytes the files of an upload have together.
func (h *Host) sizeOf(workspace string, record collector.Import) (size int64) {
	for n := range record.Files {
		if info, err := os.Stat(h.Spool.Path(workspace, record.ID, n)); err == nil {
			size += info.Size()
		}
	}
	return size
}

// uploaded returns the size of the upload of a workspace's import, 0 if unknown.
func (h *Host) uploaded(ctx context.Context, workspace string) int64 {
	record, err := h.Engine.Import(ctx, workspace)
	if err != nil || record.ID == "" {
		return 0
	}
	return h.sizeOf(workspace, record)
}

// noteRead records what was read. It replaces what an earlier attempt recorded.
func noteRead(i *collector.Import, r *intake.Result) {
	i.Read = nil
	for _, f := range r.Files {
		i.Read = append(i.Read, collector.ImportedFile{Name: f.Name, Kind: f.Kind, Messages: f.Messages})
	}
	i.ReadMore, i.LeftOut, i.LeftOutMore = r.FilesMore, r.LeftOut, r.LeftOutMore
	i.Dropped, i.LocalDay = r.Dropped, r.LocalDay
}

// mergeImport moves the staged rows into the dataset.
func (h *Host) mergeImport(ctx context.Context, workspace string, job *tasks.Task, record collector.Import,
	staging *staging.Staging) error {
	err := h.as(ctx, tasks.Merging, workspace, func(ctx context.Context, lease *engine.Lease) error {
		now, err := h.Engine.Import(ctx, workspace)
		if err != nil {
			return err
		}
		begun, err := h.deleting(ctx, workspace)
		if err != nil {
			return err
		}
		if now.ID != record.ID || begun { // the workspace was deleted while the lease was waited for, or is about to be
			return errImportGone
		}
		if err := h.mayImport(ctx, workspace, staging); err != nil {
			return err
		}
		store, err := h.Store(workspace, lease.Revision())
		if err != nil {
			return fmt.Errorf("open the dataset: %w", err)
		}
		done, err := store.Import(ctx, staging)
		if err != nil {
			return err
		}
		taken, err := store.TakeOver(ctx) // an earlier import's, too
		if ctx.Err() != nil {
			return cmp.Or(err, ctx.Err())
		}
		if err != nil { // the files are in all the same
			h.Logger.Error("taking over what files name by username alone failed", "workspace", workspace, "error", err)
		}
		done = underOwn(done, taken)
		job.Change(func(i *collector.Import) {
			i.Step = collector.ImportTidying
			noteImported(i, done)
			i.Apart, i.ApartMore = collector.Shortened(slices.DeleteFunc(taken, func(t collector.TakenOver) bool { return t.ChannelID != 0 }))
		})
		h.tidy(ctx, workspace, store, done)
		return nil
	})
	if err != nil && ctx.Err() != nil && !errors.Is(err, errImportGone) {
		return context.Cause(ctx)
	}
	return err
}

// underOwn replaces made ids of channels by their real ones, where TakeOver has moved the
// messages that were imported under a made id.
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

// noteImported records how many rows were new, newer, older or known.
func noteImported(i *collector.Import, done []collector.Imported) {
	i.Sum = collector.Imported{}
	for _, c := range done {
		i.Sum.New += c.New
		i.Sum.Newer += c.Newer
		i.Sum.Older += c.Older
		i.Sum.Known += c.Known
	}
	i.Channels, i.ChannelsMore = collector.Shortened(done)
}

// tidy compacts the imported channels. It may be interrupted, as all rows are in the dataset
// by then.
func (h *Host) tidy(ctx context.Context, workspace string, store Store, done []collector.Imported) {
	for _, c := range done { // also what an earlier attempt, which was killed, brought
		if err := store.Compact(ctx, c.ChannelID); err != nil && ctx.Err() == nil {
			h.Logger.Error("compacting a channel failed", "workspace", workspace, "channel_id", c.ChannelID, "error", err)
		}
	}
}

// settleImport records how the import ended, and removes its upload.
func (h *Host) settleImport(ctx context.Context, workspace string, job *tasks.Task, err error) {
	if errors.Is(err, errImportGone) {
		return // with record and upload
	}
	record := job.Change(func(i *collector.Import) { h.outcome(ctx, workspace, i, err) })
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

// outcome writes the result of an attempt into the record.
func (h *Host) outcome(ctx context.Context, workspace string, i *collector.Import, err error) {
	now := time.Now().UTC()
	i.Done, i.Total, i.Step = 0, 0, ""
	fault, _ := errors.AsType[*collector.FileError](err)
	limit, _ := errors.AsType[*intake.LimitError](err)
	switch {
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
	case collector.TooManyFiles(err):
		i.Error = collector.ImportOpenFiles
	case errors.Is(err, errFull):
		i.Error = collector.ImportQuota
	case errors.Is(err, errInvented):
		i.Error = collector.ImportInvented
	case errors.Is(err, errReal):
		i.Error = collector.ImportReal
	case limit != nil && limit.What == "memory":
		i.Error = collector.ImportMemory
	case limit != nil:
		i.Error = collector.ImportTime
	case errors.Is(err, errCrashed):
		i.Error = collector.ImportCrashed
	case errors.Is(err, errInterrupted):
		i.Error = collector.ImportInterrupted
	default:
		h.Logger.Error("an import failed", "workspace", workspace, "error", err)
		i.Error = collector.ImportInternal
	}
	i.State, i.FinishedAt = collector.Failed, &now
	i.Read, i.ReadMore, i.LeftOut, i.LeftOutMore, i.Dropped = nil, 0, nil, 0, nil
}
