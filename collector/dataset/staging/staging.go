package staging

import (
	"context"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/put"
)

// How many rows, and about how many bytes, are held until they are written.
const (
	HeldRows  = 10_000
	heldBytes = 32 << 20
)

// Staging is a folder that gathers what files say until all of them were read to
// the end, so that nothing of a file that turns out bad comes into a dataset. It
// is for one goroutine. Close it, whatever became of it.
type Staging struct {
	dir      string
	d        *catalog.Catalog
	w        *put.Writer
	held     map[int64][]collector.Message // by channel
	rows     int                           // in held
	bytes    int
	details  map[int64][]collector.Channel
	peers    map[catalog.PeerKey]collector.Peer
	receipts []collector.Receipt
	sources  map[string]bool
	channels map[int64]bool
	now      time.Time
	clean    part.Cleaner // of messages
	staged   map[int64]*stagedChannel
	lease    uint64 // of w
	detailed int64  // bytes of details

	merging bool                // what is staged is another dataset
	landing func()              // called before the rows come in; may be nil
	imports []part.ImportRecord // of that one

	// Personal says that the files' personal data is kept, which is put down with
	// what they bring.
	Personal bool

	// Progress is told how many of the staged observations Import has compared.
	// It must not block. Nil: nobody is told.
	Progress func(done, total int64)
}

// NewStaging makes a staging folder in dir. What it is given is taken for
// observed at now at the latest: no file knows the future.
func NewStaging(dir string, now time.Time) (*Staging, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make a staging folder: %w", err)
	}
	dir, err := os.MkdirTemp(dir, "staging.")
	if err != nil {
		return nil, fmt.Errorf("make a staging folder: %w", err)
	}
	d, err := catalog.Open(dir)
	if err != nil {
		return nil, err
	}
	return newStaging(d, now), nil
}

func newStaging(d *catalog.Catalog, now time.Time) *Staging {
	return &Staging{
		dir:      d.Dir,
		d:        d,
		w:        put.New(d, 1),
		lease:    1,
		held:     map[int64][]collector.Message{},
		staged:   map[int64]*stagedChannel{},
		details:  map[int64][]collector.Channel{},
		peers:    map[catalog.PeerKey]collector.Peer{},
		sources:  map[string]bool{},
		channels: map[int64]bool{},
		now:      now.UTC().Truncate(time.Microsecond),
		clean:    part.CleanerOf(reflect.TypeFor[collector.Message]()),
	}
}

// Close removes the folder.
func (s *Staging) Close() error {
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("remove a staging folder: %w", err)
	}
	return nil
}

// Sources are the sources of the rows.
func (s *Staging) Sources() []string { return slices.Sorted(maps.Keys(s.sources)) }

// Bytes is about how much what is staged takes on the disk.
func (s *Staging) Bytes(ctx context.Context) (int64, error) {
	if err := s.Flush(ctx); err != nil {
		return 0, err
	}
	return s.d.Bytes(ctx)
}

// Channels are those that anything is staged of.
func (s *Staging) Channels() []int64 { return slices.Sorted(maps.Keys(s.channels)) }

// Add takes observations up.
func (s *Staging) Add(ctx context.Context, o collector.Observations) error {
	seen := s.past(o.SeenAt)
	if o.ChannelID != 0 {
		s.channels[o.ChannelID] = true
	}
	if err := s.fits(&o); err != nil {
		return err
	}
	for _, m := range o.Messages {
		m.ChannelID = o.ChannelID
		s.sources[m.Source] = true
		m.FirstSeenAt, m.LastSeenAt = s.span(m.FirstSeenAt, m.LastSeenAt, seen)
		s.clean(reflect.ValueOf(&m).Elem())
		s.held[o.ChannelID] = append(s.held[o.ChannelID], m)
		s.rows++
		s.bytes += len(m.Raw) + len(m.Text) + 1000
	}
	for _, p := range o.Peers {
		p.FirstSeenAt, p.LastSeenAt = s.span(p.FirstSeenAt, p.LastSeenAt, seen)
		part.Clean(&p)
		s.peers[catalog.KeyOf(p)] = joinPeers(s.peers[catalog.KeyOf(p)], p)
	}
	if o.Channel != nil {
		ch := *o.Channel
		ch.Peers = nil
		s.sources[ch.Source] = true
		ch.FirstSeenAt, ch.LastSeenAt = s.span(ch.FirstSeenAt, ch.LastSeenAt, seen)
		part.Clean(&ch)
		s.details[ch.ID] = append(s.details[ch.ID], ch)
		s.detailed += int64(len(ch.Raw)) + 1000
	}
	s.receipts = append(s.receipts, o.Receipts...)
	if s.rows < HeldRows && s.bytes < heldBytes {
		return nil
	}
	return s.Flush(ctx)
}

