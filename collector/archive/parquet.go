package archive

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
)

// ownFile is one kind of this product's own files.
type ownFile struct {
	kind    string
	columns []string // that tell it apart, and that it cannot be without
	read    func(r *reader, m *member, f *parquet.File) (rows int64, err error)
}

// ownFiles are tried in this order: a file of versions has all columns of one of
// messages.
var ownFiles = []ownFile{
	{"versions.parquet of telegramtrac", append([]string{"observed_from", "observed_until"}, messageColumns...), ownVersions},
	{"messages.parquet of telegramtrac", messageColumns, ownMessages},
	{"receipts.parquet of telegramtrac", []string{"collection_id", "requested_as", "state", "started_at", "finished_at"}, ownReceipts},
	{"channels.parquet of telegramtrac", []string{"channel_id", "title", "kind", "source", "last_seen_at", "raw"}, ownChannels},
	{"peers.parquet of telegramtrac", []string{"peer_type", "peer_id", "last_seen_at", "raw"}, ownPeers},
}

// kindTies is a bundle's file of what makes the network's edges.
const kindTies = "edges.parquet of telegramtrac"

var tieColumns = []string{"source_channel_id", "message_id", "kind", "target"}

var messageColumns = []string{"channel_id", "message_id", "kind", "date", "text", "source", "first_seen_at", "last_seen_at", "raw"}

// maxGroup is the size of the largest row group that is read, in bytes.
const maxGroup = 2 << 30

// readParquet reads a Parquet file, which has to be one of this product's own.
func readParquet(r *reader, m *member) error {
	f, remove, err := m.unpacked()
	if err != nil {
		return err
	}
	defer remove()
	kind, rows, err := readOwn(r, m, f)
	if _, ours := errors.AsType[*collector.FileError](err); err != nil && !ours && r.ctx.Err() == nil && !r.refused {
		return m.wrong(0, "", "this Parquet file is damaged: "+plain(fmt.Errorf("%w: %w", errNoParquet, err)))
	}
	if err != nil {
		return err
	}
	m.skip()
	if kind == kindTies && m.among {
		return nil // it follows from the messages beside it
	}
	if kind == "" || kind == kindTies {
		return r.unreadable(m, "it is a Parquet file, but none of telegramtrac's own that can be imported")
	}
	r.read(m, kind, rows)
	return nil
}

// ownFile finds out which file it is, and reads it. The library panics over some
// damaged files.
func readOwn(r *reader, m *member, f *os.File) (kind string, rows int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return "", 0, err
	}
	if err := checkFooter(f, info.Size()); err != nil {
		return "", 0, err
	}
	p, err := parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err == nil {
		err = checkPages(f, info.Size(), p)
	}
	if err != nil {
		return "", 0, err
	}
	for _, g := range p.Metadata().RowGroups {
		if g.TotalByteSize > maxGroup {
			return "", 0, m.wrong(0, "", "this Parquet file has a row group of more than 2 GB")
		}
	}
	for _, own := range ownFiles {
		if !slices.ContainsFunc(own.columns, func(c string) bool { _, ok := p.Schema().Lookup(c); return !ok }) {
			rows, err := own.read(r, m, p)
			return own.kind, rows, err
		}
	}
	if !slices.ContainsFunc(tieColumns, func(c string) bool { _, ok := p.Schema().Lookup(c); return !ok }) {
		return kindTies, 0, nil
	}
	return "", 0, nil
}

