package archive

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/dataset/foreign"
)

// ownFile is one kind of this product's own files.
type ownFile struct {
	kind    string
	columns []string // that identify it and that it must have
	read    func(r *input.Reader, m *input.Member, f *foreign.File) (rows int64, err error)
}

// ownFiles are tried in this order: versions have all columns of messages.
var ownFiles = []ownFile{
	{"versions.parquet of telegramtrac", append([]string{"observed_from", "observed_until"}, messageColumns...), ownVersions},
	{"messages.parquet of telegramtrac", messageColumns, ownMessages},
	{"receipts.parquet of telegramtrac", []string{"collection_id", "requested_as", "state", "started_at", "finished_at"}, ownReceipts},
	{"channels.parquet of telegramtrac", []string{"channel_id", "title", "kind", "source", "last_seen_at", "raw"}, ownChannels},
	{"peers.parquet of telegramtrac", []string{"peer_type", "peer_id", "last_seen_at", "raw"}, ownPeers},
}

// kindTies is a bundle's file of the evidence for the network's edges.
const kindTies = "edges.parquet of telegramtrac"

var tieColumns = []string{"source_channel_id", "message_id", "kind", "target"}

var messageColumns = []string{"channel_id", "message_id", "kind", "date", "text", "source", "first_seen_at", "last_seen_at", "raw"}

// maxGroup is the size of the largest row group that is read, in bytes.
const maxGroup = 2 << 30

// readParquet reads a Parquet file, which must be one of this product's own.
func readParquet(r *input.Reader, m *input.Member) error {
	f, remove, err := m.Unpacked()
	if err != nil {
		return err
	}
	defer remove()
	kind, rows, err := readOwn(r, m, f)
	if _, ours := errors.AsType[*collector.FileError](err); err != nil && !ours && r.Ctx.Err() == nil && !r.Refused {
		return m.Wrong(0, "", "this Parquet file is damaged: "+input.Plain(fmt.Errorf("%w: %w", input.ErrNoParquet, err)))
	}
	if err != nil {
		return err
	}
	m.Skip()
	if kind == kindTies && m.Among {
		return nil // derived from the messages in the same bundle
	}
	if kind == "" || kind == kindTies {
		return r.Unreadable(m, "it is a Parquet file, but none of telegramtrac's own that can be imported")
	}
	r.Took(m, kind, rows)
	return nil
}

// readOwn finds out which of ownFiles a file is and reads it. The library panics on some
// damaged files.
func readOwn(r *input.Reader, m *input.Member, f *os.File) (kind string, rows int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return "", 0, err
	}
	p, err := foreign.Open(f, info.Size(), foreign.Limits{Listed: input.MaxListed, Unfold: input.FreeUnfold, Ratio: input.MaxRatio})
	if err != nil {
		return "", 0, err
	}
	if p.LargestGroup() > maxGroup {
		return "", 0, m.Wrong(0, "", "this Parquet file has a row group of more than 2 GB")
	}
	for _, own := range ownFiles {
		if p.Has(own.columns) {
			rows, err := own.read(r, m, p)
			return own.kind, rows, err
		}
	}
	if p.Has(tieColumns) {
		return kindTies, 0, nil
	}
	return "", 0, nil
}

// eachRow calls do with every row of a file. Columns of T that the file lacks are null; one
// that has our name and another type is refused.
func eachRow[T any](r *input.Reader, m *input.Member, f *foreign.File, do func(n int64, row *T) error) error {
	if column := foreign.Differs[T](f); column != "" {
		return m.Wrong(0, column, "this column is of another type than in telegramtrac's own files")
	}
	return foreign.Each(r.Ctx, f, func(n int64, row *T) error {
		err := do(n, row)
		r.Refused = r.Refused || err != nil
		return err
	})
}

func ownMessages(r *input.Reader, m *input.Member, f *foreign.File) (int64, error) {
	b := r.Batch(nil)
	err := eachRow(r, m, f, func(n int64, row *collector.Message) error {
		if err := checkRow(m, n, row); err != nil {
			return err
		}
		return b.Put(private(r, *row))
	})
	return b.All, cmp.Or(err, b.Flush())
}

