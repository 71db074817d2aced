package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/staging"
)

// TestMain lets the test binary be a reader: a true one, one that misbehaves, or a
// program that has one.
func TestMain(m *testing.M) {
	if IsReader() {
		os.Exit(Main(os.Stdin, os.Stdout))
	}
	if len(os.Args) == 3 && os.Args[1] == "be" {
		misbehave(os.Args[2])
	}
	os.Exit(m.Run())
}

func misbehave(how string) {
	switch how {
	case "crashing":
		panic("what a stranger wrote")
	case "silent":
		os.Exit(0)
	case "babbling":
		fmt.Println("this is no JSON")
	case "without threads": // as the runtime says it with cgo, where memory goes to a thread's stack
		fmt.Fprintln(os.Stderr, "runtime/cgo: pthread_create failed: Resource temporarily unavailable\nSIGABRT: abort")
		os.Exit(2)
	case "greedy", "busy", "writing":
		var job Job
		_ = json.NewDecoder(os.Stdin).Decode(&job)
		confine(job.Limits)
		go watchMemory(job.Limits.Memory * memoryFactor)
		if how == "writing" {
			ignoreFileSize()
			line := outcomeOf(os.WriteFile("large", make([]byte, 2<<20), 0o600))
			_ = json.NewEncoder(os.Stdout).Encode(line)
			os.Exit(0)
		}
		var held [][]byte
		for {
			if how == "greedy" {
				held = append(held, make([]byte, 1<<20))
				held[len(held)-1][0] = 1
			}
		}
	case "a program":
		order, _ := os.ReadFile(os.Getenv("ORDER"))
		var job Job
		_ = json.Unmarshal(order, &job)
		_, _ = Program{}.Read(context.Background(), job, Tell{})
	}
	os.Exit(0)
}

func being(how string) Program { return Program{os.Args[0], []string{"be", how}} }

func limits() Limits {
	return Limits{Memory: 200 << 20, CPU: time.Minute, Wall: time.Minute, Files: 200, FileSize: 1 << 30}
}

// hanging is a job whose file never comes: its reader waits for ever.
func hanging(t *testing.T) Job {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "0")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return Job{Files: []input.File{{Name: "a.json", Path: path}}, Folder: dir, Limits: limits()}
}

// Every way in which a reader may end is told apart, and none ends the program.
func TestReaderEnds(t *testing.T) {
	short := limits()
	short.CPU, short.FileSize = time.Second, 1<<20
	for how, want := range map[string]string{
		"crashing": "*intake.CrashError", "silent": "*intake.CrashError", "babbling": "*intake.CrashError",
		"greedy": "memory", "without threads": "memory", "busy": "time", "writing": "read files: write: file too large",
	} {
		t.Run(how, func(t *testing.T) {
			if runtime.GOOS != "linux" && (how == "busy" || how == "writing") {
				return // the platform has no such limits
			}
			_, err := being(how).Read(t.Context(), Job{Folder: t.TempDir(), Limits: short}, Tell{})
			got := fmt.Sprintf("%T", err)
			if limit, ok := errors.AsType[*LimitError](err); ok {
				got = limit.What
			} else if got != "*intake.CrashError" {
				got = err.Error()
			}
			if got != want {
				t.Errorf("got %s (%v), want %s", got, err, want)
			}
			if err != nil && strings.Contains(err.Error(), "stranger") {
				t.Errorf("the error says what the panic said: %v", err)
			}
		})
	}
}

func TestReaderHangs(t *testing.T) {
	job := hanging(t)
	job.Limits.Wall = 100 * time.Millisecond
	_, err := Program{}.Read(t.Context(), job, Tell{})
	if limit, ok := errors.AsType[*LimitError](err); !ok || limit.What != "time" {
		t.Errorf("got %v, want the limit of time", err)
	}
}

func TestReaderIsCanceled(t *testing.T) {
	cause := errors.New("nobody wants it any more")
	ctx, cancel := context.WithCancelCause(t.Context())
	job := hanging(t)
	go func() { // ends when the reader opens the file
		f, err := os.OpenFile(job.Files[0].Path, os.O_WRONLY, 0)
		if err == nil {
			defer f.Close()
		}
		cancel(cause)
		<-t.Context().Done()
	}()
	if _, err := (Program{}).Read(ctx, job, Tell{}); !errors.Is(err, cause) {
		t.Errorf("got %v, want %v", err, cause)
	}
}

// A reader ends when its program is killed, whatever it does.
func TestReaderDiesWithItsProgram(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // its processes are found in /proc
	}
	order, err := json.Marshal(hanging(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "order")
	if err := os.WriteFile(path, order, 0o600); err != nil {
		t.Fatal(err)
	}
	program := exec.Command(os.Args[0], "be", "a program")
	program.Env = append(os.Environ(), "ORDER="+path)
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	var reader int
	await(t, "it has no reader", func() bool { reader = childOf(program.Process.Pid); return reader != 0 })
	_ = program.Process.Kill()
	_ = program.Wait()
	await(t, "the reader lives on", func() bool {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", reader))
		return err != nil || strings.Contains(string(b), ") Z ")
	})
}

func await(t *testing.T, not string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(not)
		}
	}
}

// childOf is a process that another has started, 0 for none.
func childOf(pid int) int {
	for _, child := range collectortest.Children(pid) {
		return child
	}
	return 0
}

// What a reader stages is what its files say, under pseudonyms of the job's key; and it
// tells of each channel once.
func TestReaderReads(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "0")
	text := `{"_":"Message","id":1,"peer_id":{"_":"PeerChannel","channel_id":5},"from_id":{"_":"PeerUser","user_id":7},"date":"2024-02-02T14:04:00+00:00","message":"one"}` + "\n"
	if err := os.WriteFile(path, []byte(text+strings.Replace(text, `"id":1`, `"id":2`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	var met []Seen
	t.Setenv("SECRET_KEY", "which no reader is told")
	result, err := Program{}.Read(t.Context(), Job{
		Files: []input.File{{Name: "gull_5.ndjson", Path: path}}, Folder: dir, Key: []byte("key"), Limits: limits(),
	}, Tell{Seen: func(s Seen) error { met = append(met, s); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	s, err := staging.OpenStaging(result.Staging)
	if err != nil {
		t.Fatal(err)
	}
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Writer(1).Import(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	want := collector.KeyedPseudonym([]byte("key"))(7)
	n := 0
	for m, err := range d.Scan(t.Context(), 5) {
		if n++; err != nil || m.FromID != want || m.Text != "one" {
			t.Errorf("%+v, %v", m, err)
		}
	}
	if n != 2 || len(met) != 1 || met[0] != (Seen{5, "gull", collector.SourceTelethon}) {
		t.Errorf("%d rows, met %+v", n, met)
	}
}

// Who refuses a channel ends the reader.
func TestReaderIsRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "0")
	text := `{"_":"Message","id":1,"peer_id":{"_":"PeerChannel","channel_id":5},"date":"2024-02-02T14:04:00+00:00","message":"one"}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	refusal := errors.New("invented")
	_, err := Program{}.Read(t.Context(), Job{Files: []input.File{{Name: "a.ndjson", Path: path}}, Folder: dir, Limits: limits()},
		Tell{Seen: func(Seen) error { return refusal }})
	if !errors.Is(err, refusal) {
		t.Errorf("got %v, want %v", err, refusal)
	}
}
