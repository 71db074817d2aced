package export

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
	"telegramtrac/collector/network/draw"
)

// The snippet reads graph.json into graphology, the one that the page draws
// with, and finds every channel and tie.
func TestGraphologyReadsGraph(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("REQUIRE_NODE") == "1" {
			t.Fatal("there is no node, and REQUIRE_NODE is set")
		}
		t.Skip("there is no node")
	}
	at := time.Date(2024, 2, 1, 14, 4, 5, 0, time.UTC)
	rows := []network.Evidence{
		{ChannelID: 1, ID: 1, Kind: collector.KindMessage, Date: at, ForwardFromType: collector.PeerChannel, ForwardFromID: 2,
			Mentions: []string{"beta", "alpha", "unknown_one"}},
		{ChannelID: 1, ID: 2, Kind: collector.KindMessage, Date: at.AddDate(0, 0, 3), ForwardFromType: collector.PeerChannel, ForwardFromID: 2},
		{ChannelID: 2, ID: 1, Kind: collector.KindMessage, Date: at, Mentions: []string{"alpha"}},
	}
	g, err := network.From(t.Context(), network.Input{
		Channels: []collector.Channel{{ID: 1, Username: "alpha", Title: "Alpha"}, {ID: 2, Username: "beta", Title: "Beta"}},
		Messages: messagesOf(rows),
	})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := draw.JSON(&file, g); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, from := range map[string]string{"node_modules/graphology/index.js": "../../static/vendor/graphology.umd.min.js",
		"snippets/graphology.js": "snippets/graphology.js", "network/graph.json": ""} {
		content := file.Bytes()
		if from != "" {
			if content, err = os.ReadFile(from); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "snippets/graphology.js")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if want := fmt.Sprintf("%d channels, %d ties", len(g.Nodes), len(g.Edges)); !strings.Contains(string(out), want) || len(g.Edges) != 5 {
		t.Errorf("graphology found otherwise than %s:\n%s", want, out)
	}
	for _, want := range []string{"'Alpha' │ 'Beta'", "'@unknown_one'", "'forward'", "2024-02-04T14:04:05Z"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("graphology's graph lacks %s:\n%s", want, out)
		}
	}
}

func messagesOf(rows []network.Evidence) iter.Seq2[*network.Evidence, error] {
	return func(yield func(*network.Evidence, error) bool) {
		for i := range rows {
			if !yield(&rows[i], nil) {
				return
			}
		}
	}
}
