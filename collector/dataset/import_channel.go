package dataset

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"time"

	"telegramtrac/collector"
)

// windowIDs and windowBytes are how many staged messages, and about how many bytes of
// them, are compared with the dataset at a time.
const (
	windowIDs   = 2048
	windowBytes = 16 << 20
)

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

func (i *importing) Channel(ctx context.Context, id int64) (*channelImport, error) {
	home, err := i.homeOf(ctx, id)
	if err != nil {
		return nil, err
	}
	c := &channelImport{
		importing: i, open: files{}, taken: map[revision]bool{}, past: map[second][]collector.Message{},
		done: collector.Imported{ChannelID: home, Known: i.s.Channel(id).Repeated},
	}
	if c.staged, err = i.s.d.plan(ctx, id); err != nil {
		return nil, err
	}
	p, err := i.w.plan(ctx, home)
	if err != nil {
		return nil, err
	}
	kept, _, err := i.w.versionParts.Channel(home).Snapshot(ctx)
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

func (c *channelImport) Close() { c.open.Close() }

// run compares every staged row.
func (c *channelImport) run(ctx context.Context) error {
	var window []history
	size := 0
	for h, err := range c.staged.everything(ctx) {
		if err != nil {
			return err
		}
		if n := len(window); n == windowIDs || n > 0 && (size > windowBytes || h.id-window[0].id > 8*windowIDs) {
			if err := c.compare(ctx, window); err != nil {
				return err
			}
			clear(window)
			window, size = window[:0], 0
		}
		window = append(window, h)
		for _, o := range h.seen {
			size += len(o.row.Raw) + len(o.row.Text) + 1000
		}
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
		c.tell(len(h.seen))
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
		row.ChannelID = c.done.ChannelID
		c.unhinted(&row)
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

// flush writes what was decided.
func (c *channelImport) flush(ctx context.Context) error {
	dir := messagesDirOf(c.done.ChannelID)
	for _, rows := range c.now {
		if len(rows) == 0 {
			continue
		}
		place := filepath.Join(dir, partName(rows[0].ID, c.w.next()))
		if err := cmp.Or(ctx.Err(), c.putMessages(place, rows)); err != nil {
			return err
		}
	}
	for _, rows := range c.past {
		place := filepath.Join(dir, partName(rows[0].ID, c.pastRevision(rows[0].LastSeenAt)))
		if err := cmp.Or(ctx.Err(), c.putMessages(place, rows)); err != nil {
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
