package dataset

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"telegramtrac/collector"
)

// recordsFile is one import's records on disk.
type recordsFile struct{ records []ImportRecord }

func loadRecords(path string) (recordsFile, error) {
	rows, err := loadRows[ImportRecord](path)
	return recordsFile{rows}, err
}

// Imports returns the records of all imports, the oldest first.
func (d *Catalog) Imports(ctx context.Context) ([]ImportRecord, error) {
	files, _, err := d.importFiles.Snapshot(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the records of imports: %w", err)
	}
	var out []ImportRecord
	for _, f := range files {
		for _, r := range f.records {
			r.At = r.At.UTC()
			out = append(out, r)
		}
	}
	out = withoutTaken(out)
	slices.SortStableFunc(out, func(a, b ImportRecord) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ChannelID, b.ChannelID), cmp.Compare(a.Source, b.Source))
	})
	return out, nil
}

// withoutTaken leaves out the records under made numbers that are there again under
// the channel's own.
func withoutTaken(all []ImportRecord) []ImportRecord {
	return slices.DeleteFunc(all, func(r ImportRecord) bool {
		return collector.IsMadeID(r.ChannelID) && slices.ContainsFunc(all, func(o ImportRecord) bool {
			made := o
			made.ChannelID = o.MadeID
			return made.same(r)
		})
	})
}
