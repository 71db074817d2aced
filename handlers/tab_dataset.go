package handlers

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/views"
	"telegramtrac/views/collection"
)

const (
	rowsAPage   = 25
	datasetPath = "/tabs/dataset"
)

// tabDataset shows rows and columns, and what can be taken away.
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
		tab.PerChannel = append(tab.PerChannel, channelCount(ch))
	}
	if err := f.rows(c, d, all, &tab); err != nil {
		return err
	}
	return s.tabWith(c, f.status(), views.Look{Tab: views.TabDataset, Dataset: &tab})
}

// datasetTotals is what the tab says of the data as a whole.
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
	words := dictionary()
	return views.Dataset{
		Rows: totals.Rows, Messages: totals.Messages, Service: totals.Service, Channels: totals.Channels,
		Peers: totals.Peers, Bytes: totals.Bytes, Downloads: downloads(), ColumnCount: countColumns(words), Dictionary: words,
		Receipts: collection.Receipts(receipts), Damaged: notOpen(damage), Lost: lostLines(damage),
	}, nil
}

// notOpen counts the files that do not open.
func notOpen(damage []fold.Damage) (n int64) {
	for _, d := range damage {
		if len(d.Ranges) == 0 {
			n++
		}
	}
	return n
}

// lostLines say which ids damage has cost, a line for each file.
func lostLines(damage []fold.Damage) (out []views.LostLine) {
	for _, d := range damage {
		if len(d.Ranges) > 0 {
			out = append(out, views.LostLine{Channel: d.ChannelID, Messages: d.Rows, IDs: collection.FirstRanges(d.Ranges)})
		}
	}
	return out
}

// rows fills in the page of rows that is asked for.
func (f *filter) rows(c *fiber.Ctx, d Dataset, all []dataset.ChannelSummary, tab *views.Dataset) error {
	var asked []string
	for _, name := range c.Context().QueryArgs().PeekMulti("columns") {
		asked = append(asked, string(name))
	}
	chosen := chosenColumns(asked)
	if !slices.Equal(chosen, usualColumns) {
		f.values["columns"] = chosen
	}
	f.Query.Columns = chosen
	page := pageOf(c)
	found, err := f.page(c.UserContext(), d, page, rowsAPage)
	if err != nil {
		return err
	}
	tab.Filter = f.view(datasetPath, all)
	if len(f.mistakes) == 0 {
		tab.Charts = f.chartLinks()
	}
	tab.Filter.ColumnsOpen = f.values.Has("columns")
	for _, name := range columns() {
		tab.Filter.Columns = append(tab.Filter.Columns, views.Choice{Value: name, Current: slices.Contains(chosen, name)})
	}
	for _, name := range chosen {
		tab.Columns = append(tab.Columns, f.column(name))
	}
	for i := range found.Messages {
		row := views.DataRow{}
		for _, name := range chosen {
			row.Cells = append(row.Cells, cell(&found.Messages[i], name, f.Filter.Text))
		}
		tab.Table = append(tab.Table, row)
	}
	if len(found.Messages) > 0 {
		tab.Pager = pager(datasetPath, f.values, page, rowsAPage, len(found.Messages), found.Total)
		tab.Pager.Plain = f.Order != dataset.Order{}
	}
	return nil
}

// sorters are the orders that a column's heading leads to: the first, and the
// second once it is sorted by the first.
var sorters = map[string][2]string{"date": {"", "oldest"}, "views": {"most-views", "fewest-views"}, "forwards": {"most-forwards", "fewest-forwards"}}

// column is the heading of a column, which sorts by it where that is possible.
func (f *filter) column(name string) views.Column {
	out := views.Column{Name: name, Number: isNumberColumn(name)}
	names, sortable := sorters[name]
	if !sortable {
		return out
	}
	next, now := names[0], f.values.Get("sort")
	switch now {
	case names[0]:
		out.Sorted, next = "descending", names[1]
	case names[1]:
		out.Sorted = "ascending"
	}
	q := maps.Clone(f.values)
	q.Del("sort")
	if next != "" {
		q.Set("sort", next)
	}
	out.Href = datasetPath
	if len(q) > 0 {
		out.Href += "?" + q.Encode()
	}
	return out
}

// countColumns counts the columns of a file, without those within lists.
func countColumns(words []views.DictionaryLine) int {
	n := 0
	for _, line := range words {
		if !strings.Contains(line.Column, "[].") {
			n++
		}
	}
	return n
}

func dictionary() []views.DictionaryLine {
	var out []views.DictionaryLine
	for _, e := range dataset.Dictionary() {
		out = append(out, views.DictionaryLine{Column: e.Column, Type: e.Type, Unit: e.Unit, Meaning: e.Meaning, Source: e.Source})
	}
	return out
}

func channelCount(ch dataset.ChannelSummary) views.ChannelCount {
	return views.ChannelCount{
		ID: ch.ID, Name: views.ChannelName(ch.Username, ch.ID), Title: views.Name(ch.Title),
		Messages: ch.Count.Messages, Service: ch.Count.Service, Absent: ch.Count.Absent,
		Lo: ch.Lo, Hi: ch.Hi, Oldest: ch.Oldest, Newest: ch.Newest, Updated: ch.Updated, Downloads: channelDownloads(ch.ID),
	}
}

// columns are the names of the dataset's columns.
func columns() []string {
	t := reflect.TypeFor[collector.Message]()
	out := make([]string, t.NumField())
	for i := range out {
		out[i], _, _ = strings.Cut(t.Field(i).Tag.Get("parquet"), ",")
	}
	return out
}
