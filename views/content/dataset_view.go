// Package content fills the structs of the tabs Messages, Metadata and Dataset: the
// messages, rows and channels of a workspace, the form that narrows them, and the files.
package content

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/table"
	"telegramtrac/collector/export"
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

// meanings are what the columns mean, which is the same on every page.
var meanings = sync.OnceValue(table.Dictionary)

// DatasetOf is what the tab says about the data as a whole.
func DatasetOf(totals dataset.Totals, receipts []collector.Receipt, damage []fold.Damage) views.Dataset {
	meanings := meanings()
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
			row = append(row, f.cell(&rows[i], name))
		}
		tab.Table = append(tab.Table, row)
	}
}

// downloads lists the files of the workspace under their headings.
func downloads() []views.Downloads {
	var out []views.Downloads
	for _, f := range export.Files() {
		if !f.ForAll() {
			continue
		}
		if n := len(out); n == 0 || out[n-1].Heading != f.Group {
			out = append(out, views.Downloads{Heading: f.Group})
		}
		last := &out[len(out)-1]
		last.Files = append(last.Files, download(f, "/files/"+f.Name))
	}
	return out
}

func download(f export.File, href string) views.Download {
	out := views.Download{Name: f.Name, Href: href, What: f.What}
	for _, v := range f.Variants() {
		out.Variants = append(out.Variants, views.Variant{Href: href + "?" + v.Query, What: v.What})
	}
	return out
}

// DownloadsOf lists the files under one heading.
func DownloadsOf(heading string) []views.Download {
	for _, d := range downloads() {
		if d.Heading == heading {
			return d.Files
		}
	}
	return nil
}

// channelDownloads lists the files of one channel.
func channelDownloads(id int64) []views.Download {
	var out []views.Download
	for _, f := range export.Files() {
		if f.ForChannel() {
			out = append(out, download(f, fmt.Sprintf("/files/channels/%d/%s", id, f.Name)))
		}
	}
	return out
}
