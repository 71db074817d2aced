// Command app is telegramtrac: it collects public Telegram channels with a
// person's own account, shows it live, and gives back data that can be trusted.
//
// main turns flags and environment into a running program, and ends it on
// Ctrl-C or SIGTERM.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/intake"
	"telegramtrac/collector/workspace"
)

// stopTimeout is how long a stop may take; what is not finished by then goes on
// at the next start.
const stopTimeout = 20 * time.Second

func main() {
	if intake.IsReader() {
		os.Exit(intake.Main(os.Stdin, os.Stdout))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, stop, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// run is main without the process: it returns the exit code. It calls stopped
// when it has heard that ctx ended. What was asked for goes to answer, what is told
// to out.
func run(ctx context.Context, stopped func(), args []string, getenv func(string) string, answer, out io.Writer) int {
	if len(args) > 0 {
		if other, ok := commands()[args[0]]; ok {
			return other(ctx, args[1:], getenv, answer)
		}
	}
	settings, err := readSettings(args, getenv, out)
	if errors.Is(err, errVersion) {
		fmt.Fprintln(answer, version())
		return 0
	}
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(out, err)
		return 2
	}
	logger := slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelInfo}))
	program, err := start(ctx, settings, logger)
	if err != nil {
		fmt.Fprintln(out, sentence(err, settings))
		return 1
	}
	fmt.Fprintf(out, "telegramtrac is ready: %s\nPress Ctrl-C to stop. Data is kept in %s.\n", program.url(), settings.data)
	err = program.wait(ctx)
	stopped() // a second Ctrl-C ends it at once
	fmt.Fprintln(out, "Stopping…")
	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err = errors.Join(err, program.close(stopCtx)); err != nil {
		logger.Error("stopping failed", "error", err)
		return 1
	}
	fmt.Fprintln(out, "Stopped. What was being collected goes on at the next start.")
	return 0
}

// version is what --version prints.
func version() string {
	return fmt.Sprintf("telegramtrac %s (%s, %s/%s)", collector.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// cannotStart begins the sentence about an error that nobody foresaw at the start.
const cannotStart = "telegramtrac cannot start: "

// sentence says why the program does not start, and what to do.
func sentence(err error, s settings) string {
	if damaged, ok := errors.AsType[*engine.DamagedError](err); ok {
		return damagedRecords(damaged, s.data)
	}
	switch {
	case errors.Is(err, errUnfinished):
		return fmt.Sprintf("A restore into %s was broken off. Empty the folder, and restore once more: app restore.", s.data)
	case errors.Is(err, workspace.ErrIdentityMissing):
		return fmt.Sprintf("%s/identity.sealed is missing, and there is data that belongs to it. Without it nobody finds their workspace. Put it back from a backup, with the SECRET_KEY of its time.", s.data)
	case errors.Is(err, workspace.ErrIdentityDamaged):
		return fmt.Sprintf("%s/identity.sealed is damaged: it does not fit its checksum. Put it back from a backup; SECRET_KEY is not the reason.", s.data)
	case errors.Is(err, workspace.ErrKeyMissing):
		return fmt.Sprintf("%s/secret.key is missing, which seals what lies there. Put it back from a backup, or set SECRET_KEY to what was in it.", s.data)
	case errors.Is(err, workspace.ErrKeyFile):
		return fmt.Sprintf("The key in %s/secret.key does not fit the data folder: it was changed, or is damaged. Put it back from a backup.", s.data)
	case errors.Is(err, workspace.ErrKey):
		return fmt.Sprintf("SECRET_KEY does not fit %s. Set it to the key that was used before; to change it, put the new one first: new,old.", s.data)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Sprintf("The disk is full: %s cannot be written. Make room and start again; what is there is kept.", s.data)
	case errors.Is(err, engine.ErrInUse):
		return fmt.Sprintf("Another telegramtrac is already using %s. Stop it, or start this one with --data and another folder.", s.data)
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EROFS):
		return fmt.Sprintf("telegramtrac cannot write to %s. Choose another folder with --data.", s.data)
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Sprintf("The address %s is in use by another program. Stop it, or start this one with --addr and another address, like --addr 127.0.0.1:8081.", s.addr)
	}
	return fmt.Sprint(cannotStart, err)
}

// damagedRecords says what is damaged, what it held, and how to go on.
func damagedRecords(e *engine.DamagedError, data string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Records in %s are damaged, so telegramtrac does not start on them:\n", filepath.Join(data, "engine"))
	for _, d := range e.Damage {
		fmt.Fprintf(&b, "  %s: %s\n", d.File, d.What)
		for _, lost := range d.Lost {
			fmt.Fprintf(&b, "    lost: %s\n", lost)
		}
	}
	b.WriteString("Restore a backup (app restore), or go on without what is lost: app doctor --repair, which keeps the damaged files aside.\nCollected messages are not in these files.")
	return b.String()
}
