package main

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"testing"

	"telegramtrac/collector/export"
	"telegramtrac/static/browsertest"
)

// fileBegins is how each file begins; a new one needs a line.
var fileBegins = map[string]string{
	"bundle.zip":       "PK\x03\x04",
	"messages.parquet": "PAR1", "versions.parquet": "PAR1", "channels.parquet": "PAR1", "peers.parquet": "PAR1", "receipts.parquet": "PAR1",
	"edges.parquet":      "PAR1",
	"messages.csv":       "channel_id,channel_username,channel_title,message_id,kind,",
	"messages.xlsx":      "PK\x03\x04",
	"messages_excel.csv": "\xEF\xBB\xBFchannel_id,channel_username,",
	"graph.json":         `{"directed":true,"multigraph":true,`, "graph.gexf": "<?xml ",
	"nodes.csv": "id,label,channel_id,username,", "edges.csv": "source,target,type,kind,weight,",
	"network.svg": "<svg ", "network.png": "\x89PNG\r\n\x1a\n", "tracker_graph.gexf": "<?xml ",
	"msgs_dataset.csv":    "signature,channel_id,channel_name,msg_id,",
	"collected_chats.csv": "_,id,title,photo,date,", "collected_chats.xlsx": "PK\x03\x04",
	"counter.csv": "id,username,counter,", "chats.txt": "17000001", "user_exceptions.txt": "@lenn_ostrava\t",
	"channel.json": `{"_":"ChatFull","full_chat":{`, "messages.json": `{"_":"ChannelMessages",`,
}

// chartHeads is the head of each chart's table; a new chart needs a line.
var chartHeads = map[string]string{
	"messages-by-day": "day,channel_id,channel,messages\n", "messages-by-week": "week,channel_id,channel,messages\n",
	"messages-by-month": "month,channel_id,channel,messages\n", "views": "week,channel_id,channel,views_per_message\n",
	"media": "media,messages\n", "hours": "weekday,hour,messages\n", "domains": "domain,messages\n",
	"hashtags": "hashtag,messages\n", "mentions": "username,messages\n", "forwards": "source,type,id,messages\n",
}

// downloadAll begins a download by each link in a part of the page, but for other
// forms of a file, and holds the files to how they must begin. It returns how many
// there were of each name.
func downloadAll(t *testing.T, b *browsertest.Browser, part string, begins func(name string) (string, bool)) map[string]int {
	t.Helper()
	links := browsertest.Evaluate[[]string](b,
		fmt.Sprintf(`[...document.querySelectorAll(%q)].map(a => a.getAttribute("href"))`, part+` a[download]:not([href*="?"])`))
	seen := map[string]int{}
	for _, href := range links {
		name := path.Base(href)
		seen[name]++
		want, ok := begins(name)
		if !ok {
			t.Errorf("nobody says how %s begins", href)
			continue
		}
		file := b.Download(fmt.Sprintf(`%s a[href="%s"]`, part, href))
		if !bytes.HasPrefix(file, []byte(want)) || len(file) == len(want) {
			t.Errorf("%s does not begin with %q and go on: %d bytes, %.60q", href, want, len(file), file)
		}
	}
	return seen
}

func beginOfFile(name string) (string, bool) {
	begin, ok := fileBegins[name]
	return begin, ok
}

func beginOfChart(name string) (string, bool) {
	chart, format, _ := strings.Cut(name, ".")
	head, ok := chartHeads[chart]
	if format == "svg" {
		return "<svg ", ok
	}
	return head, ok && format == "csv"
}

// downloadsOfDataset takes away everything that the dataset tab offers: of all
// channels, of one channel, and the charts.
func downloadsOfDataset(t *testing.T, b *browsertest.Browser) {
	t.Helper()
	ofAll := downloadAll(t, b, ".downloads", beginOfFile)
	b.Click(".files summary")
	b.Picture("09-files-of-a-channel")
	ofOne := downloadAll(t, b, ".files[open]", beginOfFile)
	for _, f := range export.Files() {
		if f.ForAll() != (ofAll[f.Name] == 1) || f.ForChannel() != (ofOne[f.Name] == 1) {
			t.Errorf("%s is offered %d times of all channels and %d times of one", f.Name, ofAll[f.Name], ofOne[f.Name])
		}
	}
	charts := downloadAll(t, b, ".charts", beginOfChart)
	for name := range chartHeads {
		if charts[name+".svg"] != 1 || charts[name+".csv"] != 1 {
			t.Errorf("the chart %s is offered %d times as SVG and %d times as CSV", name, charts[name+".svg"], charts[name+".csv"])
		}
	}
}
