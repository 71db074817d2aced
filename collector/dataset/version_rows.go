package dataset

import (
	"path/filepath"
	"time"

	"telegramtrac/collector"
)

// Version is an earlier wording of a message: one row of versions.parquet. The
// message's columns are as they were when this wording was seen last;
// first_seen_at is when the message was first seen, gone_at is always null.
//
// It is for writing: parquet-go v0.32.0 reads nulls into the pointers of embedded
// structs as zeroes.
type Version struct {
	collector.Message
	ObservedFrom  time.Time `parquet:"observed_from,timestamp(microsecond)"`  // when the wording was first seen
	ObservedUntil time.Time `parquet:"observed_until,timestamp(microsecond)"` // when it was last seen
}

// keptRow is a row of a part of versions: a wording, and the revision of the part
// of messages that had it last. Such a part holds the wordings that a compaction
// took out of the parts it merged, in order of ids and revisions. Where a message
// had several, the one that the merged part has is there, too, under that part's
// revision, so that it is known since when it is the wording.
//
// Rows are written so, and read as a keptHint and a collector.Message each:
// parquet-go v0.32.0 reads nulls into the pointers of embedded structs as zeroes.
type keptRow struct {
	collector.Message
	ObservedFrom time.Time `parquet:"observed_from,timestamp(microsecond)"`
	Revision     string    `parquet:"revision"`
}

// keptHint is a keptRow without the message.
type keptHint struct {
	ID           int64     `parquet:"message_id"`
	ObservedFrom time.Time `parquet:"observed_from,timestamp(microsecond)"`
	Revision     string    `parquet:"revision"`
}

// loadVersions reads the footer of a part of versions.
func loadVersions(path string) (*part, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p := &part{path: path, size: f.parquet.Size()}
	if p.groups, err = footerGroups(f.parquet); err != nil {
		return nil, err
	}
	p.Rows = f.parquet.NumRows()
	for i, g := range p.groups {
		if i == 0 {
			p.lo = g.minID
		}
		p.hi = g.maxID
	}
	p.MinID, p.MaxID = p.lo, p.hi
	p.revision, err = revisionOf(filepath.Base(path))
	return p, err
}
