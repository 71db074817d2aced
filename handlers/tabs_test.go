package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/handlers"
)

// lookedAt is a signed-in visitor whose workspace has the small world collected.
func lookedAt(t *testing.T) (*site, *browser) {
	t.Helper()
	s := newSite(t)
	b := s.signedInAt(t, collector.SourceTelegram)
	id := b.submit("@alpha")
	w, _ := onlyCollection(s)
	s.engine.change(w, id, -1, func(c *collector.Collection) { c.State, c.Messages = collector.Done, 72 })
	s.fill(t, w)
	return s, b
}

func TestMessagesTab(t *testing.T) {
	t.Parallel()
	_, b := lookedAt(t)
	r := b.get("/tabs/messages")
	r.shows(t, 200, "<!doctype html>", `id="tab-messages" href="/tabs/messages"`, `aria-current="page">Messages`, "1–50 of 73",
		`href="/tabs/messages?page=2"`,
		`<span class="bold">Bold</span>`, `<a href="https://example.org/long"`, `<a href="https://t.me/beta"`, `<span class="tag">#tag</span>`,
		`<a href="https://example.org/a?b=1&amp;c=2"`,
		`Forwarded from <a href="https://t.me/beta/7"`, "Бета — новости · @beta", "Forwarded from <bdi>a person</bdi>", `Reply to #120`,
		"<bdi>Video</bdi> · <bdi>march.mp4</bdi> · <bdi>2 min 5 s</bdi> · <bdi>1920 × 1080</bdi> · <bdi>18.4 MB</bdi>",
		"12\u202f480 views", "312 forwards", "41 replies", "👍 210", "★ 3", "album", "pinned", "Do you read more than one channel?", "67 %",
		"A message was pinned",
		`href="https://t.me/alpha/130"`, `href="https://t.me/c/1003/5"`, "A long story about very small things", `dir="auto"`,
		`<time datetime="2024-02-02T14:04:00Z" data-local>2024-02-02 14:04</time>`)
	r.lacks(t, "<script>alert", "<img", "javascript:", "ZgotmplZ")

	one := b.swapping("look").get("/tabs/messages?channel=beta")
	one.shows(t, 200, `<section id="look"`, `<option value="1002" selected>`, "Исходное сообщение", "1–2 of 2")
	one.lacks(t, "<!doctype", "Message number", `class="who"`)
	b.get("/tabs/messages?channel=1001&page=2").shows(t, 200, "51–70 of 70", `href="/tabs/messages?channel=1001"`)
}

// TestRoundedNumbers: numbers that the web preview rounds are not shown as exact, and a poll
// for which it shows only shares has these.
func TestRoundedNumbers(t *testing.T) {
	t.Parallel()
	s, b := lookedAt(t)
	w, _ := onlyCollection(s)
	m := collector.Message{
		ID: 500, ChannelID: 1008, Kind: collector.KindMessage, Date: noon, Source: collector.SourcePreview, Text: "How is the tea?",
		Views: ptr[int64](82_900), ViewsRounded: true, Reactions: []collector.Reaction{{Emoji: "🔥", Count: 1200}}, ReactionsRounded: true,
		MediaType: "MessageMediaDocument", FileSize: ptr[int64](52_600), FileSizeRounded: true,
		PollQuestion: "Tea?", PollVoters: ptr[int64](3400), PollVotersRounded: true,
		PollResults: []collector.PollResult{{Text: "Strong", Percent: ptr[int32](81)}, {Text: "Weak"}},
	}
	part := collector.Part{ChannelID: 1008, Range: collector.Range{Lo: 500, Hi: 500}, Source: collector.SourcePreview, ObservedAt: noon,
		Messages: []collector.Message{m}}
	if err := s.data[w].Writer(3).PutPart(t.Context(), part); err != nil {
		t.Fatal(err)
	}
	b.get("/tabs/messages?channel=1008").shows(t, 200, "about 82\u202f900 views", "🔥 ≈ 1\u202f200", "about 52.6 kB", "about 3\u202f400 voters",
		`<progress max="100" value="81" aria-label="Strong"></progress><span class="number">81 %</span>`, `<span dir="auto">Weak</span></li>`)
}

// TestSandboxLinksNowhere: names of the sandbox are invented, and may belong to somebody else
// at Telegram.
func TestSandboxLinksNowhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	id := b.submit("@alpha")
	w, _ := onlyCollection(s)
	s.engine.change(w, id, -1, running)
	s.fill(t, w)
	for _, path := range []string{"/collections/" + id, "/tabs/messages", "/tabs/metadata", "/tabs/dataset", "/tabs/network"} {
		r := b.get(path)
		r.shows(t, 200, "@alpha")
		r.lacks(t, `href="https://t.me/`)
	}
	conn := b.listen(s.serve(t), id)
	if m := until(t, conn, "@alpha"); strings.Contains(m, "https://t.me/") {
		t.Errorf("the websocket links to Telegram:\n%s", m)
	}
}

