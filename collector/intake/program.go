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
	"slices"
	"syscall"
	"time"
)

// Program is the program to start readers from. Zero means the running program itself, which
// must call Main if IsReader reports true.
type Program struct {
	Path string
	Args []string
}

// Tell receives the reports of a reader.
type Tell struct {
	Progress func(done, total int64)  // must not block
	Seen     func(channel Seen) error // each channel as rows name it; an error ends the reader, and Read returns it
}

// maxLine is the length of the longest line that a reader may write.
const maxLine = 4 << 20

// endGrace is how long a reader may take to end after its outcome.
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

// running is a started reader.
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
	// Without the program's own environment: there are secrets in it.
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

// listen passes on a reader's reports until it writes its outcome; nil if it ends without one.
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

// outOfMemory is what Go's runtime says when it gets no memory; of a thread it gets no stack.
var outOfMemory = []string{"out of memory", "cannot allocate memory", "pthread_create failed", "failed to create new OS thread"}

// ended returns why a reader ended without an outcome.
func (r *running) ended() error {
	state := r.cmd.ProcessState
	switch {
	case state.ExitCode() == exitMemory, slices.ContainsFunc(outOfMemory, r.last.has):
		return &LimitError{"memory"}
	case state.ExitCode() == exitTime:
		return &LimitError{"time"}
	}
	return &CrashError{state.String(), r.last.functions()}
}

// ending stores the beginning of what a reader prints when it crashes: the reason and the
// functions that it was in.
type ending struct{ said bytes.Buffer }

func (e *ending) Write(p []byte) (int, error) {
	e.said.Write(p[:min(len(p), max(0, 1<<14-e.said.Len()))])
	return len(p), nil
}

func (e *ending) has(words string) bool { return bytes.Contains(e.said.Bytes(), []byte(words)) }

var functionLine = regexp.MustCompile(`(?m)^(\S+)\(.*\)$`)

// functions returns the names of the functions that crashed, the innermost first. It leaves
// out arguments and the panic's message: they may contain text of people.
func (e *ending) functions() (out []string) {
	for _, m := range functionLine.FindAllStringSubmatch(e.said.String(), 8) {
		out = append(out, m[1])
	}
	return out
}
