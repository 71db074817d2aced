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
	"runtime"
	"syscall"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/datafolder"
	"telegramtrac/collector/intake"
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
	if said := datafolder.Sentence(err, s.data); said != "" {
		return said
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		const used = "The address %s is in use by another program. Stop it, or start this one with --addr and another address, like --addr " +
			"127.0.0.1:8081."
		return fmt.Sprintf(used, s.addr)
	}
	return cannotStart + err.Error()
}
