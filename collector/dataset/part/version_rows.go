package part

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
type KeptRow struct {
	collector.Message
	ObservedFrom time.Time `parquet:"observed_from,timestamp(microsecond)"`
	Revision     string    `parquet:"revision"`
}

// keptHint is a keptRow without the message.
type KeptHint struct {
	ID           int64     `parquet:"message_id"`
	ObservedFrom time.Time `parquet:"observed_from,timestamp(microsecond)"`
	Revision     string    `parquet:"revision"`
}

// loadVersions reads the footer of a part of versions.
func LoadVersions(path string) (*Part, error) {
	f, err := OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p := &Part{Path: path, Size: f.Parquet.Size()}
	if p.Groups, err = footerGroups(f.Parquet); err != nil {
		return nil, err
	}
	p.Rows = f.Parquet.NumRows()
	for i, g := range p.Groups {
		if i == 0 {
			p.Lo = g.MinID
		}
		p.Hi = g.MaxID
	}
	p.MinID, p.MaxID = p.Lo, p.Hi
	p.Revision, err = RevisionOf(filepath.Base(path))
	return p, err
}
