package collection

import (
	"encoding/json"
	"strings"

	"telegramtrac/collector/lists"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// Aside shows the names that cannot be read, and says why of the first most.
func Aside(named lists.List, text string, most int) views.Aside {
	out := views.Aside{Text: text, Names: int64(len(named.Names)), Out: int64(len(named.Aside))}
	for _, a := range named.Aside[:min(len(named.Aside), most)] {
		out.Sentences = append(out.Sentences, words.Unreadable(a.Written, a.Err))
	}
	out.Ready = len(named.Names) > 0 && len(named.Columns) == 0
	return out
}

// ColumnChoices are the columns to choose from, each with a sample.
func ColumnChoices(columns []lists.Column) []views.ColumnChoice {
	var out []views.ColumnChoice
	for _, column := range columns {
		value, err := json.Marshal(column)
		if err != nil {
			continue // never: it is text
		}
		out = append(out, views.ColumnChoice{
			File: column.File, Header: views.Shorten(column.Header, views.NameLength), Value: string(value),
			Sample: columnSample(column), Likely: int64(column.Likely), Cells: int64(len(column.Cells)),
		})
	}
	return out
}

// columnSample is the first few of a column's cells.
func columnSample(column lists.Column) string {
	filled := column.Filled()
	var out []string
	for _, cell := range filled[:min(3, len(filled))] {
		out = append(out, views.Shorten(cell, 30))
	}
	return strings.Join(out, " · ")
}
