package draw

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
	"telegramtrac/collector/network/networktest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares bytes with a file of testdata, or rewrites it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestFiles(t *testing.T) {
	g := networktest.From(t, networktest.Example())
	for name, write := range map[string]func(io.Writer, *network.Graph) error{
		"graph.json": JSON, "graph.gexf": GEXF, "nodes.csv": NodesCSV, "edges.csv": EdgesCSV,
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := write(&got, g); err != nil {
				t.Fatal(err)
			}
			golden(t, name, got.Bytes())
			if err := write(networktest.FullDisk{}, g); err == nil {
				t.Error("no error from a full disk")
			}
		})
	}
}

// Names are data: a table that changed names which a spreadsheet may take for formulas would
// no longer show a channel's real name, nor match "@name" in edges.csv to nodes.csv. The page
// warns of this beside the files.
func TestCSVHoldsTitlesAsTheyAre(t *testing.T) {
	in := networktest.Example()
	for i, title := range []string{"=1+1", "+1", "-1", "@SUM(A1)", `=HYPERLINK("http://example.org","click")`, "\t=1+1"} {
		in.Peers = append(in.Peers, collector.Peer{Type: collector.PeerChannel, ID: int64(50 + i), Title: title})
		rows := in.Messages
		in.Messages = func(yield func(*network.Evidence, error) bool) {
			for e, err := range rows {
				if !yield(e, err) {
					return
				}
			}
			yield(&network.Evidence{ChannelID: 1, ID: int64(50 + i), Date: networktest.At(9), ForwardFromType: "channel",
				ForwardFromID: int64(50 + i)}, nil)
		}
	}
	g := networktest.From(t, in)
	var got bytes.Buffer
	if err := NodesCSV(&got, g); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&got).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(g.Nodes)+1 {
		t.Errorf("%d rows, want %d", len(rows), len(g.Nodes)+1)
	}
	readable := strings.NewReplacer("\x00", "\uFFFD", "\xff", "\uFFFD") // all other characters are unchanged
	for i, n := range g.Nodes {
		if want := readable.Replace(n.Title); rows[i+1][0] != n.Key || rows[i+1][4] != want {
			t.Errorf("row %q, want %q and %q", rows[i+1], n.Key, want)
		}
	}
	got.Reset()
	if err := EdgesCSV(&got, g); err != nil {
		t.Fatal(err)
	}
	if rows, err = csv.NewReader(&got).ReadAll(); err != nil {
		t.Fatal(err)
	}
	label := map[string]string{}
	for _, n := range g.Nodes {
		label[n.Key] = readable.Replace(n.Label())
	}
	for i, e := range g.Edges {
		if row := rows[i+1]; row[0] != e.Source || row[1] != e.Target || row[7] != label[e.Source] || row[8] != label[e.Target] {
			t.Errorf("row %q of the edge %+v", row, e)
		}
	}
}

// python finds a Python with networkx, Debian's first. Without one, the test is skipped, or
// fails when REQUIRE_NETWORKX is set.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(name, "-c", "import networkx").Run() == nil {
			return name
		}
	}
	if os.Getenv("REQUIRE_NETWORKX") != "" {
		t.Fatal("there is no python3 with networkx, and REQUIRE_NETWORKX is set")
	}
	t.Skip("there is no python3 with networkx (Debian: apt-get install python3-networkx)")
	return ""
}

// networkx is the reader that researchers use: it must find every node and edge, weight and
// date, and titles that are hostile to XML.
func TestNetworkxReadsFiles(t *testing.T) {
	name, dir := python(t), t.TempDir()
	for what, in := range map[string]network.Input{"hostile": networktest.Example(),
		"one edge": {Messages: networktest.Rows(network.Evidence{ChannelID: 1, ID: 1, Date: networktest.At(1),
			Mentions: []string{"a_channel"}})}} {
		g := networktest.From(t, in)
		paths := []string{"testdata/check_networkx.py"}
		for file, write := range map[string]func(io.Writer, *network.Graph) error{"1.json": JSON, "2.gexf": GEXF, "3.json": expectation} {
			var b bytes.Buffer
			if err := write(&b, g); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, file), b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, file := range []string{"1.json", "2.gexf", "3.json"} {
			paths = append(paths, filepath.Join(dir, file))
		}
		out, err := exec.CommandContext(t.Context(), name, paths...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", what, err, out)
		}
		t.Logf("%s: %s", what, bytes.TrimSpace(out))
		if want := strconv.Itoa(len(g.Edges)) + " edges"; !strings.Contains(string(out), want) {
			t.Errorf("%s: networkx says %s, want %s", what, out, want)
		}
	}
}

// expectation writes what a reader must find in a graph's files.
func expectation(w io.Writer, g *network.Graph) error {
	type node struct {
		ID    string  `json:"id"`
		Label string  `json:"label"`
		Title *string `json:"title"`
		X     float64 `json:"x"`
		Y     float64 `json:"y"`
	}
	type edge struct {
		Source string `json:"source"`
		Target string `json:"target"`
		Kind   string `json:"kind"`
		Weight int64  `json:"weight"`
		First  string `json:"first"`
		Last   string `json:"last"`
	}
	var want struct {
		Nodes []node `json:"nodes"`
		Edges []edge `json:"edges"`
	}
	for _, n := range g.Nodes {
		want.Nodes = append(want.Nodes, node{n.Key, n.Label(), nullable(n.Title), n.X, n.Y})
	}
	for _, e := range g.Edges {
		want.Edges = append(want.Edges, edge{e.Source, e.Target, e.Kind, e.Weight, e.First.Format(time.RFC3339), e.Last.Format(time.RFC3339)})
	}
	return json.NewEncoder(w).Encode(want)
}
func TestWriteJSONIsNodeLink(t *testing.T) {
	var got bytes.Buffer
	if err := JSON(&got, networktest.From(t, networktest.Example())); err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Nodes []struct{ ID, Label string }
		Links []struct{ Source, Target string }
	}
	if err := json.Unmarshal(got.Bytes(), &parsed); err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, n := range parsed.Nodes {
		ids[n.ID] = n.Label
	}
	for _, l := range parsed.Links {
		if _, ok := ids[l.Source]; !ok {
			t.Errorf("link from %q, which is no node", l.Source)
		}
		if _, ok := ids[l.Target]; !ok {
			t.Errorf("link to %q, which is no node", l.Target)
		}
	}
	if got, want := ids["3"], `</script><b>"قناة" & \ 'x'`; got != want {
		t.Errorf("label %q, want %q", got, want)
	}
	if got, want := ids["4"], "a\x00b\u2028c\ufffd\u202eevil\n\t]]>"; got != want {
		t.Errorf("label %q, want %q", got, want)
	}
}

func TestWriteJSONWithoutAnything(t *testing.T) {
	var out bytes.Buffer
	if err := JSON(&out, networktest.From(t, network.Input{Messages: networktest.Rows()})); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(out.Bytes()) || !bytes.Contains(out.Bytes(), []byte(`"oldest_message":null`)) {
		t.Errorf("not a graph: %s", out.String())
	}
}
