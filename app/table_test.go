package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest/long"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
)

// BenchmarkTable prints how fast the product is, from signing in to the files, and at what cost
// in memory: with gotd alone as the floor of collecting, and DuckDB, where DUCKDB_MODULES names
// the folder in which npm installed @duckdb/node-api, asked the same of the exported file.
//
//	go test ./app -run '^$' -bench Table -benchtime 1x -timeout 60m
//
// The product is a process of its own; the sandbox, in this one, stands in for Telegram and uses
// the same processors. -bench Table/collect (slow, job, read, files, visit) prints a part of it;
// -short makes everything a hundredth as large, for a look whether it runs.
func BenchmarkTable(b *testing.B) {
	t := &figures{}
	b.Run("collect", t.collect)
	b.Run("slow", t.slow)
	b.Run("job", t.job)
	var m *million
	made := func() *million { // for two parts, so it ends with both
		if m == nil {
			m = newMillion(b)
		}
		return m
	}
	b.Run("read", func(b *testing.B) { t.read(b, made()) })
	b.Run("files", func(b *testing.B) { t.files(b, made()) })
	b.Run("visit", t.visit)
	fmt.Println(t)
}

// figures are what was measured.
type figures struct{ rows [][4]string }

// add puts a row: what it is, what it took, what it is compared with, and what it must be.
func (t *figures) add(what, took, against, must string) {
	t.rows = append(t.rows, [4]string{what, took, against, must})
}

func (t *figures) String() string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tthe product\tcompared with\tmust be")
	for _, r := range t.rows {
		fmt.Fprintln(w, strings.Join(r[:], "\t"))
	}
	w.Flush()
	return out.String()
}

// watched is the product at work.
type watched struct {
	b      *testing.B
	s      *sandboxtest.Server
	v      *visitor
	cmd    *exec.Cmd
	before float64 // seconds of CPU, when it began to count
}

// watchProduct starts a Telegram of some channels and the product, and signs somebody in.
func watchProduct(b *testing.B, dir string, channels ...sandboxtest.BulkChannel) *watched {
	b.Helper()
	s, args := telegramElsewhere(b, sandboxtest.Bulks(channels...))
	base, cmd := spawn(b, dir, args...)
	w := &watched{b: b, s: s, v: newVisitor(b, base), cmd: cmd}
	w.v.signInAt("telegram", sandbox.Phones()[0])
	return w
}

// scaled is a time to wait, a hundredth with -short.
func scaled(d time.Duration) time.Duration { return time.Duration(long.Size(int(d))) }

// count begins to count CPU, and the peak of memory anew.
func (w *watched) count() {
	w.b.Helper()
	if err := os.WriteFile(w.proc("clear_refs"), []byte("5"), 0); err != nil {
		w.b.Fatal(err)
	}
	w.before = w.used()
}

// cpu is the seconds of CPU since count.
func (w *watched) cpu() float64 { return w.used() - w.before }

// ticks is how Linux counts CPU time: USER_HZ, a hundred a second everywhere.
const ticks = 100

