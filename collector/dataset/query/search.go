package query

import (
	"context"
	"slices"
	"telegramtrac/collector/dataset/derived"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// search calls add with the position and the value of each row of an unmerged
// block that the filter holds for. It reads the columns that the question is
// about, one after the other, and of the texts only the raw pages.
func (b *block) search(ctx context.Context, q Question, by *finding, open mend.Files, add func(position, value int64)) error {
	f, err := open.Open(b.Cuts[0].Part)
	if err != nil {
		return err
	}
	from := b.Cuts[0].From + b.from
	c := blockColumns{Columns: part.Columns{File: f, From: from, To: from + b.rows}, group: b.group}
	if b.group >= 0 {
		c.known = derived.Open(b.Cuts[0].Part)
		defer c.known.Close()
	}
	in := make([]bool, b.rows)
	for i := range in {
		in[i] = true
	}
	if err := c.filter(in, &q.filter); err != nil {
		return err
	}
	if !q.filter.Search.IsZero() && slices.Contains(in, true) {
		if err := by.sift(ctx, c, b, in); err != nil {
			return err
		}
		if !slices.Contains(in, true) {
			return nil
		}
	}
	values, err := c.order(q)
	if err != nil {
		return err
	}
	for i, is := range in {
		if is {
			add(b.from+int64(i), values(i))
		}
	}
	return nil
}
