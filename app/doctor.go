package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/workspace"
)

// doctor looks through the data folder, says what is damaged, and with --repair makes
// the rest usable. What it takes out is kept aside.
func doctor(ctx context.Context, args []string, getenv func(string) string, out io.Writer) int {
	const usage = "app doctor [--data FOLDER] [--repair]\nLooks through all data and says what is damaged. With --repair the rest is made usable; what is lost is named, and the damaged files are kept aside.\ntelegramtrac must not be running on the folder."
	repair := false
	data, words, err := dataAndRest("doctor", usage, args, getenv, out, func(f *flag.FlagSet) { f.BoolVar(&repair, "repair", false, "") })
	if err == nil && len(words) > 0 {
		fmt.Fprintln(out, usage)
	}
	if err != nil || len(words) > 0 {
		return 2
	}
	d := &examination{data: data, repair: repair, out: out}
	for _, look := range []func(context.Context) error{d.records, d.identity(getenv("SECRET_KEY")), d.parts} {
		if err := look(ctx); err != nil {
			fmt.Fprintln(out, commandSentence(err, data))
			return 1
		}
	}
	return d.conclude()
}

// examination is one look through a data folder.
type examination struct {
	data        string
	repair      bool
	out         io.Writer
	found, left int // damaged things; those that are so still
	looked      int // parts
}

func (d *examination) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

func (d *examination) conclude() int {
	switch {
	case d.found == 0:
		d.say("Everything in %s is as it was written (%d files of messages and the like).", d.data, d.looked)
	case d.left == 0:
		d.say("Repaired. What was damaged is kept aside, in engine/damaged-* and as *.damaged.")
	case !d.repair:
		d.say("Restore a backup (app restore), or go on without what is lost: app doctor --repair.")
	}
	return min(1, d.left)
}

// records looks through what the engine keeps, and holds nothing afterwards: Repair
// takes the lock itself.
func (d *examination) records(ctx context.Context) error {
	dir := filepath.Join(d.data, "engine")
	lock, err := engine.Hold(dir)
	if err != nil {
		return err
	}
	damaged, err := engine.Inspect(dir)
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
	if d.repair && len(damaged) > 0 {
		_, err = engine.Repair(ctx, dir)
		return err
	}
	d.left += len(damaged)
	return nil
}

// identity looks whether the key and the identity fit. It cannot repair them: nothing
// else knows what they were.
func (d *examination) identity(secret string) func(context.Context) error {
	return func(context.Context) error {
		entries, err := os.ReadDir(filepath.Join(d.data, "workspaces"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		_, missing := os.Stat(filepath.Join(d.data, "identity.sealed"))
		_, noKey := os.Stat(filepath.Join(d.data, "secret.key"))
		if missing == nil && secret == "" && noKey != nil {
			d.say("There is no secret.key, and SECRET_KEY is not set: set it, so that identity.sealed can be looked at.")
			d.found, d.left = d.found+1, d.left+1
			return nil
		}
		if missing != nil && len(entries) == 0 {
			return nil // nothing was begun
		}
		if _, err := workspace.OpenKeys(d.data, secret, true); err != nil {
			d.say("%s", sentence(err, settings{data: d.data}))
			d.found, d.left = d.found+1, d.left+1
		}
		return nil
	}
}

// parts looks through the messages and all that lies beside them.
func (d *examination) parts(ctx context.Context) error {
	lock, err := engine.Hold(filepath.Join(d.data, "engine"))
	if err != nil {
		return err
	}
	defer lock.Close()
	err = filepath.WalkDir(filepath.Join(d.data, "workspaces"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		switch {
		case e.IsDir() && e.Name() == dataset.TakingDir:
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

func (d *examination) within(path string) string {
	if rel, err := filepath.Rel(d.data, path); err == nil {
		return rel
	}
	return path
}

func (d *examination) part(path string) error {
	d.looked++
	err := dataset.Check(path)
	if err == nil {
		return nil
	}
	d.found++
	d.say("Damaged: %s: %v", d.within(path), err)
	if !d.repair {
		d.left++
		return nil
	}
	lost, err := dataset.Mend(path)
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
