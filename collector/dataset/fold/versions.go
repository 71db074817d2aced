package fold

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

func (o Observation) Keep() part.KeptRow {
	return part.KeptRow{Message: o.Row, ObservedFrom: o.From, Revision: o.Revision.String()}
}

// keptStream walks the rows of parts of versions, ascending by id.
type keptStream struct {
	heads []*keptHead
	More  bool
	ID    int64 // the lowest that is left; valid if more
}

type keptHead struct {
	*part.KeptRows
	row, end int64
	id       int64 // of row
}

// newKeptHead reads the rows from..end-1 of a part of versions.
func newKeptHead(p *part.Part, from, end int64, open mend.Files) (*keptHead, error) {
	f, err := open.Open(p)
	if err != nil {
		return nil, err
	}
	rows, err := part.NewKeptRows(f, from, end)
	if err != nil {
		return nil, err
	}
	h := &keptHead{KeptRows: rows, row: from, end: end}
	if err := h.look(); err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

// observation reads the head's row.
func (h *keptHead) observation() (Observation, error) {
	k, err := h.At(h.row)
	if err != nil {
		return Observation{}, err
	}
	r, err := part.ParseRevision(k.Revision)
	return Observation{r, k.Message, k.ObservedFrom, true}, err
}

// NewKeptStream begins before the lowest id. It is to be closed, whatever the error.
func NewKeptStream(parts []*part.Part, open mend.Files) (*keptStream, error) {
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
	v, err := h.Hint(h.row)
	if err == nil {
		h.id = v.ID
	}
	return err
}

func (k *keptStream) look() {
	k.More, k.ID = false, math.MaxInt64
	for _, h := range k.heads {
		if h.row < h.end {
			k.More, k.ID = true, min(k.ID, h.id)
		}
	}
}

// Take returns everything about an id, which no id that is left may be below.
func (k *keptStream) Take(id int64) ([]Observation, error) {
	if !k.More || k.ID != id {
		return nil, nil
	}
	var out []Observation
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
	slices.SortStableFunc(out, Observation.compare)
	return slices.CompactFunc(out, func(a, b Observation) bool { return a.Revision == b.Revision }), nil
}

// CloseAll closes what was opened, also where opening the rest failed.
func (k *keptStream) CloseAll() {
	for _, h := range k.heads {
		h.Close()
	}
}

// chronicle returns what the histories of a channel are read from. The parts of
// versions are listed last, for a wording is there before it leaves the messages.
func (d *Rows) chronicle(ctx context.Context, channelID, from int64, open mend.Files) (*Chronicle, error) {
	p, err := d.Plan(ctx, channelID)
	if err != nil {
		return nil, err
	}
	segments, err := p.From(from, open)
	if err != nil {
		return nil, err
	}
	kept, _, err := d.VersionParts.Channel(channelID).Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return &Chronicle{Segments: segments, Versions: kept, Open: open}, nil
}

// Versions returns the earlier wordings of a message, oldest first. There are
// none of a message that was never seen edited.
func (d *Rows) Versions(ctx context.Context, channelID, messageID int64) (out []part.Version, err error) {
	err = Retry(func() error {
		out, err = d.messageVersions(ctx, channelID, messageID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("versions of message %d of channel %d: %w", messageID, channelID, err)
	}
	return out, nil
}

func (d *Rows) messageVersions(ctx context.Context, channelID, messageID int64) ([]part.Version, error) {
	open := mend.Files{}
	defer open.Close()
	c, err := d.chronicle(ctx, channelID, math.MinInt64, open)
	if err != nil || c.Trivial() {
		return nil, err
	}
	all, err := c.Within(ctx, collector.Range{Lo: messageID, Hi: messageID})
	if seen := all[messageID]; err == nil && len(seen) > 1 {
		return versions(seen), ctx.Err()
	}
	return nil, err
}

// Trivial reports whether nothing has several wordings.
func (c *Chronicle) Trivial() bool {
	return len(c.Versions) == 0 && !slices.ContainsFunc(c.Segments, func(s *Segment) bool { return !s.Plain() })
}

// EachVersion calls do with the versions of each message that has any.
func (d *Rows) EachVersion(ctx context.Context, channelID int64, do func([]part.Version) error) error {
	after := int64(math.MinInt64)
	return Retry(func() error {
		open := mend.Files{}
		defer open.Close()
		c, err := d.chronicle(ctx, channelID, after, open)
		if err != nil {
			return err
		}
		for h, err := range c.Histories(ctx) {
			if err != nil {
				return err
			}
			if h.ID < after {
				continue
			}
			after = h.ID + 1
			if vs := versions(h.Seen); len(vs) > 0 {
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
func (h *History) settle() {
	slices.SortStableFunc(h.Seen, func(a, b Observation) int {
		return cmp.Or(a.compare(b), CompareBool(b.Stored, a.Stored))
	})
	h.Seen = slices.CompactFunc(h.Seen, func(a, b Observation) bool { return (a.Stored || b.Stored) && a.Revision == b.Revision })
}
