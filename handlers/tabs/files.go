package tabs

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/dataset/query"
	"telegramtrac/collector/export"
	"telegramtrac/collector/export/reading"
	"telegramtrac/collector/network"
	"telegramtrac/handlers/guard"
	"telegramtrac/views/chart"
	"telegramtrac/views/content"
)

// File streams a file of the workspace.
func (s *Server) File(c *fiber.Ctx) error {
	f, ok := export.Find(c.Params("name"), false)
	if !ok {
		return fmt.Errorf("%q: %w", c.Params("name"), ErrNoFile)
	}
	d, err := s.exported(c)
	if err != nil {
		return err
	}
	return s.download(c, f, f.NameBy(d.Options), d)
}

// ChannelFile streams a file of one channel, named by its id or username.
func (s *Server) ChannelFile(c *fiber.Ctx) error {
	f, ok := export.Find(c.Params("name"), true)
	if !ok {
		return fmt.Errorf("%q: %w", c.Params("name"), ErrNoFile)
	}
	d, err := s.exported(c)
	if err != nil {
		return err
	}
	ch, err := d.Dataset.Channel(c.UserContext(), c.Params("channel_id"))
	if err != nil {
		return fmt.Errorf("find channel: %w", err)
	}
	d.Channel = ch.ID
	f.Name = f.NameBy(d.Options)
	return s.download(c, f, f.NameFor(export.Stem(ch.Channel)), d)
}

// exported gathers what the visitor's files are made from.
func (s *Server) exported(c *fiber.Ctx) (export.Data, error) {
	options, err := export.ParseOptions(c.Query("separator"), c.Query("columns"))
	if err != nil {
		return export.Data{}, err
	}
	d, err := s.Dataset(c)
	if err != nil {
		return export.Data{}, err
	}
	workspace := guard.VisitorOf(c).Workspace.ID
	return export.Data{
		Data: reading.Data{Dataset: d, Hands: s.Hands}, Options: options,
		Graph: func(ctx context.Context) (*network.Graph, error) {
			print, err := d.Fingerprint(ctx)
			if err != nil {
				return nil, fmt.Errorf("see whether the data changed: %w", err)
			}
			g, err := s.Graphs.Of(ctx, workspace, print)
			if err != nil {
				return nil, fmt.Errorf("make the network: %w", err)
			}
			return g, nil
		},
		Ties: func(ctx context.Context, w io.Writer) error { return s.Ties(ctx, workspace, w) },
	}, nil
}

func (s *Server) download(c *fiber.Ctx, f export.File, name string, d export.Data) error {
	write := func(ctx context.Context, w io.Writer) error { return f.Write(ctx, w, d) }
	if f.Group == export.GroupNetwork { // small, and long in the making
		workspace := guard.VisitorOf(c).Workspace.ID
		write = func(ctx context.Context, w io.Writer) error {
			return s.Shelf.Write(ctx, w, workspace, f.Name, d.Dataset.Fingerprint, func(w io.Writer) error { return f.Write(ctx, w, d) })
		}
	}
	return s.Files.Stream(c, name, f.MediaType, write)
}

// Chart answers with a drawing (SVG) or its table (CSV).
func (s *Server) Chart(c *fiber.Ctx) error {
	name, format, _ := strings.Cut(c.Params("name"), ".")
	i := slices.IndexFunc(chart.All, func(k chart.Kind) bool { return k.Name == name })
	if i < 0 || format != "svg" && format != "csv" {
		return fmt.Errorf("%q: %w", c.Params("name"), ErrNoFile)
	}
	d, all, err := s.channels(c)
	if err != nil {
		return err
	}
	f, err := s.filterOf(c, d)
	if err != nil {
		return err
	}
	if len(f.Mistakes) > 0 {
		return fiber.ErrBadRequest
	}
	stats, err := d.Stats(c.UserContext(), query.StatsQuery{ChannelID: f.ChannelID, Since: f.Filter.Since, Until: f.Filter.Until})
	if err != nil {
		return fmt.Errorf("count for a chart: %w", err)
	}
	drawn := chart.All[i].Draw(chart.Numbers{Stats: stats, Known: content.NamesOf(all)})
	drawn.Title = chart.All[i].Title
	if format == "csv" {
		return s.Files.Stream(c, name+".csv", "text/csv; charset=utf-8", func(_ context.Context, w io.Writer) error { return drawn.WriteCSV(w) })
	}
	return s.Files.Stream(c, name+".svg", "image/svg+xml", func(_ context.Context, w io.Writer) error { return drawn.WriteSVG(w) })
}
