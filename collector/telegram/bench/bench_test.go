// Package bench measures how fast channels are collected from Telegram, and at
// what cost. It has benchmarks only:
//
//	go test ./collector/telegram/bench -run '^$' -bench . -benchtime 1x -timeout 30m
//
// The sandbox serves messages with 250 bytes of text from a process of its own,
// over loopback; a second process collects them and reports what it has used, so
// neither the server nor the test binary counts. Latency is added to each answer.
//
//   - Collect: through the loop and the client to a store that only counts.
//     messages/s, and µs of CPU a message of the collecting process.
//   - Dataset: to finished Parquet, raw JSON included ("socket to finished
//     Parquet"). The same, and the peak of resident memory in MB.
//
// BENCH_PROFILE=file writes a CPU profile of the (last) collecting process.
// -bench 'Collect/80ms' chooses one latency, -bench 'Dataset/100000$' one size.
package bench

import (
	"bufio"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"os/exec"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gotd/td/session"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest/long"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/telegram"
	"telegramtrac/collector/telegram/client"
	"telegramtrac/collector/telegram/telegramtest"
)

// The test binary plays three parts; the environment says which.
const (
	roleKey   = "BENCH_ROLE"
	jobKey    = "BENCH_JOB"
	serve     = "serve"
	work      = "collect"
	username  = "bulk"
	textBytes = 250
)

func TestMain(m *testing.M) {
	play := map[string]func(job) error{serve: playServer, work: playCollector}[os.Getenv(roleKey)]
	if play == nil {
		os.Exit(m.Run())
	}
	var j job
	err := json.Unmarshal([]byte(os.Getenv(jobKey)), &j)
	if err == nil {
		err = play(j)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// job is what a process is told to do.
type job struct {
	Messages int
	Latency  time.Duration
	InFlight int
	Dir      string // of the dataset; "": count only
	Server   address
}

// address is where a server listens and how to be signed in there.
type address struct {
	DCs     []tg.DCOption
	Key     []byte
	Session []byte
}

// result is what a collecting process has done and used.
type result struct {
	Messages int64
	Seconds  float64
	CPU      float64 // seconds, user and system
	PeakRSS  int64   // bytes
}

// playServer serves until its standard input ends.
func playServer(j job) error {
	ctx := context.Background()
	s, err := sandboxtest.Start(ctx, sandbox.Options{World: sandboxtest.Bulk(username, j.Messages, textBytes)})
	if err != nil {
		return err
	}
	defer s.Close()
	s.Hooks().SetLatency(j.Latency)
	var secret session.StorageMemory
	if err := s.IssueSession(ctx, &secret, sandbox.PhonePlain); err != nil {
		return err
	}
	a := address{DCs: s.DCOptions(), Key: x509.MarshalPKCS1PublicKey(s.PublicKey())}
	if a.Session, err = secret.LoadSession(ctx); err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(a); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// playCollector collects the channel once and prints a result.
func playCollector(j job) error {
	ctx := context.Background()
	key, err := x509.ParsePKCS1PublicKey(j.Server.Key)
	if err != nil {
		return err
	}
	account := telegramtest.NewAccount(j.Server.Session)
	conn, err := client.Dial(ctx, client.Options{
		Server: client.Server{DC: 2, DCs: j.Server.DCs, Keys: []*rsa.PublicKey{key}},
		APIID:  sandbox.APIID, APIHash: sandbox.APIHash,
		Session: account, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	defer conn.Close()
	var store collector.Store = new(counter)
	if j.Dir != "" {
		d, err := dataset.Open(j.Dir)
		if err != nil {
			return err
		}
		store = d.Writer(1)
	}
	stop, err := profile(os.Getenv("BENCH_PROFILE"))
	if err != nil {
		return err
	}
	begin, cpu := time.Now(), used()
	progress, err := loop.Collect(ctx, loop.Run{
		Source:      telegram.NewSource(conn, telegram.Options{Peers: account, Pseudonym: func(id int64) int64 { return id ^ 0x5ca1ab1e }}),
		Store:       store,
		MaxInFlight: j.InFlight, Request: collector.Request{Channels: []string{username}},
	})
	if err != nil {
		return err
	}
	if err := stop(); err != nil {
		return err
	}
	if p := progress[0]; p.State != collector.Done || p.Messages != int64(j.Messages) {
		return fmt.Errorf("collected %+v, want %d messages", p, j.Messages)
	}
	return json.NewEncoder(os.Stdout).Encode(result{
		Messages: progress[0].Messages, Seconds: time.Since(begin).Seconds(), CPU: (used() - cpu).Seconds(), PeakRSS: peakRSS(),
	})
}

// profile writes a CPU profile to a file until stop; "" is none.
func profile(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

// used is the CPU time of this process.
func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // cannot fail for this process
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakRSS is the most memory this process had, in bytes; 0 where the system does
// not tell (it is Linux's VmHWM: ru_maxrss would include the parent's).
func peakRSS() int64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 64)
			return kb * 1024
		}
	}
	return 0
}

// counter is a store that keeps nothing but counts.
type counter struct {
	messages, service atomic.Int64

	mu      sync.Mutex
	covered collector.Ranges
}

func (c *counter) Covered(context.Context, int64, string) (collector.Ranges, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.covered, nil
}

func (c *counter) Count(context.Context, int64, collector.Range) (collector.Count, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := collector.Count{Messages: c.messages.Load(), Service: c.service.Load()}
	n.Absent = c.covered.Len() - n.Messages - n.Service
	return n, nil
}

func (c *counter) Unreadable(context.Context, int64, collector.Range) ([]collector.Message, error) {
	return nil, nil
}

func (c *counter) Vanished(context.Context, int64, collector.Range) (collector.Ranges, error) {
	return nil, nil
}

func (c *counter) PutPart(_ context.Context, p collector.Part) error {
	for i := range p.Messages {
		if p.Messages[i].Kind == collector.KindService {
			c.service.Add(1)
		} else {
			c.messages.Add(1)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.covered = c.covered.Union(collector.NewRanges(p.Range))
	return nil
}

func (c *counter) CoveredBetween(ctx context.Context, id int64, source string, _, _ time.Time) (collector.Ranges, error) {
	return c.Covered(ctx, id, source)
}

func (c *counter) Absent(context.Context, int64, collector.Range) (collector.Ranges, error) {
	return nil, nil // it does not know which
}

func (c *counter) Threads(context.Context, int64, int64, collector.Range) iter.Seq2[collector.Thread, error] {
	return func(func(collector.Thread, error) bool) {}
}

func (c *counter) PutChannel(context.Context, collector.Channel) error { return nil }

func (c *counter) PutPeers(context.Context, []collector.Peer, time.Time) error { return nil }

func (c *counter) KnownAs(context.Context, string) ([]collector.Known, error) { return nil, nil }

func (c *counter) NameOf(context.Context, int64) (string, error) { return "", nil }

func (c *counter) PutReceipt(context.Context, collector.Receipt) error { return nil }

// start runs a part of the test binary. Its standard input ends with the benchmark.
func start(b *testing.B, role string, j job) io.Reader {
	b.Helper()
	told, err := json.Marshal(j)
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), roleKey+"="+role, jobKey+"="+string(told))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		_ = cmd.Wait() // a part that failed has said why, and gave no result
	})
	return out
}

