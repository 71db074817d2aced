package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/collectortest/long"
)

// hostileCase is a file that takes memory or time from whoever believes it.
type hostileCase struct {
	name  string
	make  func(t *testing.T) []byte
	state collector.State
	error collector.ImportError
	says  string // part of what is wrong with the file
	new   int64
}

func hostileCases() []hostileCase {
	return []hostileCase{
		{"thrift_a.parquet", fixture("thrift_a.parquet"), collector.Failed, collector.ImportBadFile, "damaged", 0},
		{"thrift_b.parquet", fixture("thrift_b.parquet"), collector.Failed, collector.ImportBadFile, "damaged", 0},
		{"versions_20M.parquet", fixture("versions_20M.parquet"), collector.Failed, collector.ImportBadFile, "damaged", 0},
		{"list_50M.parquet", fixture("list_50M.parquet"), collector.Failed, collector.ImportBadFile, "damaged", 0},
		{"deep_200M.zip", fixture("deep_200M.zip"), collector.Failed, collector.ImportBadFile, "nested", 0},
		{"same_2500.ndjson", fixture("same_2500.ndjson"), collector.Failed, collector.ImportBadFile, "message 1", 0},
		{"te_500.json", fixture("te_500.json"), collector.Done, "", "", 1},
		{"deep.zip", deepZip, collector.Failed, collector.ImportBadFile, "nested", 0},
		{"same.ndjson", func(*testing.T) []byte { return wordings(2500) }, collector.Failed, collector.ImportBadFile, "message 1", 0},
		{"one_id.ndjson", func(*testing.T) []byte { return counted(full(20_000, 2_000)) }, collector.Done, "", "", 1},
		{"channels.ndjson", func(*testing.T) []byte { return manyChannels(20_000) }, collector.Failed, collector.ImportBadFile, "channels", 0},
		{"entities.json", func(*testing.T) []byte { return longEntities(full(900, 200), 1_000_000) }, collector.Done, "", "", 1},
		{"bigtext.zip", func(t *testing.T) []byte { return zipped(t, "x_777.ndjson", bigTexts(50, full(2<<20, 200_000))) }, collector.Done, "",
			"", 50},
		{"snapshots.zip", func(t *testing.T) []byte { return snapshots(t, full(365, 40)) }, collector.Done, "", "", int64(full(365, 40))},
	}
}

// full is a size, or a smaller one: unless it is asked for the long tests, and under the
// race detector.
func full(n, small int) int {
	if raced || !long.Asked() {
		return small
	}
	return n
}