// stagedChannel is what is staged of one channel.
type stagedChannel struct {
	Rows     int64           `json:"rows"`               // in parts
	Repeated int64           `json:"repeated,omitempty"` // observations that only repeat those around them
	ids      collector.Range // of all parts
	over     int             // parts that may tell of the same messages as others
}

// Add notes rows that were written as a number of parts.
func (c *stagedChannel) Add(rows []collector.Message, parts int) {
	ids := collector.Range{Lo: rows[0].ID, Hi: rows[len(rows)-1].ID}
	if c.over == 0 {
		c.ids, c.over = ids, parts
		return
	}
	if apart := ids.Lo > c.ids.Hi || ids.Hi < c.ids.Lo; !apart {
		c.over += parts
	}
	c.ids = collector.Range{Lo: min(ids.Lo, c.ids.Lo), Hi: max(ids.Hi, c.ids.Hi)}
}

func (s *Staging) Channel(id int64) *stagedChannel {
	if s.staged[id] == nil {
		s.staged[id] = &stagedChannel{}
	}
	return s.staged[id]
}

// observed is how many observations of messages are staged.
func (s *Staging) observed() (n int64) {
	for _, c := range s.staged {
		n += c.Rows
	}
	return n
}

// past is a time, but not later than now, as a column holds it.
func (s *Staging) past(t time.Time) time.Time {
	if t = t.UTC().Truncate(time.Microsecond); t.After(s.now) {
		return s.now
	}
	return t
}

// span is when something was seen first and last; seen stands for what is not said.
func (s *Staging) span(first, last, seen time.Time) (time.Time, time.Time) {
	if last.IsZero() {
		last = seen
	}
	last = s.past(last)
	if first.IsZero() || first.After(last) {
		first = last
	}
	return s.past(first), last
}

// joinPeers is the newer of two observations of a peer, first seen at the time of
// the older one.
func joinPeers(a, b collector.Peer) collector.Peer {
	if a.ID == 0 {
		return b
	}
	if b.LastSeenAt.Before(a.LastSeenAt) {
		a, b = b, a
	}
	if a.FirstSeenAt.Before(b.FirstSeenAt) {
		b.FirstSeenAt = a.FirstSeenAt
	}
	return b
}

// Flush writes what is held: in the order of ids and, of one id, of time. A part
// has each id once.
func (s *Staging) Flush(ctx context.Context) error {
	for _, channelID := range slices.Sorted(maps.Keys(s.held)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows, repeated, err := gathered(s.held[channelID])
		if err != nil {
			return err
		}
		c := s.Channel(channelID)
		c.Repeated += repeated
		n, err := s.Put(s.w, channelID, rows)
		if err != nil {
			return err
		}
		if c.Add(rows, n); c.over > gatherParts {
			if err := s.gather(ctx, channelID); err != nil {
				return err
			}
		}
	}
	clear(s.held)
	s.rows, s.bytes = 0, 0
	return nil
}

// Put writes rows, ascending by id and time, and returns in how many parts.
func (s *Staging) Put(w *put.Writer, channelID int64, rows []collector.Message) (parts int, err error) {
	all := layers(rows)
	for _, layer := range all {
		if err := w.PutRows(channelID, layer[0].ID, part.Pointers(layer), part.Cover{Source: importSource, ObservedAt: s.now}); err != nil {
			return 0, fmt.Errorf("stage channel %d: %w", channelID, err)
		}
		s.Channel(channelID).Rows += int64(len(layer))
	}
	return len(all), nil
}

// layers distributes rows, ascending by id, over lists that have each id once:
// of several rows of one id the n-th goes to the n-th list.
func layers(rows []collector.Message) [][]collector.Message {
	var out [][]collector.Message
	n := 0
	for i, m := range rows {
		if n++; i == 0 || m.ID != rows[i-1].ID {
			n = 0
		}
		if n == len(out) {
			out = append(out, nil)
		}
		out[n] = append(out[n], m)
	}
	return out
}
