package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"telegramtrac/collector"
)

// importSource is what the footers of imported parts name as their source. They
// cover nothing; their rows name the sources they have.
const importSource = "archive"

// windowIDs is how many staged messages are compared with the dataset at a time.
const windowIDs = 2048

// Import puts what was staged into the dataset, all at once or, with an error,
// nothing of it; also where the process is killed. It returns what became of
// the rows, by channel, ascending by id.
//
// Every staged row is compared with what the dataset says of its message:
//
//   - Seen later than every other row of it, it becomes the message: it gets a
//     revision above all, as what is collected does. Where a source has proved
//     since that the message does not exist any more, it is restored so, and gone
//     since then (merged parts remember when the last look of all was made).
//   - Seen earlier, it becomes an observation of the past: it gets a revision below
//     all (with the major number 0), so that the message stays as it is, but was
//     first seen then, and the row's wording is among its versions.
//     What the web preview says stays behind what a source of whole objects says
//     in this way whichever of them was seen later.
//   - Known (the same source had the same wording from before it until after it),
//     it is left out. So importing a file twice changes nothing.
//
// Of a row with the same time as the message that is there, the one edited later
// is the newer. Where both have the same source and wording, the imported one is:
// it was asked for last, perhaps to keep personal data this time.
func (w *Writer) Import(ctx context.Context, s *Staging) ([]collector.Imported, error) {
	if err := cmp.Or(w.err, ctx.Err()); err != nil {
		return nil, err
	}
	if err := s.flush(ctx); err != nil {
		return nil, err
	}
	w.compacting.Lock() // takes parts away that are compared with
	defer w.compacting.Unlock()
	out, err := newShipment(w.d.dir, w.next().String())
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	defer out.close()
	i := &importing{w: w, s: s, out: out}
	steps := []func(context.Context) error{i.messages, i.details, i.peers, i.receipts, out.commit}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
	}
	return i.done, nil
}

// importing is one call of Import.
type importing struct {
	w    *Writer
	s    *Staging
	out  *shipment
	done []collector.Imported
}

func (i *importing) messages(ctx context.Context) error {
	ids, err := i.s.d.messages.ids()
	if err != nil {
		return err
	}
	for _, id := range ids {
		c, err := i.channel(ctx, id)
		if err == nil {
			err = c.run(ctx)
			c.close()
		}
		if err != nil {
			return fmt.Errorf("channel %d: %w", id, err)
		}
		i.done = append(i.done, c.done)
	}
	return nil
}

// channelImport is the import of one channel's messages.
type channelImport struct {
	*importing
	staged *plan
	own    *chronicle // what the dataset has of the channel
	proofs []*part    // of own: those that prove absence
	open   files
	taken  map[revision]bool // of past observations
	done   collector.Imported

	now   [][]collector.Message // by layer: of one id the older ones come first
	past  map[second][]collector.Message
	rows  int // in now and past
	bytes int
}

func (i *importing) channel(ctx context.Context, id int64) (*channelImport, error) {
	c := &channelImport{
		importing: i, open: files{}, taken: map[revision]bool{}, past: map[second][]collector.Message{},
		done: collector.Imported{ChannelID: id},
	}
	var err error
	if c.staged, err = i.s.d.plan(ctx, id); err != nil {
		return nil, err
	}
	p, err := i.w.d.plan(ctx, id)
	if err != nil {
		return nil, err
	}
	kept, _, err := i.w.d.versions.channel(id).snapshot(ctx)
	if err != nil {
		return nil, err
	}
	c.own = &chronicle{p.segments, kept, c.open}
	for _, part := range p.parts {
		if part.revision.major == 0 {
			c.taken[part.revision] = true
		}
		if slices.ContainsFunc(part.covered, cover.provesAbsence) {
			c.proofs = append(c.proofs, part)
		}
	}
	return c, c.own.pastRevisions(c.taken)
}

func (c *channelImport) close() { c.open.close() }

