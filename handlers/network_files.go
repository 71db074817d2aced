package handlers

import (
	"context"
	"fmt"
	"io"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/network"
	"telegramtrac/views"
)

// Names of the network's files.
const (
	graphFile    = "graph.json"
	gexfFile     = "graph.gexf"
	nodesCSVFile = "nodes.csv"
	edgesCSVFile = "edges.csv"
	tiesFile     = "edges.parquet"
	svgFile      = "network.svg"
	pngFile      = "network.png"
)

// networkFile is a file that is written from the whole graph.
type networkFile struct {
	mediaType string
	write     func(*network.Graph, io.Writer) error
}

var networkFiles = map[string]networkFile{
	graphFile:    {jsonType, (*network.Graph).WriteJSON},
	gexfFile:     {"application/gexf+xml", (*network.Graph).WriteGEXF},
	nodesCSVFile: {"text/csv; charset=utf-8", (*network.Graph).WriteNodesCSV},
	edgesCSVFile: {"text/csv; charset=utf-8", (*network.Graph).WriteEdgesCSV},
	svgFile:      {"image/svg+xml", (*network.Graph).WriteSVG},
	pngFile:      {"image/png", (*network.Graph).WritePNG},
}

// networkFile streams a file of the graph, which is made before the answer
// begins, so that a failure is an error.
func (s *Server) networkFile(c *fiber.Ctx, name string, f networkFile) error {
	g, err := s.networkOf(c)
	if err != nil {
		return err
	}
	return s.stream(c, name, f.mediaType, func(_ context.Context, w io.Writer) error { return f.write(g, w) })
}

// tiesFile streams the messages that make the edges.
func (s *Server) tiesFile(c *fiber.Ctx) error {
	workspace := visitorOf(c).workspace.ID
	return s.stream(c, tiesFile, parquetType, func(ctx context.Context, w io.Writer) error {
		if err := s.ties(ctx, workspace, w); err != nil {
			return fmt.Errorf("write the evidence of the network: %w", err)
		}
		return nil
	})
}

// networkDownloads lists the network's files.
func networkDownloads() []views.Download {
	list := []views.Download{
		{Name: graphFile, What: "Nodes and links with positions and measures: for networkx, d3 and graphology."},
		{Name: gexfFile, What: "The same for Gephi, with dates for its timeline."},
		{Name: nodesCSVFile, What: "A channel a row, with its measures."},
		{Name: edgesCSVFile, What: "A tie a row: from, to, how, how often, since when."},
		{Name: tiesFile, What: "The evidence: a row for every message that points at a channel."},
		{Name: svgFile, What: "The picture, to print and to edit."},
		{Name: pngFile, What: "The picture, to paste."},
	}
	for i := range list {
		list[i].Href = "/files/" + list[i].Name
	}
	return list
}