func TestMetadataTab(t *testing.T) {
	t.Parallel()
	_, b := lookedAt(t)
	r := b.get("/tabs/metadata")
	r.shows(t, 200, "Alpha News", "Second line with t.me/beta", "@alphanews", "48\u202f210", "https://t.me/c/1003", "Verified by Telegram",
		"&#34;participants_count&#34;: 48210", `href="/files/channels/1001/channel.json"`)
	r.lacks(t, "<script>alert", "<img")
	b.swapping("look").get("/tabs/metadata").lacks(t, "<!doctype")
}

func TestDatasetTab(t *testing.T) {
	t.Parallel()
	_, b := lookedAt(t)
	b.get("/tabs/dataset").shows(t, 200, "<dd>72</dd>", fmt.Sprintf("73 rows of %d columns", columns), `href="/files/messages.parquet"`,
		`href="/files/channels.parquet"`, `href="/files/peers.parquet"`, `href="/files/graph.json"`,
		`href="/files/channels/1001/messages.parquet"`, "<code>message_id</code>", `<td class="number">60</td>`, "1–130")
}

// putReceipts gives a workspace receipts of every kind.
func (s *site) putReceipts(t *testing.T, w string) {
	t.Helper()
	out := s.data[w].Writer(2)
	for _, r := range []collector.Receipt{
		{CollectionID: "c000", Reference: "@alpha", ChannelID: 1001, Username: "alpha", State: "failed", Error: "private",
			FinishedAt: noon.Add(-time.Hour)},
		{CollectionID: "c001", Reference: "@alpha", ChannelID: 1001, Username: "alpha", Title: "Alpha News", State: "partial", Error: "network",
			Lo: 1, Hi: 9000,
			Covered: []collector.Range{{Lo: 1, Hi: 400}, {Lo: 501, Hi: 8000}},
			Absent:  []collector.Range{{Lo: 3, Hi: 3}, {Lo: 10, Hi: 14}, {Lo: 20, Hi: 20}, {Lo: 30, Hi: 31}},
			Server:  ptr[int64](8870), Messages: 7880, Service: 11, AbsentCount: 9, Requests: 91, Waits: 2, WaitedSeconds: 125, Resumed: 3,
			StartedAt: noon, FinishedAt: noon.Add(time.Minute)},
		{CollectionID: "c001", Reference: "t.me/c/1234567890/1", State: "failed", Error: "not_found", FinishedAt: noon},
		{CollectionID: "c001", Reference: "@gamma", ChannelID: 1009, Username: "gamma", State: "canceled", FinishedAt: noon.Add(-time.Hour)},
	} {
		if err := out.PutReceipt(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReceipts: the newest receipt of each channel, and why it ended early.
func TestReceipts(t *testing.T) {
	t.Parallel()
	s, b := lookedAt(t)
	w, _ := onlyCollection(s)
	s.putReceipts(t, w)
	r := b.get("/tabs/dataset")
	r.shows(t, 200, "Receipts", "1–9000", "7\u202f900 of 9\u202f000", "7\u202f880", "3, 10–14, 20, …", "8\u202f870", "2 min 5 s",
		"ended early", "Telegram could not be reached.", "It was canceled.",
		"This account has not met channel 1234567890 yet.", `<td class="number">91</td>`, `<td class="number">3</td>`,
		`href="/files/receipts.parquet"`, `href="/files/versions.parquet"`)
	r.lacks(t, "is private", "do not open", "Trying again")
}

// TestDamagedFiles: the page says what is missing and what to do.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newSite(t, func(o *handlers.Options) {
		o.Data = func(w string) (*dataset.Dataset, error) { return dataset.Open(filepath.Join(dir, w)) }
	})
	b := s.signedIn(t)
	folder := filepath.Join(dir, b.workspace(), "receipts")
	b.get("/tabs/dataset").lacks(t, "does not open")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "c1.0123456789abcdef.0000000000000001-0000000000000001.parquet"), []byte("PAR1 damaged"),
		0o600); err != nil {
		t.Fatal(err)
	}
	b.get("/tabs/dataset").shows(t, 200, "1 file of this workspace does not open and is left out.",
		"fetched again when the channel is collected again")
}

