package handlers

import (
	"context"
	"fmt"
	"slices"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/query"
	"telegramtrac/views"
	"telegramtrac/views/content"
)

// tabDataset shows rows, columns and downloads.
func (s *Server) tabDataset(c *fiber.Ctx) error {
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
	return s.tabWith(c, f.status(), views.Look{Tab: views.TabDataset, Dataset: &tab})
}

// datasetTotals is what the tab says about the data as a whole.
func datasetTotals(ctx context.Context, d Dataset) (views.Dataset, error) {
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
func (f *filter) rows(c *fiber.Ctx, d Dataset, all []catalog.ChannelSummary, tab *views.Dataset) error {
	var asked []string
	for _, name := range c.Context().QueryArgs().PeekMulti("columns") {
		asked = append(asked, string(name))
	}
	chosen := content.ChosenColumns(asked)
	if !slices.Equal(chosen, content.UsualColumns) {
		f.Values["columns"] = chosen
	}
	f.Query.Columns = chosen
	page := pageOf(c)
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