// run compares every staged row.
func (c *channelImport) run(ctx context.Context) error {
	var window []history
	for h, err := range c.staged.everything(ctx) {
		if err != nil {
			return err
		}
		if n := len(window); n == windowIDs || n > 0 && h.id-window[0].id > 8*windowIDs {
			if err := c.compare(ctx, window); err != nil {
				return err
			}
			window = window[:0]
		}
		window = append(window, h)
	}
	if len(window) > 0 {
		if err := c.compare(ctx, window); err != nil {
			return err
		}
	}
	return c.flush(ctx)
}

// compare compares some staged messages, ascending by id.
func (c *channelImport) compare(ctx context.Context, window []history) error {
	ids := collector.Range{Lo: window[0].id, Hi: window[len(window)-1].id}
	known, err := c.own.within(ctx, ids)
	if err != nil {
		return err
	}
	proofs := slices.DeleteFunc(slices.Clone(c.proofs), func(p *part) bool { return !p.proves(ids) })
	for _, h := range window {
		c.judge(known[h.id], h, proofs)
		if c.rows >= heldRows || c.bytes >= heldBytes {
			if err := c.flush(ctx); err != nil {
				return err
			}
		}
	}
	c.open.trim()
	return nil
}

// judge decides what becomes of the staged observations of one message.
func (c *channelImport) judge(seen []observation, staged history, proofs []*part) {
	slices.SortStableFunc(staged.seen, func(a, b observation) int { return a.row.LastSeenAt.Compare(b.row.LastSeenAt) })
	isNew := len(seen) == 0
	layer := 0
	for _, o := range staged.seen {
		row := o.row
		c.done.Username, c.done.Title = cmp.Or(row.ChannelUsername, c.done.Username), cmp.Or(row.ChannelTitle, c.done.Title)
		switch c.verdict(seen, &row, proofs) {
		case known:
			c.done.Known++
			continue
		case newest:
			for layer >= len(c.now) {
				c.now = append(c.now, nil)
			}
			c.now[layer] = append(c.now[layer], row)
			layer++
			o.revision = revision{^uint64(0), uint32(layer)} // above all that is there
			seen = append(seen, o)
			if isNew {
				c.done.New++
			} else {
				c.done.Newer++
			}
		case older:
			o.revision = revision{0, uint32(len(seen))}
			seen = append([]observation{o}, seen...)
			c.addPast(row)
			if isNew {
				c.done.New++
			} else {
				c.done.Older++
			}
		}
		isNew = false
		c.rows++
		c.bytes += len(row.Raw) + len(row.Text) + 1000
	}
}

// second is where past rows are gathered: those of one second, but a part has
// each id once.
type second struct {
	at int64 // seconds since 1970
	n  int
}

// addPast takes up a past row. Ids ascend.
func (c *channelImport) addPast(row collector.Message) {
	to := second{at: row.LastSeenAt.Unix()}
	for len(c.past[to]) > 0 && c.past[to][len(c.past[to])-1].ID == row.ID {
		to.n++
	}
	c.past[to] = append(c.past[to], row)
}

// What a staged row is to the dataset.
const (
	newest = iota
	older
	known
)

// verdict compares a row with what is said of its message, ascending as histories
// are, and notes in it when the message was found gone afterwards.
func (c *channelImport) verdict(seen []observation, row *collector.Message, proofs []*part) int {
	if len(seen) == 0 {
		noteGone(row, nil, proofs)
		return newest
	}
	top := seen[len(seen)-1]
	at, last := row.LastSeenAt, top.row.LastSeenAt
	same := at.Equal(last) && row.Source == top.row.Source && sameWording(row, &top.row)
	found := row.GoneAt != nil && noneAfter(&top, proofs, at)
	switch {
	case slices.ContainsFunc(seen, func(o observation) bool { return collector.StaysBehind(row.Source, o.row.Source) }):
		// It may be known, and never becomes the message.
	case !slices.ContainsFunc(seen, func(o observation) bool { return !collector.StaysBehind(o.row.Source, row.Source) }):
		noteGone(row, &top, proofs)
		return newest
	case same && !found && sameRow(*row, top.row):
		return known
	case same, at.After(last), at.Equal(last) && editedAt(row).After(editedAt(&top.row)):
		noteGone(row, &top, proofs)
		return newest
	}
	for _, o := range seen {
		if sameWording(&o.row, row) && !at.Before(o.from) && !at.After(o.row.LastSeenAt) {
			return known
		}
	}
	return older
}