// eachRow calls do with every row of a file. T's columns that the file lacks are
// null.
func eachRow[T any](r *reader, m *member, f *parquet.File, do func(n int64, row *T) error) error {
	if err := sameForm(m, f, parquet.SchemaOf(*new(T))); err != nil {
		return err
	}
	in := parquet.NewGenericReader[T](f)
	defer in.Close()
	rows := make([]T, 64)
	for n := int64(0); n < f.NumRows(); {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		clear(rows)
		got, err := in.Read(rows)
		for i := range got {
			n++
			if err := do(n, &rows[i]); err != nil {
				r.refused = true
				return err
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if got == 0 && n < f.NumRows() {
			return io.ErrUnexpectedEOF
		}
	}
	return nil
}

// sameForm refuses files whose columns are called as ours and are something else.
func sameForm(m *member, f *parquet.File, want *parquet.Schema) error {
	for _, path := range want.Columns() {
		w, _ := want.Lookup(path...)
		h, ok := f.Schema().Lookup(path...)
		if ok && (h.Node.Type().Kind() != w.Node.Type().Kind() || h.MaxRepetitionLevel != w.MaxRepetitionLevel) {
			return m.wrong(0, path[0], "this column is of another type than in telegramtrac's own files")
		}
	}
	return nil
}

func ownMessages(r *reader, m *member, f *parquet.File) (int64, error) {
	b := r.batch(time.Time{})
	err := eachRow(r, m, f, func(n int64, row *collector.Message) error {
		if err := checkRow(m, n, row); err != nil {
			return err
		}
		return b.put(private(r, *row))
	})
	return b.all, cmp.Or(err, b.flush())
}

// times are when a wording was seen.
type times struct {
	From  time.Time `parquet:"observed_from,timestamp(microsecond)"`
	Until time.Time `parquet:"observed_until,timestamp(microsecond)"`
}

// ownVersions reads earlier wordings. The times are read by themselves, for
// parquet-go v0.32.0 reads nulls into the pointers of embedded structs as zeroes.
func ownVersions(r *reader, m *member, f *parquet.File) (int64, error) {
	var spans []times
	err := eachRow(r, m, f, func(_ int64, t *times) error { spans = append(spans, *t); return nil })
	if err != nil {
		return 0, err
	}
	b := r.batch(time.Time{})
	err = eachRow(r, m, f, func(n int64, row *collector.Message) error {
		if err := checkRow(m, n, row); err != nil {
			return err
		}
		row.FirstSeenAt, row.LastSeenAt, row.GoneAt = spans[n-1].From, spans[n-1].Until, nil
		return b.put(private(r, *row))
	})
	return b.all, cmp.Or(err, b.flush())
}

// checkRow holds that a row is one that this product would have written.
func checkRow(m *member, n int64, row *collector.Message) error {
	switch {
	case row.ChannelID <= 0:
		return m.wrong(n, "channel_id", fmt.Sprintf("%d is not the id of a channel", row.ChannelID))
	case row.ID <= 0:
		return m.wrong(n, "message_id", fmt.Sprintf("%d is not the id of a message", row.ID))
	case row.Kind != collector.KindMessage && row.Kind != collector.KindService && row.Kind != collector.KindUnreadable:
		return m.wrong(n, "kind", fmt.Sprintf("%.40q is neither message nor service", row.Kind))
	case row.Source == "":
		return m.wrong(n, "source", "there is none")
	case row.LastSeenAt.Year() < 2013:
		return m.wrong(n, "last_seen_at", "this is before Telegram began")
	}
	return nil
}

// since is when a state of a channel began; null in files that are older than that.
type since struct {
	From *time.Time `parquet:"state_from,optional,timestamp(microsecond)"`
}

func ownChannels(r *reader, m *member, f *parquet.File) (int64, error) {
	var began []*time.Time
	if err := eachRow(r, m, f, func(_ int64, s *since) error { began = append(began, s.From); return nil }); err != nil {
		return 0, err
	}
	return 0, eachRow(r, m, f, func(n int64, ch *collector.Channel) error {
		if ch.ID <= 0 || ch.LastSeenAt.Year() < 2013 {
			return m.wrong(n, "channel_id", "these are not the details of a channel")
		}
		c := *ch
		c.Raw = privateRaw(r, c.Source, c.Raw)
		if from := began[n-1]; from != nil && from.Year() >= 2013 && from.Before(c.LastSeenAt) { // both ends of a state are looks
			first := c
			first.LastSeenAt = from.UTC()
			if err := r.add(collector.Observations{ChannelID: c.ID, Channel: &first}); err != nil {
				return err
			}
		}
		return r.add(collector.Observations{ChannelID: c.ID, Channel: &c})
	})
}

func ownPeers(r *reader, m *member, f *parquet.File) (int64, error) {
	var held []collector.Peer
	flush := func() error {
		defer func() { held = held[:0] }()
		return r.add(collector.Observations{Peers: slices.Clone(held)})
	}
	err := eachRow(r, m, f, func(n int64, p *collector.Peer) error {
		if p.ID <= 0 || p.LastSeenAt.Year() < 2013 {
			return m.wrong(n, "peer_id", "this is no peer")
		}
		if held = append(held, privatePeer(r, *p)); len(held) < batchRows {
			return nil
		}
		return flush()
	})
	return 0, cmp.Or(err, flush())
}

func ownReceipts(r *reader, m *member, f *parquet.File) (int64, error) {
	return 0, eachRow(r, m, f, func(n int64, row *collector.Receipt) error {
		if row.CollectionID == "" {
			return m.wrong(n, "collection_id", "there is none")
		}
		return r.add(collector.Observations{ChannelID: row.ChannelID, Receipts: []collector.Receipt{*row}})
	})
}
