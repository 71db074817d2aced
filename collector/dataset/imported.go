package dataset

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"telegramtrac/collector"
)

// ImportRecord says what one import brought of one channel and source. It lands
// with the rows, as a receipt is there for what is collected: what is said of the
// data is true of them, too.
type ImportRecord struct {
	At        time.Time `parquet:"imported_at,timestamp(microsecond)"`
	Personal  bool      `parquet:"personal"`             // personal data was kept where the files have it
	ChannelID int64     `parquet:"channel_id,optional"`  // null: the files told of peers only
	Source    string    `parquet:"source,optional,dict"` // of the rows
	Rows      int64     `parquet:"rows"`                 // observations of messages that were not known
	MadeID    int64     `parquet:"made_id,optional"`     // null; or the number that the channel had until TakeOver found it
}

// same reports whether two records are of the same import, channel and source.
func (r ImportRecord) same(o ImportRecord) bool {
	return r.At.Equal(o.At) && r.Personal == o.Personal && r.ChannelID == o.ChannelID && r.Source == o.Source
}

// recordsFile is one import's records on disk.
type recordsFile struct{ records []ImportRecord }

func loadRecords(path string) (recordsFile, error) {
	rows, err := loadRows[ImportRecord](path)
	return recordsFile{rows}, err
}

// Imports returns the records of all imports, the oldest first.
func (d *Dataset) Imports(ctx context.Context) ([]ImportRecord, error) {
	files, _, err := d.imports.snapshot(ctx)
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

// importedFrom says of which channel and source rows are.
type importedFrom struct {
	channelID int64
	source    string
}

// record leaves records of what the shipment brings: its own, or of a merge those
// of the other dataset.
func (i *importing) record(ctx context.Context) error {
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
	kept, err := i.w.d.Imports(ctx)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(r ImportRecord) bool { return slices.ContainsFunc(kept, r.same) })
	if len(rows) == 0 {
		return nil
	}
	return i.out.put(filepath.Join(recordsDir, i.w.next().String()+partSuffix), func(f io.Writer) error {
		return writeFile(newFile[ImportRecord](f, partCodec()), rows, nil)
	})
}

// brought are the records of what is in the shipment.
func (i *importing) brought() []ImportRecord {
	if i.out.files == 0 {
		return nil
	}
	rows := map[importedFrom]int64{}
	for from, n := range i.out.rows {
		rows[from] = n
	}
	for id, all := range i.s.details {
		for _, ch := range all {
			rows[importedFrom{id, ch.Source}] += 0
		}
	}
	if len(rows) == 0 {
		rows[importedFrom{}] = 0
	}
	var out []ImportRecord
	for from, n := range rows {
		out = append(out, ImportRecord{At: i.s.now, Personal: i.s.Personal, ChannelID: from.channelID, Source: from.source, Rows: n})
	}
	slices.SortFunc(out, func(a, b ImportRecord) int {
		return cmp.Or(cmp.Compare(a.ChannelID, b.ChannelID), cmp.Compare(a.Source, b.Source))
	})
	return out
}

// SourceRows is what a channel has of one source.
type SourceRows struct {
	Rows   int64
	Newest time.Time // when the last of them was looked at
}

// sourceRow is what is counted of a row.
type sourceRow struct {
	Source string `parquet:"source,dict"`
	Seen   int64  `parquet:"last_seen_at,timestamp(microsecond)"`
}

// Sources counts a channel's messages of both kinds by their source.
func (d *Dataset) Sources(ctx context.Context, channelID int64) (map[string]SourceRows, error) {
	type tally struct{ rows, newest int64 }
	counts := map[string]*tally{}
	for row, err := range ScanColumns[sourceRow](ctx, d, channelID) {
		if err != nil {
			return nil, fmt.Errorf("count the sources of channel %d: %w", channelID, err)
		}
		n := counts[row.Source]
		if n == nil {
			n = &tally{newest: row.Seen}
			counts[row.Source] = n
		}
		n.rows, n.newest = n.rows+1, max(n.newest, row.Seen)
	}
	out := map[string]SourceRows{}
	for source, n := range counts {
		out[source] = SourceRows{n.rows, time.UnixMicro(n.newest).UTC()}
	}
	return out, nil
}
