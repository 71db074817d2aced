package content

import (
	"slices"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/table"
	"telegramtrac/views"
	"telegramtrac/views/collection"
)

// notOpen counts the files that cannot be opened.
func notOpen(damage []fold.Damage) (n int64) {
	for _, d := range damage {
		if len(d.Ranges) == 0 {
			n++
		}
	}
	return n
}

// lostLines say which ids were lost to damage, one line per file.
func lostLines(damage []fold.Damage) (out []views.LostLine) {
	for _, d := range damage {
		if len(d.Ranges) > 0 {
			out = append(out, views.LostLine{Channel: d.ChannelID, Messages: d.Rows, IDs: collection.FirstRanges(d.Ranges)})
		}
	}
	return out
}

// countColumns counts the columns of a file, without those within lists.
func countColumns(words []table.Entry) int {
	n := 0
	for _, line := range words {
		if !strings.Contains(line.Column, "[].") {
			n++
		}
	}
	return n
}

// DatasetOf is what the tab says about the data as a whole.
func DatasetOf(totals dataset.Totals, receipts []collector.Receipt, damage []fold.Damage) views.Dataset {
	meanings := table.Dictionary()
	return views.Dataset{
		Totals: totals, Downloads: downloads(), ColumnCount: countColumns(meanings), Dictionary: meanings,
		Receipts: collection.Receipts(receipts), Damaged: notOpen(damage), Lost: lostLines(damage),
	}
}

// Table fills in the form, and the requested rows in the query's columns.
func (f *Asked) Table(tab *views.Dataset, all []catalog.ChannelSummary, rows []collector.Message) {
	tab.Filter = f.View(DatasetPath, all)
	if len(f.Mistakes) == 0 {
		tab.Charts = f.chartLinks()
	}
	tab.Filter.ColumnsOpen = f.Values.Has("columns")
	for _, name := range columns() {
		tab.Filter.Columns = append(tab.Filter.Columns, views.Choice{Value: name, Current: slices.Contains(f.Query.Columns, name)})
	}
	for _, name := range f.Query.Columns {
		tab.Columns = append(tab.Columns, f.column(name))
	}
	for i := range rows {
		var row []views.Cell
		for _, name := range f.Query.Columns {
			row = append(row, cell(&rows[i], name, f.Filter.Text))
		}
		tab.Table = append(tab.Table, row)
	}
}
