package staging

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/put"
)

// What files may say, at most. Telegram knows nothing that comes near, and more
// would take memory or files without end.
const (
	gatherParts = 32       // parts of a channel, after which they are made into few
	MaxSeen     = 500      // observations of one message, in different words
	maxSeenSize = 16 << 20 // bytes of them
	MaxStaged   = 5_000    // channels
	MaxNamed    = 200_000  // peers
	maxDetails  = 32 << 20 // bytes of details of channels
	maxReceipts = 100_000
)

// TooMuchError says that files hold more of something than an import takes.
type TooMuchError struct {
	What string // a sentence for people, without a full stop
}

func (e *TooMuchError) Error() string { return e.What }

// fits is a TooMuchError where files hold more than can be held here.
func (s *Staging) fits(o *collector.Observations) error {
	tooMuch := func(most int, what string) error {
		return &TooMuchError{fmt.Sprintf("they hold more than %d %s, the most that is imported at once", most, what)}
	}
	switch {
	case s.merging: // what a dataset holds was let in before
		return nil
	case len(s.channels) > MaxStaged:
		return tooMuch(MaxStaged, "channels")
	case len(s.peers)+len(o.Peers) > MaxNamed:
		return tooMuch(MaxNamed, "people and channels that are named")
	case len(s.receipts)+len(o.Receipts) > maxReceipts:
		return tooMuch(maxReceipts, "receipts")
	case o.Channel != nil && s.detailed+int64(len(o.Channel.Raw)) > maxDetails:
		return tooMuch(maxDetails>>20, "MB of details of channels")
	}
	return nil
}

// gathered brings rows in order, ascending by id and time, each once. Of rows of one
// source that show a message in the same words the first and the last stay: those
// between say nothing that these do not, and they are counted.
func gathered(rows []collector.Message) (kept []collector.Message, repeated int64, err error) {
	slices.SortStableFunc(rows, func(a, b collector.Message) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), a.LastSeenAt.Compare(b.LastSeenAt))
	})
	rows = slices.CompactFunc(rows, func(a, b collector.Message) bool { return a.ID == b.ID && reflect.DeepEqual(a, b) })
	kept = rows[:0]
	for from := 0; from < len(rows); {
		to := from + 1
		for to < len(rows) && rows[to].ID == rows[from].ID {
			to++
		}
		few := rows[from:to]
		if len(few) > 2 {
			few = withoutRepeated(few)
			repeated += int64(to - from - len(few))
		}
		if err := bounded(few); err != nil {
			return nil, 0, err
		}
		kept = append(kept, few...)
		from = to
	}
	return kept, repeated, nil
}

// bounded refuses a message that is told of without end.
func bounded(seen []collector.Message) error {
	size := 0
	for i := range seen {
		size += len(seen[i].Text) + len(seen[i].Raw)
	}
	if len(seen) > MaxSeen || len(seen) > 2 && size > maxSeenSize {
		return &TooMuchError{fmt.Sprintf("message %d of channel %d stands in them in more than %d different forms", seen[0].ID, seen[0].ChannelID,
			min(len(seen)-1, MaxSeen))}
	}
	return nil
}

// withoutRepeated takes out of a message's rows, ascending by time, those between the
// first and the last of a run that one source shows in the same words.
func withoutRepeated(rows []collector.Message) []collector.Message {
	type run struct {
		first, last int
		since       time.Time // when any of it was seen first
	}
	runs := map[string]*run{} // by source
	drop := make([]bool, len(rows))
	for i := range rows {
		row := &rows[i]
		r := runs[row.Source]
		if r == nil || !repeats(&rows[r.last], row) {
			runs[row.Source] = &run{i, i, row.FirstSeenAt}
			continue
		}
		if r.last != r.first {
			drop[r.last] = true
		}
		r.last = i
		if row.FirstSeenAt.Before(r.since) {
			r.since = row.FirstSeenAt
		}
		if r.since.Before(rows[r.first].FirstSeenAt) {
			rows[r.first].FirstSeenAt = r.since
		}
	}
	kept := make([]collector.Message, 0, len(rows))
	for i := range rows {
		if !drop[i] {
			kept = append(kept, rows[i])
		}
	}
	return kept
}

// repeats reports whether a row says of the message nothing that the row before it
// does not, but for counters.
func repeats(a, b *collector.Message) bool {
	plain := func(m *collector.Message) bool { return !fold.Unread(m) && !fold.Begun(m) && m.GoneAt == nil }
	return plain(a) && plain(b) && a.Kind == b.Kind && a.Action == b.Action && fold.SameTime(a.EditDate, b.EditDate) &&
		fold.SameWording(a, b) && fold.SameWording(b, a) && (b.LastSeenAt.After(a.LastSeenAt) || !poorer(b, a))
}

// gather makes of a channel's parts as few as there are observations of one message.
// Every flush adds parts that overlap where files tell of the same messages, and all
// that overlap are open at once when they are compared.
func (s *Staging) gather(ctx context.Context, channelID int64) error {
	dir := filepath.Join(s.dir, "gathering")
	d, err := catalog.Open(dir)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	into := put.New(d, 1)
	p, err := s.d.Plan(ctx, channelID)
	if err != nil {
		return fmt.Errorf("gather channel %d: %w", channelID, err)
	}
	c := s.Channel(channelID)
	c.Rows, c.over = 0, 0
	var held []collector.Message
	size := 0
	flush := func() error {
		n, err := s.Put(into, channelID, held)
		c.over = max(c.over, n)
		held, size = held[:0], 0
		return err
	}
	for h, err := range p.Everything(ctx) {
		if err != nil {
			return fmt.Errorf("gather channel %d: %w", channelID, err)
		}
		rows := make([]collector.Message, len(h.Seen))
		for i, o := range h.Seen {
			rows[i] = o.Row
		}
		rows, repeated, err := gathered(rows)
		if err != nil {
			return err
		}
		c.Repeated += repeated
		for _, m := range rows {
			size += len(m.Raw) + len(m.Text) + 1000
		}
		if held = append(held, rows...); len(held) >= HeldRows || size >= heldBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return s.swap(dir, into.MessageParts.Channel(channelID).Dir)
}

// swap puts a folder that was gathered elsewhere in the place of the one before.
func (s *Staging) swap(elsewhere, folder string) error {
	place := filepath.Join(s.dir, folder)
	err := os.RemoveAll(place)
	if err == nil {
		err = os.Rename(filepath.Join(elsewhere, folder), place)
	}
	if err != nil {
		return fmt.Errorf("swap gathered parts: %w", err)
	}
	s.lease++
	if s.d, err = catalog.Open(s.dir); err != nil {
		return err
	}
	s.w = put.New(s.d, s.lease)
	return nil
}
