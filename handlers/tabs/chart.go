package tabs

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/dataset/query"
	"telegramtrac/views/chart"
	"telegramtrac/views/content"
)

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
