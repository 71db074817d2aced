package export

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/export/sheet"
)

// evidenceOf gathers what a methods paragraph is made of.
func evidenceOf(ctx context.Context, d Data, channels []catalog.ChannelSummary) (evidence, error) {
	e := evidence{channels: channels, rows: map[int64]map[string]catalog.SourceRows{}}
	var err error
	if e.receipts, err = d.ReceiptsMeant(ctx); err != nil {
		return e, err
	}
	if e.imports, err = importsMeant(ctx, d); err != nil {
		return e, err
	}
	for _, ch := range channels {
		if e.rows[ch.ID], err = d.Dataset.Sources(ctx, ch.ID); err != nil {
			return e, err
		}
	}
	return e, nil
}

// importsMeant are the records of imports that told of the channel that is meant, or
// of peers alone.
func importsMeant(ctx context.Context, d Data) ([]part.ImportRecord, error) {
	all, err := d.Dataset.Imports(ctx)
	return slices.DeleteFunc(all, func(r part.ImportRecord) bool {
		return d.Channel != 0 && r.ChannelID != 0 && r.ChannelID != d.Channel
	}), err
}

// differs reports whether the data is not any more what it was.
func (e evidence) differs(was evidence) bool {
	same := func(a, b catalog.ChannelSummary) bool {
		return a.ID == b.ID && a.Count == b.Count && a.Updated.Equal(b.Updated)
	}
	return len(e.imports) != len(was.imports) || !slices.EqualFunc(e.channels, was.channels, same)
}

// until is when the newest collection or import ended.
func (e evidence) until() time.Time {
	var out time.Time
	if len(e.receipts) > 0 {
		out = e.receipts[0].FinishedAt
	}
	if n := len(e.imports); n > 0 && e.imports[n-1].At.After(out) {
		out = e.imports[n-1].At
	}
	return out
}

// newest is the time of the data: of its newest look, collection or import, within
// what an archive has times for.
func (e evidence) newest() time.Time {
	out := e.until()
	for _, ch := range e.channels {
		if ch.Updated.After(out) {
			out = ch.Updated
		}
	}
	if out.Before(sheet.ZipTime) || out.Year() > 2107 {
		return sheet.ZipTime
	}
	return out.UTC().Truncate(time.Second)
}

// rowsOf counts the rows of each source.
func (e evidence) rowsOf() map[string]int64 {
	out := map[string]int64{}
	for _, sources := range e.rows {
		for source, n := range sources {
			out[source] += n.Rows
		}
	}
	return out
}

// origins says how many rows each source gave, unless a single one that receipts
// name gave them all.
func (e evidence) origins() string {
	rows := e.rowsOf()
	collected := slices.ContainsFunc(e.receipts, func(r receipt) bool { return rows[r.Source] > 0 })
	if len(rows) == 0 || len(rows) == 1 && collected && len(e.imports) == 0 {
		return ""
	}
	var parts []string
	for source, n := range rows {
		parts = append(parts, many(n, "row")+" from "+sourceName(source))
	}
	slices.Sort(parts)
	return "By what they were read from, these are " + strings.Join(parts, "; ") + "."
}

// imported says what was imported.
func (e evidence) imported() string {
	if len(e.imports) == 0 {
		return ""
	}
	times, channels, rows := map[time.Time]bool{}, map[int64]bool{}, int64(0)
	for _, r := range e.imports {
		times[r.At] = true
		rows += r.Rows
		if r.ChannelID != 0 {
			channels[r.ChannelID] = true
		}
	}
	return fmt.Sprintf("%s, files were imported %s: they brought %s of %s, earlier observations of known messages among them, as the table "+
		"of imports says. What a file leaves out cannot be told from what never was.",
		period(e.imports[0].At, e.imports[len(e.imports)-1].At), many(int64(len(times)), "time"), many(rows, "row"),
		many(int64(len(channels)), "channel"))
}

// untold are the channels with rows that no receipt and no import tells of: their
// collection goes on, or they were imported before imports left a record.
func (e evidence) untold() []string {
	var out []string
	for _, ch := range e.channels {
		if slices.ContainsFunc(slices.Collect(maps.Keys(e.rows[ch.ID])), func(source string) bool {
			return e.rows[ch.ID][source].Newest.After(e.toldUntil(ch.ID, source))
		}) {
			out = append(out, tableCell(shownName(receipt{Username: ch.Username, ChannelID: ch.ID})))
		}
	}
	return out
}

// toldUntil is the time of the newest receipt or import of a channel and source.
func (e evidence) toldUntil(channelID int64, source string) time.Time {
	var out time.Time
	note := func(at time.Time) {
		if at.After(out) {
			out = at
		}
	}
	for _, r := range e.receipts {
		if r.ChannelID == channelID && r.Source == source {
			note(r.FinishedAt)
		}
	}
	for _, r := range e.imports {
		if r.ChannelID == channelID && r.Source == source {
			note(r.At)
		}
	}
	return out
}

// privacy says whether personal data is in it, as far as that is known.
func (e evidence) privacy() string {
	kept := map[bool]int{}
	for _, r := range e.receipts {
		kept[r.Personal]++
	}
	for _, r := range e.imports {
		kept[r.Personal]++
	}
	untold := e.untold()
	var out []string
	switch {
	case kept[true] > 0 && kept[false] > 0 && len(e.imports) == 0:
		out = append(out, "Personal data of users was kept by some collections and left out by others, as the column personal of "+
			"receipts.parquet says.")
	case kept[true] > 0 && kept[false] > 0:
		out = append(out, "Personal data of users was kept by some collections or imports and left out by others, as the column personal of "+
			"receipts.parquet and the table of imports say.")
	case kept[true] > 0:
		out = append(out, "Personal data of users (ids, names, shared contacts) was kept.")
	case kept[false] > 0 && len(untold) > 0:
		out = append(out, "The collections and imports that are told of here kept no personal data of users: their ids are keyed pseudonyms, "+
			"and their names, phone numbers and contacts were left out.")
	case kept[false] > 0:
		out = append(out, "Personal data of users was not kept: their ids are keyed pseudonyms, and their names, phone numbers and contacts "+
			"were left out.")
	}
	if n := len(untold); n > 0 {
		const most = 20
		names := strings.Join(untold[:min(n, most)], ", ")
		if n > most {
			names += fmt.Sprintf(" and %d more", n-most)
		}
		out = append(out, "There are rows of "+names+
			" that no receipt tells of: their collection had not ended, or they were imported before imports left a record. Whether they have "+
			"personal data of users cannot be said here.")
	}
	return strings.Join(out, " ")
}

// importTable is a line for each import, channel and source.
func (e evidence) importTable() string {
	if len(e.imports) == 0 {
		return ""
	}
	names := map[int64]string{}
	for _, ch := range e.channels {
		names[ch.ID] = shownName(receipt{Username: ch.Username, ChannelID: ch.ID})
	}
	var out strings.Builder
	out.WriteString("\n| imported | channel | read from | rows | personal data of users |\n|---|---|---|---|---|\n")
	for _, r := range e.imports {
		personal := "left out"
		if r.Personal {
			personal = "kept where the files have it"
		}
		cells := []string{r.At.UTC().Format("2006-01-02 15:04:05"), names[r.ChannelID], sourceName(r.Source), number(r.Rows), personal}
		for i := range cells {
			cells[i] = tableCell(cells[i])
		}
		out.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	return out.String()
}
