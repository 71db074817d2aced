package tabs

import (
	"context"
	"fmt"
	"slices"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/query"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/content"
)

// Table shows rows, columns and downloads.
func (s *Server) Table(c *fiber.Ctx) error {
	d, all, err := s.channels(c)
	if err != nil {
		return err
	}
	f, err := s.filterOf(c, d)
	if err != nil {
		return err
	}
	tab, err := datasetTotals(c.UserContext(), d)
	if err != nil {
		return err
	}
	for _, ch := range all {
		tab.PerChannel = append(tab.PerChannel, content.ChannelCount(ch))
	}
	if err := f.rows(c, d, all, &tab); err != nil {
		return err
	}
	return s.showWith(c, f.status(), views.Look{Tab: views.TabDataset, Dataset: &tab})
}

// datasetTotals is what the tab says about the data as a whole.
func datasetTotals(ctx context.Context, d *dataset.Dataset) (views.Dataset, error) {
	totals, err := d.Totals(ctx)
	if err != nil {
		return views.Dataset{}, fmt.Errorf("count the dataset: %w", err)
	}
	receipts, err := d.Receipts(ctx)
	if err != nil {
		return views.Dataset{}, fmt.Errorf("read receipts: %w", err)
	}
	damage, err := d.Damage(ctx)
	if err != nil {
		return views.Dataset{}, fmt.Errorf("look for damaged files: %w", err)
	}
	return content.DatasetOf(totals, receipts, damage), nil
}

// rows fills in the requested page of rows.
func (f *filter) rows(c *fiber.Ctx, d *dataset.Dataset, all []catalog.ChannelSummary, tab *views.Dataset) error {
	chosen := content.ChosenColumns(answer.Query(c)["columns"])
	if !slices.Equal(chosen, content.UsualColumns) {
		f.Values["columns"] = chosen
	}
	f.Query.Columns = chosen
	page := answer.PageOf(c)
	found, err := f.page(c.UserContext(), d, page, content.RowsAPage)
	if err != nil {
		return err
	}
	f.Table(tab, all, found.Messages)
	if len(found.Messages) > 0 {
		tab.Pager = views.NewPager(content.DatasetPath, f.Values, page, content.RowsAPage, len(found.Messages), found.Total)
		tab.Pager.Plain = f.Order != query.Order{}
	}
	return nil
}

const channelsAPage = 20

// Metadata shows the full details of the channels.
func (s *Server) Metadata(c *fiber.Ctx) error {
	d, all, err := s.channels(c)
	if err != nil {
		return err
	}
	page, total := answer.PageOf(c), len(all)
	from := min((page-1)*channelsAPage, total)
	shown := all[from:min(from+channelsAPage, total)]
	tab := views.Metadata{}
	for _, ch := range shown {
		states, err := d.States(c.UserContext(), ch.ID)
		if err != nil {
			return fmt.Errorf("read the earlier names of a channel: %w", err)
		}
		details := content.ChannelDetails(ch, answer.Links(guard.VisitorOf(c)))
		details.Facts = append(details.Facts, content.EarlierNames(states)...)
		tab.Channels = append(tab.Channels, details)
	}
	if len(shown) > 3 {
		tab.Choices = content.Choices(shown, 0)
	}
	if total > channelsAPage {
		tab.Pager = views.NewPager("/tabs/metadata", nil, page, channelsAPage, len(shown), int64(total))
		tab.Pager.Plain = true
	}
	return s.show(c, views.Look{Tab: views.TabMetadata, Metadata: &tab})
}
