package part

import (
	"path"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
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

// KeptRow is a row of a part of versions: a wording, and the revision of the part
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

// KeptHint is a keptRow without the message.
type KeptHint struct {
	ID           int64     `parquet:"message_id"`
	ObservedFrom time.Time `parquet:"observed_from,timestamp(microsecond)"`
	Revision     string    `parquet:"revision"`
}

// LoadVersions reads the footer of a part of versions.
func LoadVersions(in bucket.Files, name string) (*Part, error) {
	f, err := OpenFile(in, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p := &Part{In: in, Name: name, Size: f.Parquet.Size()}
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
	p.Revision, err = RevisionOf(path.Base(name))
	return p, err
}

// KeptRows reads the rows of a part of versions, ascending.
type KeptRows struct {
	hints    *Stream[KeptHint]
	messages *Stream[collector.Message]
}

// NewKeptRows reads the rows from..end-1 of f, which stays open for as long.
func NewKeptRows(f *File, from, end int64) (*KeptRows, error) {
	hints, err := NewStream[KeptHint](f, from, end)
	if err != nil {
		return nil, err
	}
	messages, err := NewStream[collector.Message](f, from, end)
	if err != nil {
		hints.Close()
		return nil, err
	}
	return &KeptRows{hints, messages}, nil
}

// Hint is a row without the message. The pointer holds until the next call.
func (k *KeptRows) Hint(row int64) (*KeptHint, error) { return k.hints.At(row) }

// At returns a row, at or after the one returned last.
func (k *KeptRows) At(row int64) (*KeptRow, error) {
	h, err := k.hints.At(row)
	if err != nil {
		return nil, err
	}
	m, err := k.messages.At(row)
	if err != nil {
		return nil, err
	}
	return &KeptRow{Message: *m, ObservedFrom: h.ObservedFrom, Revision: h.Revision}, nil
}

// Close ends reading. The file stays open.
func (k *KeptRows) Close() {
	k.hints.Close()
	k.messages.Close()
}
