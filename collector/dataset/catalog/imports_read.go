package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// recordsFile is one import's records on disk.
type recordsFile struct{ records []part.ImportRecord }

func loadRecords(in bucket.Files, name string) (recordsFile, error) {
	rows, err := mend.LoadRows[part.ImportRecord](in, name)
	return recordsFile{rows}, err
}

// Imports returns the records of all imports, the oldest first.
func (d *Catalog) Imports(ctx context.Context) ([]part.ImportRecord, error) {
	files, _, err := d.importFiles.Snapshot(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the records of imports: %w", err)
	}
	var out []part.ImportRecord
	for _, f := range files {
		for _, r := range f.records {
			r.At = r.At.UTC()
			out = append(out, r)
		}
	}
	out = withoutTaken(out)
	slices.SortStableFunc(out, func(a, b part.ImportRecord) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ChannelID, b.ChannelID), cmp.Compare(a.Source, b.Source))
	})
	return out, nil
}

// withoutTaken leaves out the records under made numbers that are there again under
// the channel's own.
func withoutTaken(all []part.ImportRecord) []part.ImportRecord {
	return slices.DeleteFunc(all, func(r part.ImportRecord) bool {
		return collector.IsMadeID(r.ChannelID) && slices.ContainsFunc(all, func(o part.ImportRecord) bool {
			made := o
			made.ChannelID = o.MadeID
			return made.Same(r)
		})
	})
}
