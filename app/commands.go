package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"telegramtrac/collector/datafolder"
	"telegramtrac/collector/engine"
)

// command is a word after the program's name that makes it do something else than
// serve the page. It returns the exit code.
type command func(ctx context.Context, args []string, getenv func(string) string, out io.Writer) int

// commands lists them by their word.
func commands() map[string]command {
	return map[string]command{"backup": backup, "restore": restore, "doctor": doctor}
}

// call is a command with its arguments read.
type call struct {
	data  string
	words []string
}

// readCall reads --data and as many words as a command wants, in any order. Where they are
// not right it writes the usage and returns false.
func readCall(flags *flag.FlagSet, usage string, args []string, getenv func(string) string, out io.Writer, want int) (c call, ok bool) {
	flags.SetOutput(out)
	flags.Usage = func() { fmt.Fprintln(out, usage) }
	flags.StringVar(&c.data, "data", cmp.Or(getenv("DATA_DIR"), "./data"), "")
	for len(args) > 0 {
		if err := flags.Parse(args); err != nil {
			return c, false
		}
		if args = flags.Args(); len(args) > 0 {
			c.words, args = append(c.words, args[0]), args[1:]
		}
	}
	if len(c.words) != want {
		flags.Usage()
		return c, false
	}
	return c, true
}

// backup copies the data folder into a new folder, or a zip file, with checksums.
func backup(ctx context.Context, args []string, getenv func(string) string, out io.Writer) int {
	const usage = "app backup [--data FOLDER] NEW-FOLDER or NEW-FILE.zip\nCopies all data. telegramtrac must not be running on it."
	c, ok := readCall(flag.NewFlagSet("backup", flag.ContinueOnError), usage, args, getenv, out, 1)
	if !ok {
		return 2
	}
	n, err := datafolder.Backup(ctx, c.data, c.words[0])
	if err != nil {
		fmt.Fprintln(out, commandSentence(err, c.data))
		return 1
	}
	fmt.Fprintf(out, "Backed up %d files of %s to %s.\n", n, c.data, c.words[0])
	if _, err := os.Stat(filepath.Join(c.data, "secret.key")); err == nil {
		fmt.Fprintln(out, "The key secret.key is in it: keep the backup where nobody else reads it.")
	} else {
		fmt.Fprintln(out, "SECRET_KEY is not in it: keep it, too, for without it nobody can sign in to what is restored.")
	}
	return 0
}

// restore copies a backup into an empty data folder, after all of it was checked.
func restore(ctx context.Context, args []string, getenv func(string) string, out io.Writer) int {
	const usage = "app restore [--data EMPTY-FOLDER] BACKUP\nChecks a backup, and copies it into an empty or new data folder."
	c, ok := readCall(flag.NewFlagSet("restore", flag.ContinueOnError), usage, args, getenv, out, 1)
	if !ok {
		return 2
	}
	n, err := datafolder.Restore(ctx, c.words[0], c.data)
	if err != nil {
		fmt.Fprintln(out, commandSentence(err, c.data))
		return 1
	}
	fmt.Fprintf(out, "Restored %d files to %s; every one fits its checksum.\n", n, c.data)
	return 0
}

// doctor looks through the data folder, says what is damaged, and with --repair makes the
// rest usable.
func doctor(ctx context.Context, args []string, getenv func(string) string, out io.Writer) int {
	const usage = "app doctor [--data FOLDER] [--repair]\nLooks through all data and says what is damaged. " +
		"With --repair the rest is made usable; what is lost is named, and the damaged files are kept aside.\n" +
		"telegramtrac must not be running on the folder."
	flags := flag.NewFlagSet("doctor", flag.ContinueOnError)
	repair := flags.Bool("repair", false, "")
	c, ok := readCall(flags, usage, args, getenv, out, 0)
	if !ok {
		return 2
	}
	examination := datafolder.Examination{Data: c.data, Secret: getenv("SECRET_KEY"), Repair: *repair, Out: out}
	left, err := examination.Run(ctx)
	if err != nil {
		fmt.Fprintln(out, commandSentence(err, c.data))
	}
	if err != nil || left > 0 {
		return 1
	}
	return 0
}

// commandSentence says why a command did nothing, and what to do.
func commandSentence(err error, data string) string {
	if bad, ok := errors.AsType[datafolder.DamagedBackupError](err); ok {
		return bad.Error()
	}
	switch {
	case errors.Is(err, engine.ErrInUse):
		return fmt.Sprintf("telegramtrac is running on %s. Stop it first: what is copied or mended meanwhile would not fit together.", data)
	case errors.Is(err, fs.ErrNotExist) && !strings.Contains(err.Error(), "hold"):
		return fmt.Sprintf("There is no such file: %v", err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Sprintf("There is no data of telegramtrac in %s. Name its folder with --data.", data)
	}
	said := sentence(err, settings{data: data})
	if why, ok := strings.CutPrefix(said, cannotStart); ok { // nothing was to be started
		return "This cannot be done: " + why + "."
	}
	return said
}