// noneAfter reports whether the dataset does not know that the message went.
func noneAfter(top *observation, proofs []*part, at time.Time) bool {
	m := collector.Message{ID: top.row.ID, LastSeenAt: at}
	noteGone(&m, top, proofs)
	return m.GoneAt == nil
}

// noteGone fills in when a message was first proved not to exist after the row
// was seen. Parts that are not newer than the top observation, if there is one,
// had a row for it.
func noteGone(row *collector.Message, top *observation, proofs []*part) {
	note := func(at time.Time) {
		if at.After(row.LastSeenAt) && (row.GoneAt == nil || at.Before(*row.GoneAt)) {
			at = at.UTC().Truncate(time.Microsecond)
			row.GoneAt = &at
		}
	}
	if top != nil && top.row.GoneAt != nil {
		note(*top.row.GoneAt)
	}
	for _, p := range proofs {
		if top != nil && p.revision.compare(top.revision) <= 0 {
			continue
		}
		if at, ok := p.goneAt(row.ID); ok {
			note(at)
		}
	}
}

func editedAt(m *collector.Message) time.Time {
	if m.EditDate != nil {
		return *m.EditDate
	}
	return time.Time{}
}

// sameRow reports whether two rows say the same, whenever they were seen first
// and went. What a file has of threads may have been worked out when it was written.
func sameRow(a, b collector.Message) bool {
	a.FirstSeenAt, a.GoneAt = b.FirstSeenAt, b.GoneAt
	a.ThreadChannelID, a.ThreadMessageID = b.ThreadChannelID, b.ThreadMessageID
	return reflect.DeepEqual(a, b)
}

// flush writes what was decided.
func (c *channelImport) flush(ctx context.Context) error {
	dir := messagesDirOf(c.done.ChannelID)
	for _, rows := range c.now {
		if len(rows) == 0 {
			continue
		}
		place := filepath.Join(dir, partName(rows[0].ID, c.w.next()))
		if err := cmp.Or(ctx.Err(), c.out.putMessages(c.w, place, rows)); err != nil {
			return err
		}
	}
	for _, rows := range c.past {
		place := filepath.Join(dir, partName(rows[0].ID, c.pastRevision(rows[0].LastSeenAt)))
		if err := cmp.Or(ctx.Err(), c.out.putMessages(c.w, place, rows)); err != nil {
			return err
		}
	}
	c.now = nil
	clear(c.past)
	c.rows, c.bytes = 0, 0
	return nil
}

// pastRevision is a revision below those of all that is collected, which no
// other observation of the channel has: higher the later it was made.
func (c *channelImport) pastRevision(at time.Time) revision {
	r := pastRevisionOf(at)
	for c.taken[r] {
		r.minor++
	}
	c.taken[r] = true
	return r
}

// pastRevisions adds the revisions of past observations in parts of versions.
func (c *chronicle) pastRevisions(to map[revision]bool) error {
	past := revision{}.String()[:16]
	for _, p := range c.versions {
		rows, err := loadRows[struct {
			Revision string `parquet:"revision"`
		}](p.path)
		if err != nil {
			return fmt.Errorf("read the kept wordings: %w", err)
		}
		for _, row := range rows {
			if r, err := parseRevision(row.Revision); err == nil && strings.HasPrefix(row.Revision, past) {
				to[r] = true
			}
		}
	}
	return nil
}