// times are when a version was first and last seen.
type times struct {
	From  time.Time `parquet:"observed_from,timestamp(microsecond)"`
	Until time.Time `parquet:"observed_until,timestamp(microsecond)"`
}

// ownVersions reads earlier versions. It reads the times separately, because parquet-go
// v0.32.0 reads nulls into the pointers of embedded structs as zeroes.
func ownVersions(r *input.Reader, m *input.Member, f *foreign.File) (int64, error) {
	var spans []times
	err := eachRow(r, m, f, func(_ int64, t *times) error { spans = append(spans, *t); return nil })
	if err != nil {
		return 0, err
	}
	b := r.Batch(nil)
	err = eachRow(r, m, f, func(n int64, row *collector.Message) error {
		if err := checkRow(m, n, row); err != nil {
			return err
		}
		row.FirstSeenAt, row.LastSeenAt, row.GoneAt = spans[n-1].From, spans[n-1].Until, nil
		return b.Put(private(r, *row))
	})
	return b.All, cmp.Or(err, b.Flush())
}

// checkRow checks that this product can have written a row.
func checkRow(m *input.Member, n int64, row *collector.Message) error {
	switch {
	case row.ChannelID <= 0:
		return m.Wrong(n, "channel_id", fmt.Sprintf("%d is not the id of a channel", row.ChannelID))
	case row.ID <= 0:
		return m.Wrong(n, "message_id", fmt.Sprintf("%d is not the id of a message", row.ID))
	case row.Kind != collector.KindMessage && row.Kind != collector.KindService && row.Kind != collector.KindUnreadable:
		return m.Wrong(n, "kind", fmt.Sprintf("%.40q is neither message nor service", row.Kind))
	case row.Source == "":
		return m.Wrong(n, "source", "there is none")
	case row.LastSeenAt.Year() < 2013:
		return m.Wrong(n, "last_seen_at", "this is before Telegram began")
	}
	return nil
}

// since is when a state of a channel began; null in older files.
type since struct {
	From *time.Time `parquet:"state_from,optional,timestamp(microsecond)"`
}

func ownChannels(r *input.Reader, m *input.Member, f *foreign.File) (int64, error) {
	var began []*time.Time
	if err := eachRow(r, m, f, func(_ int64, s *since) error { began = append(began, s.From); return nil }); err != nil {
		return 0, err
	}
	return 0, eachRow(r, m, f, func(n int64, ch *collector.Channel) error {
		if ch.ID <= 0 || ch.LastSeenAt.Year() < 2013 {
			return m.Wrong(n, "channel_id", "these are not the details of a channel")
		}
		c := *ch
		c.Raw = privateRaw(r, c.Source, c.Raw)
		// the channel was looked at at both ends of a state
		if from := began[n-1]; from != nil && from.Year() >= 2013 && from.Before(c.LastSeenAt) {
			first := c
			first.LastSeenAt = from.UTC()
			if err := r.Add(collector.Observations{ChannelID: c.ID, Channel: &first}); err != nil {
				return err
			}
		}
		return r.Add(collector.Observations{ChannelID: c.ID, Channel: &c})
	})
}

func ownPeers(r *input.Reader, m *input.Member, f *foreign.File) (int64, error) {
	var held []collector.Peer
	flush := func() error {
		defer func() { held = held[:0] }()
		return r.Add(collector.Observations{Peers: slices.Clone(held)})
	}
	err := eachRow(r, m, f, func(n int64, p *collector.Peer) error {
		if p.ID <= 0 || p.LastSeenAt.Year() < 2013 {
			return m.Wrong(n, "peer_id", "this is no peer")
		}
		if held = append(held, privatePeer(r, *p)); len(held) < input.BatchRows {
			return nil
		}
		return flush()
	})
	return 0, cmp.Or(err, flush())
}

func ownReceipts(r *input.Reader, m *input.Member, f *foreign.File) (int64, error) {
	return 0, eachRow(r, m, f, func(n int64, row *collector.Receipt) error {
		if row.CollectionID == "" {
			return m.Wrong(n, "collection_id", "there is none")
		}
		return r.Add(collector.Observations{ChannelID: row.ChannelID, Receipts: []collector.Receipt{*row}})
	})
}