func fixture(name string) func(*testing.T) []byte {
	return func(t *testing.T) []byte {
		b, err := os.ReadFile(collectortest.Fixtures(t, "hostile", name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}

func zipped(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create(name)
	if err == nil {
		_, err = f.Write(content)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func deepZip(t *testing.T) []byte {
	return zipped(t, "result.json", append([]byte(`{"x":`), bytes.Repeat([]byte("["), full(200<<20, 4<<20))...))
}

func dailyLine(id, channel int, date time.Time, text string, views int) string {
	return fmt.Sprintf(`{"_":"Message","id":%d,"peer_id":{"_":"PeerChannel","channel_id":%d},"date":%q,"message":%q,"views":%d}`+"\n", id,
		channel, date.Format(time.RFC3339), text, views)
}

var newYear = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

func wordings(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		b.WriteString(dailyLine(1, 777, newYear, fmt.Sprint("text ", i), 1))
	}
	return b.Bytes()
}

func counted(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		b.WriteString(dailyLine(1, 777, newYear, "the same", i))
	}
	return b.Bytes()
}

func manyChannels(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		b.WriteString(dailyLine(1, 1000+i, newYear, "hello", 1))
	}
	return b.Bytes()
}

func bigTexts(n, size int) []byte {
	var b bytes.Buffer
	for i := range n {
		b.WriteString(dailyLine(i+1, 777, newYear, strings.Repeat("a", size), 1))
	}
	return b.Bytes()
}

// longEntities is tdl's export of one message with many entities over a long text.
func longEntities(n, size int) []byte {
	var entities []string
	for i := range n {
		entities = append(entities, fmt.Sprintf(`{"Offset":%d,"Length":3}`, i*3))
	}
	return fmt.Appendf(nil, `{"id":777,"messages":[{"id":1,"type":"message","date":1700000000,"text":"x","raw":{"ID":1,"Date":1700000000,"Message":%q,"Entities":[%s]}}]}`,
		strings.Repeat("#a @bcde ", size/9), strings.Join(entities, ","))
}

// snapshots are files of a small channel, one a day, each with a message more.
func snapshots(t *testing.T, days int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for day := range days {
		f, err := z.Create(fmt.Sprintf("daily/day%03d_777.ndjson", day))
		for id := 1; err == nil && id <= day+1; id++ {
			_, err = f.Write([]byte(dailyLine(id, 777, newYear.AddDate(0, 0, id), fmt.Sprint("message ", id), id+day)))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Each hostile file costs its own import and one sentence, under 256 MB of the program
// and of its reader; honest ones are imported. How long each took is logged. Meanwhile the page answers,
// and afterwards the next visitor's import works.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	base, cmd := spawn(t, t.TempDir())
	for _, tt := range hostileCases() {
		t.Run(tt.name, func(t *testing.T) {
			v := newVisitor(t, base)
			v.toImport()
			content := tt.make(t)
			watch := watchProcesses(cmd.Process.Pid)
			began := time.Now()
			if status, body := v.upload(false, map[string][]byte{tt.name: content}); status != http.StatusOK {
				t.Fatalf("the upload ends with %d:\n%s", status, body)
			}
			var slowest time.Duration
			end := v.importState()
			for ; !end.State.Final(); end = v.importState() {
				asked := time.Now()
				if status, _ := v.get("/healthz"); status != http.StatusOK {
					t.Errorf("the page does not answer: %d", status)
				}
				slowest = max(slowest, time.Since(asked))
				time.Sleep(20 * time.Millisecond) // between two looks, as the page does
			}
			took := time.Since(began)
			program, reader := watch()
			t.Logf("%s %s in %s; program %d MB, reader %d MB, slowest answer %s", end.State, end.Error, took.Round(time.Millisecond), program>>20,
				reader>>20, slowest.Round(time.Millisecond))
			if end.State != tt.state || end.Error != tt.error || end.Sum.New != tt.new {
				t.Errorf("it ended as %s %q with %+v, %v; want %s %q with %d new", end.State, end.Error, end.Sum, end.Fault, tt.state, tt.error, tt.new)
			}
			if tt.says != "" && (end.Fault == nil || !strings.Contains(end.Fault.Problem, tt.says)) {
				t.Errorf("it says %v, want something of %q", end.Fault, tt.says)
			}
			if most := int64(256 << 20); !raced && (program > most || reader > most) {
				t.Errorf("the program took %d MB, its reader %d MB", program>>20, reader>>20)
			}
		})
	}
	v := newVisitor(t, base)
	v.toImport()
	if got := v.imports(false, map[string][]byte{"x_777.ndjson": wordings(1)}); got.Sum.New != 1 {
		t.Errorf("the next visitor imports %+v", got.Sum)
	}
}

// watchProcesses looks how much memory a process and its children hold at most, each
// by itself, until it is called.
func watchProcesses(pid int) (end func() (itself, child int64)) {
	var own, children int64
	over := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case <-tick.C:
			}
			own = max(own, held(pid))
			for _, child := range collectortest.Children(pid) {
				children = max(children, held(child))
			}
		}
	})
	return func() (int64, int64) {
		close(over)
		done.Wait()
		return own, children
	}
}

// held is how much memory a process holds.
func held(pid int) int64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
