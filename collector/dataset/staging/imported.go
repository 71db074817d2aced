package staging

import (
	"cmp"
	"context"
	"path"
	"slices"

	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/part"
)

// ImportedFrom says of which channel and source rows are.
type ImportedFrom struct {
	channelID int64
	source    string
}

// record leaves records of what the shipment brings: its own, or of a merge those
// of the other dataset.
func (i *Importing) record(ctx context.Context) error {
	rows := i.s.imports
	if !i.s.merging {
		rows = i.brought()
	}
	rows = slices.Clone(rows)
	for n, r := range rows {
		if home := i.homes[r.ChannelID]; home != 0 {
			rows[n].ChannelID, rows[n].MadeID = home, r.ChannelID
		}
	}
	kept, err := i.W.Imports(ctx)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(r part.ImportRecord) bool { return slices.ContainsFunc(kept, r.Same) })
	if len(rows) == 0 {
		return nil
	}
	return i.Put(path.Join(bucket.RecordsDir, i.W.Next().File()), part.Rows(rows...))
}

// brought are the records of what is in the shipment.
func (i *Importing) brought() []part.ImportRecord {
	if i.Out.Files == 0 {
		return nil
	}
	rows := map[ImportedFrom]int64{}
	for from, n := range i.Rows {
		rows[from] = n
	}
	for id, all := range i.s.details {
		for _, ch := range all {
			rows[ImportedFrom{id, ch.Source}] += 0
		}
	}
	if len(rows) == 0 {
		rows[ImportedFrom{}] = 0
	}
	var out []part.ImportRecord
	for from, n := range rows {
		out = append(out, part.ImportRecord{At: i.s.now, Personal: i.s.Personal, ChannelID: from.channelID, Source: from.source, Rows: n})
	}
	slices.SortFunc(out, func(a, b part.ImportRecord) int {
		return cmp.Or(cmp.Compare(a.ChannelID, b.ChannelID), cmp.Compare(a.Source, b.Source))
	})
	return out
}