func (w *watched) used() float64 {
	w.b.Helper()
	stat, err := os.ReadFile(w.proc("stat"))
	if err != nil {
		w.b.Skipf("no figures of a process here: %v", err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		w.b.Fatal(err1, err2)
	}
	return float64(user+system) / ticks
}

func (w *watched) proc(name string) string {
	return fmt.Sprintf("/proc/%d/%s", w.cmd.Process.Pid, name)
}

// peak is the most memory since count, in MB.
func (w *watched) peak() float64 { w.b.Helper(); return memory(w.b, w.cmd, "VmHWM") }

// rest waits until the product has nothing to do any more.
func (w *watched) rest() {
	w.b.Helper()
	for quiet := 0; quiet < 4; quiet++ {
		before := w.used()
		time.Sleep(scaled(500 * time.Millisecond))
		if w.used()-before > 0.03 {
			quiet = -1
		}
	}
}

// trac collects channels and returns how long that took, and how long after its last page it was done.
func (w *watched) trac(messages int, names ...string) (took, after time.Duration) {
	w.b.Helper()
	stop, last := make(chan struct{}), make(chan time.Time)
	go func() { // ends with stop
		n, at := -1, time.Now()
		for {
			select {
			case <-stop:
				last <- at
				return
			case <-time.After(2 * time.Millisecond):
				if now := w.s.Hooks().Requests("messages.getHistory"); now != n {
					n, at = now, time.Now()
				}
			}
		}
	}()
	began := time.Now()
	c := w.v.done(url.Values{"channels": {"@" + strings.Join(names, " @")}})
	ended := time.Now()
	close(stop)
	if c.State != collector.Done || c.Messages != int64(messages) {
		w.b.Fatalf("%d of %d messages, %s: %+v", c.Messages, messages, c.State, c)
	}
	return ended.Sub(began), ended.Sub(<-last)
}

// collect is collecting without latency, against gotd alone.
func (t *figures) collect(b *testing.B) {
	for _, j := range []struct{ channels, messages, textBytes int }{
		{1, 50_000, 250}, {1, 200_000, 250}, {1, 1_000_000, 280}, {10, 100_000, 250}} {
		var channels []sandboxtest.BulkChannel
		var names []string
		n := long.Size(j.messages)
		for i := range j.channels {
			names = append(names, fmt.Sprintf("bulk_%d", i))
			channels = append(channels, sandboxtest.BulkChannel{Username: names[i], Messages: n, TextBytes: j.textBytes})
		}
		n *= j.channels
		what := fmt.Sprintf("%d channels, %d messages", j.channels, n)
		w := watchProduct(b, b.TempDir(), channels...)
		least := floor(b, w.s, names)
		if least.Messages != int64(n) {
			b.Fatalf("gotd alone fetched %d of %d messages", least.Messages, n)
		}
		w.count()
		took, after := w.trac(n, names...)
		peak := w.peak()
		time.Sleep(scaled(10 * time.Second))
		left := memory(b, w.cmd, "VmRSS")
		w.rest()
		cpu := w.cpu()
		alone := func(figure string, ratio float64) string { return fmt.Sprintf("gotd alone %s: %.1f ×", figure, ratio) }
		t.add(what+", wall", seconds(took.Seconds()), alone(seconds(least.Seconds), took.Seconds()/least.Seconds), "2.7 ×")
		t.add(what+", CPU a message", micros(cpu, n), alone(micros(least.CPU, n), cpu/least.CPU), "4.0 ×, 26 µs (1 M: 30)")
		t.add(what+", memory", fmt.Sprintf("%.0f MB, with what follows %.0f", peak, w.peak()), "", "120 MB")
		t.add(what+", memory 10 s later", fmt.Sprintf("%.0f MB", left), "", "90 MB")
		t.add(what+", last page to done", seconds(after.Seconds()), "", "at once")
		kill(w.cmd)
		w.s.Close()
	}
}

func seconds(s float64) string { return fmt.Sprintf("%.2f s", s) }

func micros(seconds float64, n int) string { return fmt.Sprintf("%.1f µs", seconds*1e6/float64(n)) }

// slow is collecting at 80 ms.
func (t *figures) slow(b *testing.B) {
	for _, j := range []struct {
		messages int
		must     string
	}{{50_000, "4 s, 140 MB"}, {200_000, "13 s, 140 MB"}} {
		n := long.Size(j.messages)
		w := watchProduct(b, b.TempDir(), sandboxtest.BulkChannel{Username: "bulk", Messages: n, TextBytes: 250})
		w.s.Hooks().SetLatency(80 * time.Millisecond)
		w.count()
		took, _ := w.trac(n, "bulk")
		t.add(fmt.Sprintf("%d messages at 80 ms", n), fmt.Sprintf("%s, %.0f MB", seconds(took.Seconds()), w.peak()), "", j.must)
		kill(w.cmd)
		w.s.Close()
	}
}

// job is everything from submitting to files on the disk.
func (t *figures) job(b *testing.B) {
	for _, j := range []struct {
		latency time.Duration
		must    string
	}{{0, "1.8 s"}, {80 * time.Millisecond, "4.5 s"}} {
		n := long.Size(50_000)
		w := watchProduct(b, b.TempDir(), sandboxtest.BulkChannel{Username: "bulk", Messages: n, TextBytes: 250, Varied: true})
		w.s.Hooks().SetLatency(j.latency)
		began := time.Now()
		w.trac(n, "bulk")
		for _, name := range []string{"msgs_dataset.csv", "graph.json", "graph.gexf", "network.png"} {
			w.fetch("/files/"+name, filepath.Join(b.TempDir(), name))
		}
		t.add(fmt.Sprintf("%d messages at %v to four files", n, j.latency), seconds(time.Since(began).Seconds()), "", j.must)
		kill(w.cmd)
		w.s.Close()
	}
}

// fetch downloads what an address gives into a file, "" is nowhere, and returns how long that took.
func (w *watched) fetch(at, into string) time.Duration {
	w.b.Helper()
	began := time.Now()
	resp, err := w.v.client.Get(w.v.base + at)
	if err != nil {
		w.b.Fatal(err)
	}
	defer resp.Body.Close()
	out := io.Discard
	if into != "" {
		f, err := os.Create(into)
		if err != nil {
			w.b.Fatal(err)
		}
		defer f.Close()
		out = f
	}
	if _, err := io.Copy(out, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		w.b.Fatalf("GET %s: %s, %v", at, resp.Status, err)
	}
	return time.Since(began)
}

// million is the product with a channel of a million messages, at rest.
type million struct {
	*watched
	n       int
	parquet string // messages.parquet
	folder  string
}

func newMillion(b *testing.B) *million {
	b.Helper()
	folder := b.TempDir()
	n := long.Size(1_000_000)
	w := watchProduct(b, filepath.Join(folder, "data"), sandboxtest.BulkChannel{Username: "bulk", Messages: n, TextBytes: 280, Varied: true})
	w.trac(n, "bulk")
	w.rest()
	m := &million{watched: w, n: n, folder: folder, parquet: filepath.Join(folder, "messages.parquet")}
	m.fetch("/files/messages.parquet", m.parquet)
	return m
}

// read asks the pages of a million messages, first and again.
func (t *figures) read(b *testing.B, m *million) {
	m.b = b
	duck := m.duckDB()
	m.fetch("/tabs/messages", "")
	for _, q := range []struct{ what, at, again, sql, must string }{
		{"first page", "/tabs/messages", "/tabs/messages?page=2", "page", ""},
		{"page 10,000", "/tabs/messages?page=10000", "/tabs/messages?page=10001", "deep", ""},
		{"charts", "/tabs/dataset", "/tabs/dataset", "charts", "0.47 s"},
		{"sort by views", "/tabs/messages?sort=most-views", "/tabs/messages?sort=most-views&page=2", "sort", "0.32 s, again 30 ms"},
		{"photos", "/tabs/messages?media=MessageMediaPhoto", "/tabs/messages?media=MessageMediaPhoto&page=2", "photos", "0.10 s"},
		{"word in text", "/tabs/messages?q=gull+rock", "/tabs/messages?q=gull+rock&page=2", "word", "0.67 s"},
		{"network tab", "/tabs/network", "/tabs/network", "edges", "0.3 s"},
	} {
		if pages := m.n / 50; strings.Contains(q.at, "page=10000") && pages <= 10_000 {
			continue
		}
		first, again := m.fetch(q.at, ""), m.fetch(q.again, "")
		t.add(fmt.Sprintf("%d messages, %s", m.n, q.what), fmt.Sprintf("%.3f s, again %.3f s", first.Seconds(), again.Seconds()),
			duck[q.sql], q.must)
	}
}

// files are the downloads of a million messages.
func (t *figures) files(b *testing.B, m *million) {
	m.b = b
	duck := m.duckDB()
	for _, f := range []struct{ name, must string }{{"messages.csv", "5.5 s"}, {"msgs_dataset.csv", "9 s"}, {"messages.xlsx", "18 s"},
		{"bundle.zip", "35 s"}, {"messages.parquet", ""}, {"edges.parquet", "again 20 ms"}, {"network.png", "again 20 ms"}} {
		m.count()
		first := m.fetch("/files/"+f.name, "")
		took := fmt.Sprintf("%s, %.0f MB", seconds(first.Seconds()), m.peak())
		if strings.Contains(f.must, "again") {
			took += fmt.Sprintf(", again %.3f s", m.fetch("/files/"+f.name, "").Seconds())
		}
		t.add(fmt.Sprintf("%d messages, %s", m.n, f.name), took, duck[f.name], f.must+", 120 MB")
	}
}

// visit is fifty people who look at a tab of 15,000 messages.
func (t *figures) visit(b *testing.B) {
	n := long.Size(15_000)
	w := watchProduct(b, b.TempDir(), sandboxtest.BulkChannel{Username: "bulk", Messages: n, TextBytes: 250, Varied: true})
	defer func() { kill(w.cmd) }()
	w.trac(n, "bulk")
	for _, tab := range []struct{ at, must string }{
		{"/tabs/messages", "300/s, 0.3 s, +40 MB, 6 ms"}, {"/tabs/dataset", "400/s"}} {
		w.fetch(tab.at, "")
		w.rest()
		before := memory(b, w.cmd, "VmRSS")
		w.count()
		const people = 50
		each := max(1, long.Size(4000)/people)
		took, whole := w.crowd(people, each, tab.at)
		pages := float64(len(took))
		t.add(fmt.Sprintf("%d visitors at %s, %d messages", people, tab.at, n),
			fmt.Sprintf("%.0f/s, p99 %s, +%.0f MB, %.1f ms of CPU", pages/whole.Seconds(), seconds(took[len(took)*99/100].Seconds()),
				w.peak()-before, w.cpu()*1e3/pages), "", tab.must)
	}
}

// crowd lets people ask for a page again and again; it returns how long each answer took,
// ascending, and all together.
func (w *watched) crowd(people, each int, at string) (took []time.Duration, whole time.Duration) {
	var mu sync.Mutex
	var all sync.WaitGroup
	client := *w.v.client
	client.Transport = &http.Transport{MaxIdleConnsPerHost: people, DisableCompression: true}
	began := time.Now()
	for range people {
		all.Go(func() {
			for range each {
				asked := time.Now()
				resp, err := client.Get(w.v.base + at)
				if err != nil {
					w.b.Error(err)
					return
				}
				_, err = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if err != nil || resp.StatusCode != http.StatusOK {
					w.b.Errorf("GET %s: %s, %v", at, resp.Status, err)
				}
				mu.Lock()
				took = append(took, time.Since(asked))
				mu.Unlock()
			}
		})
	}
	all.Wait()
	whole = time.Since(began)
	slices.Sort(took)
	return took, whole
}
