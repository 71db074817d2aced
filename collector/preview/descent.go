package preview

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"telegramtrac/collector"
	"telegramtrac/collector/preview/page"
)

// Messages reads pages downward from the range's end. An album that begins in the range is one
// block with its messages above the range, so the first page starts a bit higher. The range is
// complete when a page reached its lowest id, and no id above can be in an album that begins on
// the next page. Pages do not always say that older ones exist, and one without messages may be
// above a gap: then the rest is read from below.
func (s *Source) Messages(ctx context.Context, ch collector.Channel, r collector.Range) iter.Seq2[collector.Page, error] {
	return func(yield func(collector.Page, error) bool) {
		d := descent{reader: s.reader, lo: r.Lo, hi: r.Hi, last: r.Hi + 1, seen: map[int64]bool{}}
		d.reader.Names = s.known(ch.ID)
		below := r.Hi + 1 + margin
		p, ok := s.recall(ch.ID, r.Hi)
		for {
			err := ctx.Err()
			if !ok && err == nil {
				p, err = s.history(ctx, ch, below)
			}
			ok = false
			next := d.last - 1 // the highest id that was not accounted for
			var rows []collector.Message
			if err == nil {
				rows, err = d.take(p)
			}
			if err != nil {
				yield(collector.Page{}, fmt.Errorf("read messages below %d: %w", below, err))
				return
			}
			if len(rows) > 0 && !yield(collector.Page{Messages: rows, Proven: collector.Range{Lo: d.last, Hi: next}}, nil) {
				return
			}
			if len(p.Posts) == 0 {
				next = d.last - 1
				rows, err := s.upward(ctx, ch, &d, below)
				if err != nil {
					yield(collector.Page{}, fmt.Errorf("read messages above %d: %w", r.Lo-1, err))
				} else {
					d.rest(yield, rows, next)
				}
				return
			}
			if below = p.Lowest(); below <= r.Lo && d.gap(below) == 0 {
				d.rest(yield, nil, d.last-1)
				return
			}
		}
	}
}

// rest yields the remaining ids of the range, from an id down.
func (d *descent) rest(yield func(collector.Page, error) bool, rows []collector.Message, next int64) {
	if next >= d.lo {
		yield(collector.Page{Messages: rows, Proven: collector.Range{Lo: d.lo, Hi: next}}, nil)
	}
}

// upward reads the beginning of a range page by page from below, up to an id below which a page
// had no messages. It returns them newest first. If there are none, this costs one request.
func (s *Source) upward(ctx context.Context, ch collector.Channel, d *descent, below int64) ([]collector.Message, error) {
	var out []collector.Message
	for above := max(0, d.lo-1-margin); above < below-1; { // an album may begin below the range
		p, err := s.after(ctx, ch, above)
		if err != nil {
			return nil, err
		}
		rows, err := d.found(p)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
		next := p.Next(above)
		if next <= above {
			break // no more, or not what was asked for
		}
		above = next
	}
	out = append(out, d.release(0)...)
	slices.SortFunc(out, func(a, b collector.Message) int { return cmp.Compare(b.ID, a.ID) })
	return out, nil
}

// margin is how far above a range reading begins: more than the length of an album.
const margin = 2 * page.AlbumSize

// descent is one reading of a range, page by page.
type descent struct {
	reader page.Reader
	lo, hi int64
	last   int64 // the lowest id yielded; all ids above are accounted for
	seen   map[int64]bool
	held   []collector.Message // seen but not yielded yet, newest first: see gap
}

// gap returns the highest id above a page's lowest that may still come, in an album that begins
// below, because other messages may be between the parts of an album; 0 if none. Messages below
// it must wait, because they are yielded newest first.
func (d *descent) gap(lowest int64) int64 {
	if lowest <= 1 {
		return 0 // nothing begins below
	}
	for id := min(lowest+margin, d.last, d.hi+1) - 1; id > lowest && id >= d.lo; id-- {
		if !d.seen[id] {
			return id
		}
	}
	return 0
}

// release returns the held messages above an id.
func (d *descent) release(above int64) []collector.Message {
	n := 0
	for n < len(d.held) && d.held[n].ID > above {
		d.last = d.held[n].ID
		n++
	}
	out := slices.Clone(d.held[:n])
	d.held = d.held[n:]
	return out
}

// found returns a page's new rows within the range.
func (d *descent) found(p page.Page) ([]collector.Message, error) {
	var out []collector.Message
	for _, x := range p.Posts {
		rows, err := d.reader.Rows(x)
		if err != nil {
			return nil, err
		}
		for _, m := range rows {
			if m.ID >= d.lo && m.ID <= d.hi && m.ID < d.last && !d.seen[m.ID] {
				d.seen[m.ID] = true
				out = append(out, m)
			}
		}
	}
	return out, nil
}

// take adds a page's new rows within the range, and returns those that can be yielded, newest
// first. A message that should have come earlier is an error, so that it is not lost silently.
func (d *descent) take(p page.Page) ([]collector.Message, error) {
	if len(p.Posts) == 0 {
		return nil, nil
	}
	before, fresh := len(d.held), map[int64]bool{}
	for _, x := range p.Posts {
		rows, err := d.reader.Rows(x)
		if err != nil {
			return nil, err
		}
		for _, m := range rows {
			switch {
			case m.ID < d.lo || m.ID > d.hi || d.seen[m.ID]:
			case m.ID >= d.last:
				return nil, collector.Errorf(collector.Internal, "message %d comes after %d", m.ID, d.last)
			default:
				d.held = append(d.held, m)
				fresh[m.ID] = true
			}
		}
	}
	if len(fresh) != len(d.held)-before {
		return nil, collector.Errorf(collector.Internal, "a page that begins with message %d shows one twice", p.Lowest())
	}
	maps.Copy(d.seen, fresh)
	slices.SortFunc(d.held, func(a, b collector.Message) int { return cmp.Compare(b.ID, a.ID) })
	return d.release(d.gap(p.Lowest())), nil
}