// everything yields all that the parts say of each message, ascending by id.
func (p *plan) everything(ctx context.Context) iter.Seq2[history, error] {
	return func(yield func(history, error) bool) {
		open := files{}
		defer open.close()
		for _, s := range p.segments {
			more, err := s.everything(ctx, open, yield)
			if err != nil {
				yield(history{}, err)
			}
			if err != nil || !more {
				return
			}
			open.closeBelow(s.ids.Hi + 1)
		}
	}
}

func (s *segment) everything(ctx context.Context, open files, yield func(history, error) bool) (more bool, err error) {
	rows := cutRows{s, make([]*stream[collector.Message], len(s.cuts)), open}
	defer rows.close()
	m, err := s.merge(open)
	defer m.close()
	for n := 0; err == nil; n++ {
		if n%streamRows == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		ok, err := m.next()
		if err != nil || !ok {
			return true, err
		}
		h := history{id: m.keys[0].ID}
		for _, at := range m.at {
			o, err := rows.observe(at.index, at.row-1)
			if err != nil {
				return false, err
			}
			h.seen = append(h.seen, o)
		}
		if !yield(h, nil) {
			return false, nil
		}
	}
	return false, err
}

// within returns all that is said of the messages in a range, by id, each
// ascending by revision.
func (c *chronicle) within(ctx context.Context, ids collector.Range) (map[int64][]observation, error) {
	out := map[int64][]observation{}
	for _, s := range c.segments {
		if s.ids.Intersect(ids).Len() == 0 {
			continue
		}
		for _, cut := range s.cuts {
			if err := c.cutWithin(ctx, cut, ids, out); err != nil {
				return nil, err
			}
		}
	}
	for _, p := range c.versions {
		if p.hi < ids.Lo || p.lo > ids.Hi {
			continue
		}
		if err := c.keptWithin(p, ids, out); err != nil {
			return nil, err
		}
	}
	for id, seen := range out {
		// Parts of versions do not tell when a message went, the message does.
		top := slices.MaxFunc(seen, func(a, b observation) int { return cmp.Or(a.compare(b), compareBool(b.kept, a.kept)) })
		h := history{id, seen}
		h.settle()
		if last := &h.seen[len(h.seen)-1]; last.revision == top.revision {
			last.row.GoneAt = top.row.GoneAt
		}
		out[id] = h.seen
	}
	return out, nil
}

func (c *chronicle) cutWithin(ctx context.Context, t cut, ids collector.Range, out map[int64][]observation) error {
	from, err := rowOf(t.part, ids.Lo, c.open)
	if err != nil {
		return err
	}
	to, err := rowOf(t.part, ids.Hi+1, c.open)
	if err != nil {
		return err
	}
	t.from, t.to = max(t.from, from), min(t.to, to)
	for m, err := range plainRows[collector.Message](ctx, t, c.open) {
		if err != nil {
			return err
		}
		out[m.ID] = append(out[m.ID], observation{t.revision, *m, m.FirstSeenAt, false})
	}
	return nil
}

func (c *chronicle) keptWithin(p *part, ids collector.Range, out map[int64][]observation) error {
	from, err := rowOf(p, ids.Lo, c.open)
	if err != nil {
		return err
	}
	to, err := rowOf(p, ids.Hi+1, c.open)
	if err != nil || from == to {
		return err
	}
	h, err := newKeptHead(p, from, to, c.open)
	if err != nil {
		return err
	}
	defer h.close()
	for h.row < h.end {
		o, err := h.observation()
		if err != nil {
			return err
		}
		out[o.row.ID] = append(out[o.row.ID], o)
		h.row++
		if err := h.look(); err != nil {
			return err
		}
	}
	return nil
}

