package engine

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/keyring"
)

// crashEnv names what the test binary does before it kills itself.
const crashEnv = "ENGINE_TEST_CRASH"

func TestMain(m *testing.M) {
	if what := os.Getenv(crashEnv); what != "" {
		if err := crash(what, os.Args[len(os.Args)-1]); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// crash does something in the folder, says what was acknowledged, and dies as
// by kill -9.
func crash(what, dir string) error {
	ctx := context.Background()
	e, err := Open(ctx, Options{Dir: dir})
	if err != nil {
		return err
	}
	if after, ok := strings.CutPrefix(what, "lists"); ok {
		return crashAmongLists(ctx, e, after)
	}
	id, err := e.Submit(ctx, "w", request("@a", "@b"))
	if err != nil {
		return err
	}
	fmt.Println(id)
	switch what {
	case "submit":
	case "save":
		err = crashAfterSave(ctx, e, id)
	case "delete":
		err = crashAfterDelete(ctx, e)
	default:
		err = fmt.Errorf("unknown crash %q", what)
	}
	if err != nil {
		return err
	}
	return syscall.Kill(os.Getpid(), syscall.SIGKILL)
}

func crashAfterSave(ctx context.Context, e *Engine, id string) error {
	l, err := e.Acquire(ctx, "w")
	if err != nil {
		return err
	}
	fmt.Println(l.Revision())
	retry := instant.Add(time.Hour)
	if err := l.Save(ctx, id, collector.Collection{State: collector.Waiting, Waits: collector.Flood, RetryAt: &retry}); err != nil {
		return err
	}
	for i := range 20 {
		if err := l.SaveChannel(ctx, id, 1, collector.Progress{Reference: "@b", State: collector.Waiting, Messages: int64(i + 1)}); err != nil {
			return err
		}
	}
	return nil
}

func crashAfterDelete(ctx context.Context, e *Engine) error {
	if err := e.SetWorkspace(ctx, "v", Workspace{ID: "w"}); err != nil {
		return err
	}
	if err := e.PutSession(ctx, "w", []byte("sealed")); err != nil {
		return err
	}
	if err := e.PutPeer(ctx, "w", "id.1", []byte("1")); err != nil {
		return err
	}
	return e.DropWorkspace(ctx, "w")
}

// child is a process that does what crash says.
func child(t *testing.T, what, dir string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, dir)
	cmd.Env = append(os.Environ(), crashEnv+"="+what)
	return cmd
}

// runCrash returns the lines that the child wrote before it died.
func runCrash(t *testing.T, what, dir string) []string {
	t.Helper()
	cmd := child(t, what, dir)
	out, err := cmd.Output()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the child was not killed: %v\n%s", err, out)
	}
	var lines []string
	for s := bufio.NewScanner(strings.NewReader(string(out))); s.Scan(); {
		lines = append(lines, s.Text())
	}
	return lines
}

// instant is a time at which nothing happens.
var instant = time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)

func request(channels ...string) collector.Request {
	return collector.Request{Channels: channels}
}

func open(t testing.TB, o Options) *Engine {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	e, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	box, err := keyring.NewBox([]byte("what tests are sealed with"), "test")
	if err != nil {
		t.Fatal(err)
	}
	e.SealWith(keyring.New(nil, box))
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func submit(t testing.TB, e *Engine, workspace string, channels ...string) string {
	t.Helper()
	id, err := e.Submit(t.Context(), workspace, request(channels...))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func acquire(t testing.TB, e *Engine, workspace string) *Lease {
	t.Helper()
	l, err := e.Acquire(t.Context(), workspace)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func collection(t testing.TB, e *Engine, workspace, id string) collector.Collection {
	t.Helper()
	c, err := e.Collection(t.Context(), workspace, id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// next takes a lease's next task and wants it to be the one with the id.
func next(t testing.TB, l *Lease, id string) Task {
	t.Helper()
	task, ok, err := l.Next(t.Context())
	if err != nil || !ok || task.ID != id {
		t.Fatalf("Next: got %q, %v, %v; want %q", task.ID, ok, err, id)
	}
	return task
}

func save(t testing.TB, l *Lease, id string, s collector.State) {
	t.Helper()
	if err := l.Save(t.Context(), id, collector.Collection{State: s}); err != nil {
		t.Fatal(err)
	}
}

func ask(t testing.TB, e *Engine, workspace, id string, w Want) {
	t.Helper()
	if err := e.Ask(t.Context(), workspace, id, w); err != nil {
		t.Fatal(err)
	}
}

// receive takes one value from a channel, or fails when none comes.
func receive[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v, ok := <-c:
		if !ok {
			t.Fatal("the channel is closed")
		}
		return v
	case <-time.After(2 * time.Minute):
		t.Fatal("nothing came")
	}
	panic("unreachable")
}

// receiveEnd waits until a channel closes.
func receiveEnd[T any](t testing.TB, c <-chan T) {
	t.Helper()
	late := time.After(2 * time.Minute)
	for {
		select {
		case _, ok := <-c:
			if !ok {
				return
			}
		case <-late:
			t.Fatal("the channel stays open")
		}
	}
}
