package part

import (
	"context"
	"iter"
	"slices"

	"telegramtrac/collector"
)

// CountIn counts the rows of a cut whose ids lie in a range.
func (c Cut) CountIn(ctx context.Context, r collector.Range, open opener) (collector.Count, error) {
	from, err := RowOf(c.Part, r.Lo, open)
	if err != nil {
		return collector.Count{}, err
	}
	to, err := RowOf(c.Part, r.Hi+1, open)
	if err != nil {
		return collector.Count{}, err
	}
	c.From, c.To = max(c.From, from), min(c.To, to)
	return c.Count(ctx, open)
}

// Count counts the rows of a cut.
func (c Cut) Count(ctx context.Context, open opener) (collector.Count, error) {
	if c.From >= c.To {
		return collector.Count{}, nil
	}
	return c.countRows(ctx, c.From, c.To, open)
}

// All counts all rows of a part.
func (p *Part) All() collector.Count {
	return collector.Count{Messages: p.Messages, Service: p.Service, Unreadable: p.Unread}
}

// countRows counts some rows of a part. It reads the kinds of a part once, and keeps
// which rows are not plain messages.
func (p *Part) countRows(ctx context.Context, from, to int64, open opener) (collector.Count, error) {
	switch {
	case p.Service == 0 && p.Unread == 0:
		return collector.Count{Messages: to - from}, nil
	case from == 0 && to == p.Rows:
		return p.All(), nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.others == nil {
		others, row := map[string][]uint32{}, uint32(0)
		for k, err := range PlainRows[IDKind](ctx, Cut{p, 0, p.Rows}, open) {
			if err != nil {
				return collector.Count{}, err
			}
			if k.Kind != collector.KindMessage {
				others[k.Kind] = append(others[k.Kind], row)
			}
			row++
		}
		p.others = others
	}
	n := collector.Count{Service: between(p.others[collector.KindService], from, to),
		Unreadable: between(p.others[collector.KindUnreadable], from, to)}
	n.Messages = to - from - n.Service - n.Unreadable
	return n, nil
}

// between counts the rows, ascending, from one on and below another.
func between(rows []uint32, from, to int64) int64 {
	a, _ := slices.BinarySearch(rows, uint32(from))
	b, _ := slices.BinarySearch(rows, uint32(to))
	return int64(b - a)
}

// IDKind is what counting reads of a row.
type IDKind struct {
	ID   int64  `parquet:"message_id"`
	Kind string `parquet:"kind,dict"`
}

// IdsAround reads the ids of the row group in which an id would lie, and the row
// that the group begins with. There may be none.
func IdsAround(p *Part, id int64, open opener) (ids []int64, base int64, err error) {
	for _, g := range p.Groups {
		if g.MinID <= id && id <= g.MaxID {
			f, err := open.Open(p)
			if err != nil {
				return nil, 0, err
			}
			ids, err = f.Int64s("message_id", base, base+g.Rows)
			return ids, base, err
		}
		base += g.Rows
	}
	return nil, base, nil
}

// opener opens the parts of one reading, each once. Who closes them is its own matter.
type opener interface {
	Open(p *Part) (*File, error)
}

// Cut is the rows of a part whose ids lie in a segment.
type Cut struct {
	*Part
	From, To int64 // rows, to exclusive
}

// Whole reports whether the cut is the whole part.
func (c Cut) Whole() bool { return c.From == 0 && c.To == c.Rows }

// RowOf counts the rows of a part with a lower id. It reads the ids of one row
// group at most.
func RowOf(p *Part, id int64, open opener) (int64, error) {
	var before int64
	for _, g := range p.Groups {
		switch {
		case g.MaxID < id:
			before += g.Rows
		case g.MinID >= id:
			return before, nil
		default:
			within, err := rowWithin(p, before, g.Rows, id, open)
			return before + within, err
		}
	}
	return before, nil
}

// rowWithin is rowOf within one row group. Plans are made again and again while
// parts are put beside a large one, so what was read is kept.
func rowWithin(p *Part, first, rows, id int64, open opener) (int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n, ok := p.found[id]; ok {
		return n, nil
	}
	f, err := open.Open(p)
	if err != nil {
		return 0, err
	}
	ids, err := f.Int64s("message_id", first, first+rows)
	if err != nil {
		return 0, err
	}
	n, _ := slices.BinarySearch(ids, id)
	if p.found == nil {
		p.found = map[int64]int64{}
	}
	p.found[id] = int64(n)
	return int64(n), nil
}

// PlainRows yields the rows of a cut as they are.
func PlainRows[T any](ctx context.Context, c Cut, open opener) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		if c.From >= c.To {
			return
		}
		f, err := open.Open(c.Part)
		if err != nil {
			yield(nil, err)
			return
		}
		rows, err := NewStream[T](f, c.From, c.To)
		if err != nil {
			yield(nil, err)
			return
		}
		defer rows.Close()
		for row := c.From; row < c.To; row++ {
			v, err := rows.At(row)
			if err == nil && (row-c.From)%StreamRows == 0 {
				err = ctx.Err()
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}