// details adds the channels' details that are not known.
func (i *importing) details(ctx context.Context) error {
	for id, all := range i.s.details {
		kept, _, err := i.w.d.channels.channel(id).snapshot(ctx)
		if err != nil {
			return err
		}
		kept = slices.Clone(kept)
		for n := range kept { // as the files have it
			at := &kept[n].channel.LastSeenAt
			*at = at.Truncate(time.Microsecond)
		}
		slices.SortStableFunc(all, func(a, b collector.Channel) int { return a.LastSeenAt.Compare(b.LastSeenAt) })
		for _, ch := range all {
			if slices.ContainsFunc(kept, func(d details) bool { return d.channel.LastSeenAt.Equal(ch.LastSeenAt) && d.channel.Raw == ch.Raw }) {
				continue
			}
			if err := i.putDetails(ch, leads(ch, kept)); err != nil {
				return err
			}
			kept = append(kept, details{channel: ch})
		}
	}
	return nil
}

// leads reports whether details become the channel's: none that is kept is newer
// or goes before them, but those that stay behind.
func leads(ch collector.Channel, kept []details) bool {
	return !slices.ContainsFunc(kept, func(d details) bool {
		newer := d.channel.LastSeenAt.After(ch.LastSeenAt) && !collector.StaysBehind(d.channel.Source, ch.Source)
		return newer || collector.StaysBehind(ch.Source, d.channel.Source)
	})
}

func (i *importing) putDetails(ch collector.Channel, newest bool) error {
	dir := filepath.Join(channelsDir, fmt.Sprintf("%s%d", partitionPrefix, ch.ID))
	return i.out.put(i.place(dir, newest, ch.LastSeenAt), func(f io.Writer) error {
		return writeFile(newFile[collector.Channel](f, i.w.codec), []collector.Channel{ch}, nil)
	})
}

// place is where a file goes whose newest revision counts.
func (i *importing) place(dir string, newest bool, at time.Time) string {
	if newest {
		return filepath.Join(dir, i.w.next().String()+partSuffix)
	}
	for r := pastRevisionOf(at); ; r.minor++ {
		if place := filepath.Join(dir, r.String()+partSuffix); !i.out.taken(place) {
			return place
		}
	}
}

// peers adds the peers that the dataset does not know, or knows less of.
func (i *importing) peers(ctx context.Context) error {
	if len(i.s.peers) == 0 {
		return nil
	}
	all, err := i.w.d.Peers(ctx)
	if err != nil {
		return err
	}
	have := map[peerKey]collector.Peer{}
	for _, p := range all {
		have[keyOf(p)] = p
	}
	var now, past []collector.Peer
	for _, p := range sortedPeers(i.s.peers) {
		old, ok := have[keyOf(p)]
		switch {
		case !ok || p.LastSeenAt.After(old.LastSeenAt):
			now = append(now, p)
		case p.LastSeenAt.Equal(old.LastSeenAt) && contentOf(p) != contentOf(old):
			now = append(now, p)
		case p.FirstSeenAt.Before(old.FirstSeenAt):
			past = append(past, p)
		}
	}
	return cmp.Or(i.putPeers(now, true), i.putPeers(past, false))
}

func (i *importing) putPeers(rows []collector.Peer, newest bool) error {
	if len(rows) == 0 {
		return nil
	}
	return i.out.put(i.place(peersDir, newest, rows[0].LastSeenAt), func(f io.Writer) error {
		return writeFile(newFile[collector.Peer](f, i.w.codec), rows, nil)
	})
}

// receipts adds the receipts of collections that the dataset does not know.
func (i *importing) receipts(ctx context.Context) error {
	kept, _, err := i.w.d.receipts.snapshot(ctx)
	if err != nil {
		return err
	}
	have := map[receiptKey]bool{}
	for _, r := range kept {
		have[r.receiptKey] = true
	}
	for _, r := range i.s.receipts {
		key := receiptKey{r.CollectionID, r.Reference}
		if have[key] {
			continue
		}
		have[key] = true
		clean(&r)
		err := i.out.put(filepath.Join(receiptsDir, receiptName(key, i.w.next())), func(f io.Writer) error {
			return writeFile(newFile[collector.Receipt](f, i.w.codec), []collector.Receipt{r}, nil)
		})
		if err != nil {
			return errors.Join(fmt.Errorf("receipt of %q", r.Reference), err)
		}
	}
	return nil
}
