package draw

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector/network"
)

// The columns id, label, source, target, type and weight are those that Gephi's spreadsheet
// import looks for, in any case.
var (
	nodeHead = "id label channel_id username title kind collected messages seen_message_id in_degree out_degree in_weight out_weight " +
		"pagerank betweenness community color size x y ambiguous"
	edgeHead = "source target type kind weight first last source_label target_label ambiguous"
)

// NodesCSV writes nodes.csv: one row a channel, heaviest first. An empty field means not
// known.
func NodesCSV(w io.Writer, g *network.Graph) error {
	out, columns := csv.NewWriter(w), pick(nodeColumns, nodeHead)
	write(out, strings.Fields(nodeHead))
	row := make([]string, len(columns))
	for _, n := range g.Nodes {
		for i, c := range columns {
			row[i] = c.text(n)
		}
		write(out, row)
	}
	return finish(out, "nodes")
}

// EdgesCSV writes edges.csv: one row for each source, target and kind. Times are in UTC.
func EdgesCSV(w io.Writer, g *network.Graph) error {
	label := make(map[string]string, len(g.Nodes))
	for _, n := range g.Nodes {
		label[n.Key] = n.Label()
	}
	out := csv.NewWriter(w)
	write(out, strings.Fields(edgeHead))
	for _, e := range g.Edges {
		write(out, []string{
			e.Source, e.Target, "Directed", e.Kind, decimal(e.Weight), e.First.Format(time.RFC3339), e.Last.Format(time.RFC3339),
			label[e.Source], label[e.Target], strconv.FormatBool(e.Ambiguous),
		})
	}
	return finish(out, "edges")
}

// write writes a row; finish returns its error. Names may contain any bytes: NULs and invalid
// UTF-8, which CSV readers reject, become U+FFFD.
func write(out *csv.Writer, row []string) {
	cells := make([]string, len(row))
	for i, cell := range row {
		cells[i] = strings.ReplaceAll(strings.ToValidUTF8(cell, "\uFFFD"), "\x00", "\uFFFD")
	}
	_ = out.Write(cells)
}

func finish(out *csv.Writer, what string) error {
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write %s as CSV: %w", what, err)
	}
	return nil
}
