package dataset

import (
	"context"
	"iter"
	"slices"

	"telegramtrac/collector"
)

// countIn counts the rows of a cut whose ids lie in a range.
func (c cut) countIn(ctx context.Context, r collector.Range, open files) (collector.Count, error) {
	from, err := rowOf(c.part, r.Lo, open)
	if err != nil {
		return collector.Count{}, err
	}
	to, err := rowOf(c.part, r.Hi+1, open)
	if err != nil {
		return collector.Count{}, err
	}
	c.from, c.to = max(c.from, from), min(c.to, to)
	return c.count(ctx, open)
}

// count counts the rows of a cut.
func (c cut) count(ctx context.Context, open files) (collector.Count, error) {
	if c.from >= c.to {
		return collector.Count{}, nil
	}
	return c.countRows(ctx, c.from, c.to, open)
}

// all counts all rows of a part.
func (p *part) all() collector.Count {
	return collector.Count{Messages: p.Messages, Service: p.Service, Unreadable: p.Unread}
}

// countRows counts some rows of a part. It reads the kinds of a part once, and keeps
// which rows are not plain messages.
func (p *part) countRows(ctx context.Context, from, to int64, open files) (collector.Count, error) {
	switch {
	case p.Service == 0 && p.Unread == 0:
		return collector.Count{Messages: to - from}, nil
	case from == 0 && to == p.Rows:
		return p.all(), nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.others == nil {
		others, row := map[string][]uint32{}, uint32(0)
		for k, err := range plainRows[idKind](ctx, cut{p, 0, p.Rows}, open) {
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
	n := collector.Count{Service: between(p.others[collector.KindService], from, to), Unreadable: between(p.others[collector.KindUnreadable], from, to)}
	n.Messages = to - from - n.Service - n.Unreadable
	return n, nil
}

// between counts the rows, ascending, from one on and below another.
func between(rows []uint32, from, to int64) int64 {
	a, _ := slices.BinarySearch(rows, uint32(from))
	b, _ := slices.BinarySearch(rows, uint32(to))
	return int64(b - a)
}

// idKind is what counting reads of a row.
type idKind struct {
	ID   int64  `parquet:"message_id"`
	Kind string `parquet:"kind,dict"`
}

// idsAround reads the ids of the row group in which an id would lie, and the row
// that the group begins with. There may be none.
func idsAround(p *part, id int64, open files) (ids []int64, base int64, err error) {
	for _, g := range p.groups {
		if g.minID <= id && id <= g.maxID {
			f, err := open.open(p)
			if err != nil {
				return nil, 0, err
			}
			ids, err = f.int64s("message_id", base, base+g.rows)
			return ids, base, err
		}
		base += g.rows
	}
	return nil, base, nil
}

// cut is the rows of a part whose ids lie in a segment.
type cut struct {
	*part
	from, to int64 // rows, to exclusive
}

// whole reports whether the cut is the whole part.
func (c cut) whole() bool { return c.from == 0 && c.to == c.Rows }

// rowOf counts the rows of a part with a lower id. It reads the ids of one row
// group at most.
func rowOf(p *part, id int64, open files) (int64, error) {
	var before int64
	for _, g := range p.groups {
		switch {
		case g.maxID < id:
			before += g.rows
		case g.minID >= id:
			return before, nil
		default:
			within, err := rowWithin(p, before, g.rows, id, open)
			return before + within, err
		}
	}
	return before, nil
}

// rowWithin is rowOf within one row group. Plans are made again and again while
// parts are put beside a large one, so what was read is kept.
func rowWithin(p *part, first, rows, id int64, open files) (int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n, ok := p.found[id]; ok {
		return n, nil
	}
	f, err := open.open(p)
	if err != nil {
		return 0, err
	}
	ids, err := f.int64s("message_id", first, first+rows)
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

// plainRows yields the rows of a cut as they are.
func plainRows[T any](ctx context.Context, c cut, open files) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		if c.from >= c.to {
			return
		}
		f, err := open.open(c.part)
		if err != nil {
			yield(nil, err)
			return
		}
		rows, err := newStream[T](f, c.from, c.to)
		if err != nil {
			yield(nil, err)
			return
		}
		defer rows.Close()
		for row := c.from; row < c.to; row++ {
			v, err := rows.at(row)
			if err == nil && (row-c.from)%streamRows == 0 {
				err = ctx.Err()
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}
