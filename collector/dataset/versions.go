package dataset

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"telegramtrac/collector"
)

func (o observation) keep() keptRow { return keptRow{o.row, o.from, o.revision.String()} }

// keptStream walks the rows of parts of versions, ascending by id.
type keptStream struct {
	heads []*keptHead
	more  bool
	id    int64 // the lowest that is left; valid if more
}

type keptHead struct {
	hints    *stream[keptHint]
	messages *stream[collector.Message]
	row, end int64
	id       int64 // of row
}

// newKeptHead reads the rows from..end-1 of a part of versions.
func newKeptHead(p *part, from, end int64, open files) (*keptHead, error) {
	f, err := open.open(p)
	if err != nil {
		return nil, err
	}
	hints, err := newStream[keptHint](f, from, end)
	if err != nil {
		return nil, err
	}
	messages, err := newStream[collector.Message](f, from, end)
	if err != nil {
		hints.Close()
		return nil, err
	}
	h := &keptHead{hints: hints, messages: messages, row: from, end: end}
	if err := h.look(); err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

func (h *keptHead) Close() {
	h.hints.Close()
	h.messages.Close()
}

// observation reads the head's row.
func (h *keptHead) observation() (observation, error) {
	hint, err := h.hints.at(h.row)
	if err != nil {
		return observation{}, err
	}
	m, err := h.messages.at(h.row)
	if err != nil {
		return observation{}, err
	}
	r, err := parseRevision(hint.Revision)
	return observation{r, *m, hint.ObservedFrom, true}, err
}

// newKeptStream begins before the lowest id. It is to be closed, whatever the error.
func newKeptStream(parts []*part, open files) (*keptStream, error) {
	k := &keptStream{}
	for _, p := range parts {
		if p.Rows == 0 {
			continue
		}
		h, err := newKeptHead(p, 0, p.Rows, open)
		if err != nil {
			return k, err
		}
		k.heads = append(k.heads, h)
	}
	k.look()
	return k, nil
}

// look finds out the id of the head's row.
func (h *keptHead) look() error {
	if h.row == h.end {
		return nil
	}
	v, err := h.hints.at(h.row)
	if err == nil {
		h.id = v.ID
	}
	return err
}

func (k *keptStream) look() {
	k.more, k.id = false, math.MaxInt64
	for _, h := range k.heads {
		if h.row < h.end {
			k.more, k.id = true, min(k.id, h.id)
		}
	}
}

// take returns everything about an id, which no id that is left may be below.
func (k *keptStream) take(id int64) ([]observation, error) {
	if !k.more || k.id != id {
		return nil, nil
	}
	var out []observation
	for _, h := range k.heads {
		for h.row < h.end && h.id == id {
			o, err := h.observation()
			if err != nil {
				return nil, err
			}
			out = append(out, o)
			h.row++
			if err := h.look(); err != nil {
				return nil, err
			}
		}
	}
	k.look()
	slices.SortStableFunc(out, observation.compare)
	return slices.CompactFunc(out, func(a, b observation) bool { return a.revision == b.revision }), nil
}

func (k *keptStream) Close() {
	for _, h := range k.heads {
		h.Close()
	}
}

// chronicle returns what the histories of a channel are read from. The parts of
// versions are listed last, for a wording is there before it leaves the messages.
func (d *Rows) chronicle(ctx context.Context, channelID, from int64, open files) (*chronicle, error) {
	p, err := d.plan(ctx, channelID)
	if err != nil {
		return nil, err
	}
	segments, err := p.from(from, open)
	if err != nil {
		return nil, err
	}
	kept, _, err := d.versionParts.Channel(channelID).Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return &chronicle{segments, kept, open}, nil
}

// Versions returns the earlier wordings of a message, oldest first. There are
// none of a message that was never seen edited.
func (d *Rows) Versions(ctx context.Context, channelID, messageID int64) (out []Version, err error) {
	err = retry(func() error {
		out, err = d.messageVersions(ctx, channelID, messageID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("versions of message %d of channel %d: %w", messageID, channelID, err)
	}
	return out, nil
}

func (d *Rows) messageVersions(ctx context.Context, channelID, messageID int64) ([]Version, error) {
	open := files{}
	defer open.Close()
	c, err := d.chronicle(ctx, channelID, math.MinInt64, open)
	if err != nil {
		return nil, err
	}
	narrow := &chronicle{open: open}
	for _, s := range c.segments {
		if s.ids.Contains(messageID) {
			one, err := s.only(messageID, open)
			if err != nil {
				return nil, err
			}
			narrow.segments = append(narrow.segments, one)
		}
	}
	for _, p := range c.versions {
		if p.lo <= messageID && messageID <= p.hi {
			narrow.versions = append(narrow.versions, p)
		}
	}
	if narrow.trivial() {
		return nil, nil
	}
	return narrow.versionsOf(ctx, messageID)
}

// trivial reports whether nothing has several wordings.
func (c *chronicle) trivial() bool {
	return len(c.versions) == 0 && !slices.ContainsFunc(c.segments, func(s *segment) bool { return !s.plain() })
}

func (c *chronicle) versionsOf(ctx context.Context, id int64) ([]Version, error) {
	h := history{id: id}
	for _, p := range c.versions {
		seen, err := keptOf(p, id, c.open)
		if err != nil {
			return nil, err
		}
		h.seen = append(h.seen, seen...)
	}
	for _, s := range c.segments {
		for i, cut := range s.cuts {
			if cut.from == cut.to {
				continue
			}
			rows := cutRows{s, make([]*stream[collector.Message], len(s.cuts)), c.open}
			o, err := rows.observe(i, cut.from)
			rows.Close()
			if err != nil {
				return nil, err
			}
			h.seen = append(h.seen, o)
		}
	}
	if len(h.seen) == 0 {
		return nil, ctx.Err()
	}
	h.settle()
	return versions(h.seen), ctx.Err()
}

// keptOf reads what a part of versions says of an id.
func keptOf(p *part, id int64, open files) ([]observation, error) {
	from, err := rowOf(p, id, open)
	if err != nil {
		return nil, err
	}
	to, err := rowOf(p, id+1, open)
	if err != nil || from == to {
		return nil, err
	}
	h, err := newKeptHead(p, from, to, open)
	if err != nil {
		return nil, err
	}
	k := &keptStream{heads: []*keptHead{h}, more: true, id: id}
	defer k.Close()
	return k.take(id)
}

// only returns the segment's rows of one id.
func (s *segment) only(id int64, open files) (*segment, error) {
	out := &segment{ids: collector.Range{Lo: id, Hi: id}}
	for _, c := range s.cuts {
		from, err := rowOf(c.part, id, open)
		if err != nil {
			return nil, err
		}
		to, err := rowOf(c.part, id+1, open)
		if err != nil {
			return nil, err
		}
		out.cuts = append(out.cuts, cut{c.part, max(c.from, from), min(c.to, to)})
	}
	return out, nil
}

// eachVersion calls do with the versions of each message that has any.
func (d *Rows) eachVersion(ctx context.Context, channelID int64, do func([]Version) error) error {
	after := int64(math.MinInt64)
	return retry(func() error {
		open := files{}
		defer open.Close()
		c, err := d.chronicle(ctx, channelID, after, open)
		if err != nil {
			return err
		}
		for h, err := range c.histories(ctx) {
			if err != nil {
				return err
			}
			if h.id < after {
				continue
			}
			after = h.id + 1
			if vs := versions(h.seen); len(vs) > 0 {
				if err := do(vs); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// settle brings the observations in order, each revision once: parts of versions
// know better.
func (h *history) settle() {
	slices.SortStableFunc(h.seen, func(a, b observation) int {
		return cmp.Or(a.compare(b), compareBool(b.kept, a.kept))
	})
	h.seen = slices.CompactFunc(h.seen, func(a, b observation) bool { return (a.kept || b.kept) && a.revision == b.revision })
}
