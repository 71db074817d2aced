package intake

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"syscall"
	"time"
)

// Program is what readers are started from. Its zero value is the running program
// itself, which has to call Main where IsReader says so.
type Program struct {
	Path string
	Args []string
}

// Tell is told how a reader gets on.
type Tell struct {
	Progress func(done, total int64)  // must not block
	Seen     func(channel Seen) error // each as rows call it; an error ends the reader, and is Read's
}

// maxLine is the length of the longest line that a reader may tell.
const maxLine = 4 << 20

// endGrace is how long a reader may take to end after it has told its outcome.
const endGrace = 5 * time.Second

// Read reads the files of a job in a process of their own, which is gone when it
// returns. Errors: *collector.FileError, *LimitError, *CrashError, syscall.ENOSPC, and
// the context's cause.
func (p Program) Read(ctx context.Context, job Job, tell Tell) (*Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if job.Limits.Wall > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, job.Limits.Wall, &LimitError{"time"})
		defer stop()
	}
	order, err := json.Marshal(job)
	if err != nil {
		return nil, fmt.Errorf("start a reader: %w", err)
	}
	runtime.LockOSThread() // a reader dies with the thread that started it
	defer runtime.UnlockOSThread()
	r, err := p.start(ctx, job)
	if err != nil {
		return nil, fmt.Errorf("start a reader: %w", err)
	}
	_, _ = r.in.Write(append(order, '\n')) // fails only where it has ended, as is seen below
	outcome := listen(r.out, tell, cancel)
	r.in.Close()
	late := time.AfterFunc(endGrace, func() { _ = r.cmd.Process.Kill() })
	_ = r.cmd.Wait() // its state says more
	late.Stop()
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	switch {
	case outcome == nil:
		return nil, r.ended()
	case outcome.Fault != nil:
		return nil, outcome.Fault
	case outcome.Full:
		return nil, fmt.Errorf("read files: %w", syscall.ENOSPC)
	case outcome.Result == nil:
		return nil, fmt.Errorf("read files: %s", outcome.Failed)
	}
	return outcome.Result, nil
}

// running is a reader that was started.
type running struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  io.Reader
	last *ending
}

func (p Program) start(ctx context.Context, job Job) (*running, error) {
	if os.Getenv(asReader) != "" {
		return nil, errors.New("a reader starts no other")
	}
	if p.Path == "" {
		self, err := itself()
		if err != nil {
			return nil, err
		}
		p = Program{self, []string{readerArg}}
	}
	r := &running{cmd: exec.CommandContext(ctx, p.Path, p.Args...), last: &ending{}}
	r.cmd.Dir, r.cmd.Stderr, r.cmd.SysProcAttr = job.Folder, r.last, apart()
	// Nothing of the program's own settings: there are secrets among them.
	r.cmd.Env = []string{asReader + "=1", "GOMAXPROCS=1", "TZ=" + os.Getenv("TZ")}
	var err error
	if r.in, err = r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if r.out, err = r.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	return r, r.cmd.Start()
}

// listen hears what a reader tells, until it tells its outcome or no more; then that is
// nil.
func listen(out io.Reader, tell Tell, cancel context.CancelCauseFunc) *line {
	lines := bufio.NewScanner(out)
	lines.Buffer(make([]byte, 1<<16), maxLine)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil
		}
		for _, seen := range l.Seen {
			if err := tell.Seen(seen); err != nil {
				cancel(err)
				return nil
			}
		}
		if l.Result != nil || l.Fault != nil || l.Full || l.Failed != "" {
			return &l
		}
		if l.Total > 0 && tell.Progress != nil {
			tell.Progress(l.Done, l.Total)
		}
	}
	return nil
}

// ended says why a reader ended that told no outcome.
func (r *running) ended() error {
	state := r.cmd.ProcessState
	switch {
	case state.ExitCode() == exitMemory, r.last.has("out of memory"), r.last.has("cannot allocate memory"):
		return &LimitError{"memory"}
	case state.ExitCode() == exitTime:
		return &LimitError{"time"}
	}
	return &CrashError{state.String(), r.last.functions()}
}

// ending keeps the beginning of what a reader says when it crashes: the reason and the
// functions in which it was.
type ending struct{ said bytes.Buffer }

func (e *ending) Write(p []byte) (int, error) {
	e.said.Write(p[:min(len(p), max(0, 1<<14-e.said.Len()))])
	return len(p), nil
}

func (e *ending) has(words string) bool { return bytes.Contains(e.said.Bytes(), []byte(words)) }

var functionLine = regexp.MustCompile(`(?m)^(\S+)\(.*\)$`)

// functions are the names of the functions it was in, the innermost first. Their
// arguments, and what a panic says, may be somebody's words and are left out.
func (e *ending) functions() (out []string) {
	for _, m := range functionLine.FindAllStringSubmatch(e.said.String(), 8) {
		out = append(out, m[1])
	}
	return out
}
