package staging

import (
	"cmp"
	"context"
	"path"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/put"
)

// windowIDs and windowBytes are how many staged messages, and about how many bytes of
// them, are compared with the dataset at a time.
const (
	windowIDs   = 2048
	windowBytes = 16 << 20
)

// channelImport is the import of one channel's messages.
type channelImport struct {
	*Importing
	staged *fold.Plan
	own    *fold.Chronicle // what the dataset has of the channel
	proofs []*part.Part    // of own: those that prove absence
	open   mend.Files
	taken  map[part.Revision]bool // of past observations
	done   collector.Imported

	now   [][]collector.Message // by layer: of one id the older ones come first
	past  map[second][]collector.Message
	rows  int // in now and past
	bytes int
}

func (i *Importing) Channel(ctx context.Context, id int64) (*channelImport, error) {
	home, err := i.homeOf(ctx, id)
	if err != nil {
		return nil, err
	}
	c := &channelImport{
		Importing: i, open: mend.Files{}, taken: map[part.Revision]bool{}, past: map[second][]collector.Message{},
		done: collector.Imported{ChannelID: home, Known: i.s.Channel(id).Repeated},
	}
	if c.staged, err = i.s.d.Plan(ctx, id); err != nil {
		return nil, err
	}
	p, err := i.W.Plan(ctx, home)
	if err != nil {
		return nil, err
	}
	kept, _, err := i.W.VersionParts.Channel(home).Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	c.own = &fold.Chronicle{Segments: p.Segments, Versions: kept, Open: c.open}
	for _, one := range p.Parts {
		if one.Revision.Major == 0 {
			c.taken[one.Revision] = true
		}
		if slices.ContainsFunc(one.Covered, part.Cover.ProvesAbsence) {
			c.proofs = append(c.proofs, one)
		}
	}
	return c, c.own.PastRevisions(c.taken)
}

func (c *channelImport) Close() { c.open.Close() }

// run compares every staged row.
func (c *channelImport) run(ctx context.Context) error {
	var window []fold.History
	size := 0
	for h, err := range c.staged.Everything(ctx) {
		if err != nil {
			return err
		}
		if n := len(window); n == windowIDs || n > 0 && (size > windowBytes || h.ID-window[0].ID > 8*windowIDs) {
			if err := c.compare(ctx, window); err != nil {
				return err
			}
			clear(window)
			window, size = window[:0], 0
		}
		window = append(window, h)
		for _, o := range h.Seen {
			size += len(o.Row.Raw) + len(o.Row.Text) + 1000
		}
	}
	if len(window) > 0 {
		if err := c.compare(ctx, window); err != nil {
			return err
		}
	}
	return c.Flush(ctx)
}

// compare compares some staged messages, ascending by id.
func (c *channelImport) compare(ctx context.Context, window []fold.History) error {
	ids := collector.Range{Lo: window[0].ID, Hi: window[len(window)-1].ID}
	known, err := c.own.Within(ctx, ids)
	if err != nil {
		return err
	}
	proofs := slices.DeleteFunc(slices.Clone(c.proofs), func(p *part.Part) bool { return !p.Proves(ids) })
	for _, h := range window {
		c.tell(len(h.Seen))
		c.judge(known[h.ID], h, proofs)
		if c.rows >= HeldRows || c.bytes >= heldBytes {
			if err := c.Flush(ctx); err != nil {
				return err
			}
		}
	}
	c.open.Trim()
	return nil
}

// judge decides what becomes of the staged observations of one message.
func (c *channelImport) judge(seen []fold.Observation, staged fold.History, proofs []*part.Part) {
	slices.SortStableFunc(staged.Seen, func(a, b fold.Observation) int { return a.Row.LastSeenAt.Compare(b.Row.LastSeenAt) })
	isNew := len(seen) == 0
	layer := 0
	for _, o := range staged.Seen {
		row := o.Row
		row.ChannelID = c.done.ChannelID
		c.unhinted(&row)
		c.done.Username, c.done.Title = cmp.Or(row.ChannelUsername, c.done.Username), cmp.Or(row.ChannelTitle, c.done.Title)
		switch verdictOn(seen, &row, proofs) {
		case rowKnown:
			c.done.Known++
			continue
		case rowNewest:
			for layer >= len(c.now) {
				c.now = append(c.now, nil)
			}
			c.now[layer] = append(c.now[layer], row)
			layer++
			o.Revision = part.Revision{Major: ^uint64(0), Minor: uint32(layer)} // above all that is there
			seen = append(seen, o)
			if isNew {
				c.done.New++
			} else {
				c.done.Newer++
			}
		case rowOlder:
			o.Revision = part.Revision{Major: 0, Minor: uint32(len(seen))}
			seen = append([]fold.Observation{o}, seen...)
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

// Flush writes what was decided.
func (c *channelImport) Flush(ctx context.Context) error {
	dir := c.W.MessageParts.Channel(c.done.ChannelID).Dir
	for _, rows := range c.now {
		if len(rows) == 0 {
			continue
		}
		place := path.Join(dir, part.PartName(rows[0].ID, c.W.Next()))
		if err := cmp.Or(ctx.Err(), c.PutMessages(place, rows)); err != nil {
			return err
		}
	}
	for _, rows := range c.past {
		place := path.Join(dir, part.PartName(rows[0].ID, c.pastRevision(rows[0].LastSeenAt)))
		if err := cmp.Or(ctx.Err(), c.PutMessages(place, rows)); err != nil {
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
func (c *channelImport) pastRevision(at time.Time) part.Revision {
	r := put.PastRevisionOf(at)
	for c.taken[r] {
		r.Minor++
	}
	c.taken[r] = true
	return r
}
