package datafolder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/staging"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/engine/doctor"
	"telegramtrac/collector/engine/store"
	"telegramtrac/collector/keyring"
)

// Examination checks a data folder, reports what is damaged, and repairs it if told to.
// Damaged files that it replaces are set aside in the folder.
type Examination struct {
	Data   string
	Secret string // SECRET_KEY; "" if the key is in the folder
	Repair bool
	Out    io.Writer

	found, left int // damaged things; those still damaged
	parts       int // that it checked
}

// Run returns how many damaged things are left.
func (d *Examination) Run(ctx context.Context) (left int, err error) {
	for _, examine := range []func(context.Context) error{d.records, d.identity, d.messages} {
		if err := examine(ctx); err != nil {
			return 0, err
		}
	}
	d.conclude()
	return d.left, nil
}

func (d *Examination) say(format string, args ...any) { fmt.Fprintf(d.Out, format+"\n", args...) }

func (d *Examination) conclude() {
	switch {
	case d.found == 0:
		d.say("Everything in %s is as it was written (%d files of messages and the like).", d.Data, d.parts)
	case d.left == 0:
		d.say("Repaired. What was damaged is kept aside, in engine/damaged-* and as *.damaged.")
	case !d.Repair:
		d.say("Restore a backup (app restore), or go on without what is lost: app doctor --repair.")
	}
}

// records checks the engine's records. It unlocks the folder before Repair, which takes the
// lock itself.
func (d *Examination) records(ctx context.Context) error {
	dir := filepath.Join(d.Data, "engine")
	lock, err := store.Hold(dir)
	if err != nil {
		return err
	}
	damaged, err := doctor.Inspect(dir)
	if err = errors.Join(err, lock.Close()); err != nil {
		return err
	}
	for _, one := range damaged {
		d.say("Damaged record file %s: %s", one.File, one.What)
		for _, lost := range one.Lost {
			d.say("  lost: %s", lost)
		}
	}
	d.found += len(damaged)
	if d.Repair && len(damaged) > 0 {
		_, err = engine.Repair(ctx, dir)
		return err
	}
	d.left += len(damaged)
	return nil
}

// identity checks whether the key fits the identity. It cannot repair them: they are stored
// nowhere else.
func (d *Examination) identity(context.Context) error {
	entries, err := os.ReadDir(filepath.Join(d.Data, "workspaces"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, missing := os.Stat(filepath.Join(d.Data, "identity.sealed"))
	_, noKey := os.Stat(filepath.Join(d.Data, "secret.key"))
	if missing == nil && d.Secret == "" && noKey != nil {
		d.say("There is no secret.key, and SECRET_KEY is not set: set it, so that identity.sealed can be looked at.")
		d.found, d.left = d.found+1, d.left+1
		return nil
	}
	if missing != nil && len(entries) == 0 {
		return nil // nothing was begun
	}
	if _, err := keyring.Open(d.Data, d.Secret, true); err != nil {
		d.say("%s", cmp.Or(Sentence(err, d.Data), "telegramtrac cannot start: "+err.Error()))
		d.found, d.left = d.found+1, d.left+1
	}
	return nil
}

// messages checks all Parquet files of the workspaces.
func (d *Examination) messages(ctx context.Context) error {
	lock, err := store.Hold(filepath.Join(d.Data, "engine"))
	if err != nil {
		return err
	}
	defer lock.Close()
	err = filepath.WalkDir(filepath.Join(d.Data, "workspaces"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		switch {
		case e.IsDir() && e.Name() == staging.TakingDir:
			return fs.SkipDir
		case e.IsDir():
		case strings.HasSuffix(path, ".parquet.damaged"):
			d.say("Set aside earlier: %s", d.within(path))
		case strings.HasSuffix(path, ".parquet"):
			return d.part(path)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return err
}

func (d *Examination) within(path string) string {
	if rel, err := filepath.Rel(d.Data, path); err == nil {
		return rel
	}
	return path
}

func (d *Examination) part(path string) error {
	d.parts++
	in, name := bucket.Folder(d.Data), filepath.ToSlash(d.within(path))
	err := mend.Check(in, name)
	if err == nil {
		return nil
	}
	d.found++
	d.say("Damaged: %s: %v", d.within(path), err)
	if !d.Repair {
		d.left++
		return nil
	}
	lost, err := mend.Mend(in, name)
	if err != nil {
		return err
	}
	if len(lost) > 0 {
		d.say("  lost: messages among ids %s; collect the channel again, and they are asked for anew", idRanges(lost))
	}
	if _, err := os.Stat(path + ".damaged"); err == nil && len(lost) == 0 {
		d.say("  what cannot be read of it counts as never collected, and is asked for anew")
	}
	return nil
}

// idRanges writes ranges of ids in words, the first ten of them.
func idRanges(rs collector.Ranges) string {
	var out []string
	for i, r := range rs {
		if i == 10 {
			out = append(out, fmt.Sprintf("and %d more ranges", len(rs)-i))
			break
		}
		if r.Lo == r.Hi {
			out = append(out, fmt.Sprint(r.Lo))
		} else {
			out = append(out, fmt.Sprintf("%d to %d", r.Lo, r.Hi))
		}
	}
	return strings.Join(out, ", ")
}