// TestLostMessages: the rest of a damaged part is shown, and the page names the channel and
// the lost ids.
func TestLostMessages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newSite(t, func(o *handlers.Options) {
		o.Data = func(w string) (*dataset.Dataset, error) { return dataset.Open(filepath.Join(dir, w)) }
	})
	b := s.signedIn(t)
	folder := filepath.Join(dir, b.workspace())
	d, err := dataset.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, lo := range []int64{1, 11} {
		p := collector.Part{ChannelID: 77, Range: collector.Range{Lo: lo, Hi: lo + 9}, Source: collector.SourceTelegram}
		for id := lo + 9; id >= lo; id-- {
			p.Messages = append(p.Messages, collector.Message{ID: id, Kind: collector.KindMessage, Text: fmt.Sprint("said ", id)})
		}
		if err := d.Writer(1).PutPart(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	paths, err := filepath.Glob(filepath.Join(folder, "messages", "*", "*0011.*"))
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	part, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	part[len(part)/3] ^= 1
	if err := os.WriteFile(paths[0], part, 0o600); err != nil {
		t.Fatal(err)
	}
	r := b.get("/tabs/messages")
	r.shows(t, 200, "said 10")
	r.lacks(t, "said 11")
	b.get("/tabs/dataset").shows(t, 200, "10 messages are lost of channel 77, among ids 11–20.", "asked for anew")
	b.get("/files/messages.parquet").shows(t, 200, "PAR1")
}

func TestNetworkTab(t *testing.T) {
	t.Parallel()
	_, b := lookedAt(t)
	r := b.swapping("look").get("/tabs/network")
	r.shows(t, 200, `id="network"`, `data-graph="/network/graph.json"`, `id="network-details"`, `id="network-status"`, "vendor/sigma.min.js",
		"vendor/graphology.umd.min.js", "network.js",
		"An arrow leads from the channel that forwards, mentions, links or replies", "@named_1", "not collected", "mention", `class="swatch c1"`)
	r.lacks(t, "<script>alert")
}

func TestEmptyTabs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	for tab, want := range map[string]string{
		"messages": "The messages that are collected appear here", "metadata": "The details of each channel appear here",
		"dataset": "The rows that are collected are counted here", "network": "the network is drawn here", "options": "Delete everything",
	} {
		r := b.get("/tabs/" + tab)
		r.shows(t, 200, want)
		if n := strings.Count(r.body, `class="step done"`); n != 1 {
			t.Errorf("%s: %d steps are done in an empty workspace", tab, n)
		}
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	_, b := lookedAt(t)
	for path, want := range map[string]struct {
		name string
		rows int64
	}{
		"/files/messages.parquet":               {"messages.parquet", 73},
		"/files/channels.parquet":               {"channels.parquet", 3},
		"/files/peers.parquet":                  {"peers.parquet", 0},
		"/files/receipts.parquet":               {"receipts.parquet", 0},
		"/files/versions.parquet":               {"versions.parquet", 0},
		"/files/channels/1001/messages.parquet": {"alpha_messages.parquet", 70},
		"/files/channels/BETA/messages.parquet": {"beta_messages.parquet", 2},
		"/files/channels/1003/messages.parquet": {"1003_messages.parquet", 1},
	} {
		r := b.get(path)
		if r.status != 200 || r.header.Get("Content-Type") != "application/vnd.apache.parquet" ||
			r.header.Get("Content-Disposition") != `attachment; filename="`+want.name+`"` {
			t.Errorf("%s: status %d, headers %v", path, r.status, r.header)
			continue
		}
		f, err := parquet.OpenFile(strings.NewReader(r.body), int64(len(r.body)))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if f.NumRows() != want.rows {
			t.Errorf("%s: %d rows, want %d", path, f.NumRows(), want.rows)
		}
	}
	b.get("/files/graph.json").shows(t, 200, `"nodes"`, `"links"`, "named_1")
	r := b.get("/files/channels/alpha/channel.json")
	r.shows(t, 200, `"participants_count":48210`)
	if got := r.header.Get("Content-Disposition"); got != `attachment; filename="alpha.json"` {
		t.Errorf("Content-Disposition %q", got)
	}
}

// breaking writes a file that breaks after some bytes.
func breaking(after int, panics bool) func(context.Context, io.Writer) error {
	return func(_ context.Context, w io.Writer) error {
		if _, err := w.Write(make([]byte, after)); err != nil {
			return err
		}
		if panics {
			panic("the part is damaged")
		}
		return errors.New("the disk broke")
	}
}

// TestBrokenDownload: nobody mistakes a part of a file for the whole.
func TestBrokenDownload(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		after  int
		panics bool
	}{"at once": {}, "in the middle": {after: 1 << 20}, "panics at once": {panics: true},
		"panics in the middle": {after: 1 << 20, panics: true}} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.AddFile("/files/of/a/test", breaking(tt.after, tt.panics))
			resp, err := http.Get("http://" + s.serve(t) + "/files/of/a/test")
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			_, err = io.ReadAll(resp.Body)
			if tt.after == 0 && (resp.StatusCode != 500 || err != nil || resp.Header.Get("Content-Disposition") != "") {
				t.Errorf("status %d, %v, %v", resp.StatusCode, resp.Header, err)
			}
			if tt.after > 0 && err == nil {
				t.Error("the broken file arrived as if it were whole")
			}
		})
	}
}

// TestDownloadEndsWithTheBrowser: when the browser leaves, writing ends.
func TestDownloadEndsWithTheBrowser(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	s := newSite(t)
	s.AddFile("/files/of/a/test", func(_ context.Context, w io.Writer) error {
		for {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				ended <- err
				return err
			}
		}
	})
	ctx, leave := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.serve(t)+"/files/of/a/test", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadFull(resp.Body, make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	leave()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("writing ended without an error")
		}
	case <-time.After(2 * time.Minute):
		t.Error("it is still written")
	}
}