// run lets a process collect, and returns what it used.
func run(b *testing.B, j job) result {
	b.Helper()
	if err := json.NewDecoder(start(b, serve, j)).Decode(&j.Server); err != nil {
		b.Fatalf("the server did not start: %v", err)
	}
	var r result
	if err := json.NewDecoder(start(b, work, j)).Decode(&r); err != nil {
		b.Fatalf("nothing was collected: %v", err)
	}
	return r
}

// report adds up runs.
func report(b *testing.B, runs []result) {
	var sum result
	for _, r := range runs {
		sum.Messages += r.Messages
		sum.Seconds += r.Seconds
		sum.CPU += r.CPU
		sum.PeakRSS = max(sum.PeakRSS, r.PeakRSS)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(sum.Messages)/sum.Seconds, "messages/s")
	b.ReportMetric(sum.CPU*1e6/float64(sum.Messages), "µs-CPU/message")
	b.ReportMetric(float64(sum.PeakRSS)/(1<<20), "peak-MB")
}

func BenchmarkCollect(b *testing.B) {
	for _, latency := range []time.Duration{0, 20 * time.Millisecond, 80 * time.Millisecond} {
		for _, inFlight := range []int{1, 4, 16} {
			b.Run(fmt.Sprintf("%v/%d-in-flight", latency, inFlight), func(b *testing.B) {
				// Long enough for the ranges in flight to have grown, seconds each.
				messages := long.Size(200_000)
				if latency > 0 {
					messages = min(messages, long.Size(10_000)*inFlight*int(80*time.Millisecond/latency))
				}
				var runs []result
				for range b.N {
					runs = append(runs, run(b, job{Messages: messages, Latency: latency, InFlight: inFlight}))
				}
				report(b, runs)
			})
		}
	}
}

func BenchmarkDataset(b *testing.B) {
	for _, messages := range []int{long.Size(100_000), long.Size(1_000_000)} {
		b.Run(strconv.Itoa(messages), func(b *testing.B) {
			var runs []result
			for range b.N {
				runs = append(runs, run(b, job{Messages: messages, InFlight: 8, Dir: b.TempDir()}))
			}
			report(b, runs)
		})
	}
}
