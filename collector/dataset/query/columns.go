package query

import (
	"telegramtrac/collector/dataset/derived"
	"telegramtrac/collector/dataset/part"
)

// blockColumns are the rows of a block, to be searched column by column: as they are known
// beside the part, or read.
type blockColumns struct {
	part.Columns
	known *derived.Known // nil: nothing is
	group int            // of the part
}

// numbers are the values of an optional or required column, null as [derived.Null].
func (c blockColumns) numbers(column string, kept derived.Number) ([]int64, error) {
	if c.known != nil {
		if out, ok := c.known.Ints(c.group, kept); ok {
			return out, nil
		}
	}
	if kept == derived.Dates {
		return c.Int64s(column, c.From, c.To)
	}
	out := make([]int64, c.To-c.From)
	for i := range out {
		out[i] = derived.Null
	}
	err := c.Values(column, func(i int, v part.Value) {
		if !v.IsNull() {
			out[i] = v.Int64()
		}
	})
	return out, err
}

// words calls do with the word of each row, and whether it is not null; ok is false where they
// are not known.
func (c blockColumns) words(kept derived.Word, do func(i int, has bool, word string)) (ok bool) {
	if c.known == nil {
		return false
	}
	coded, ok := c.known.Codes(c.group, kept)
	for i, code := range coded.Codes {
		do(i, code != 0, coded.Names[code])
	}
	return ok
}

// eachWord calls do with the word of each row, and whether it is not null.
func (c blockColumns) eachWord(column string, kept derived.Word, do func(i int, has bool, word string)) error {
	if c.words(kept, do) {
		return nil
	}
	return c.Values(column, func(i int, v part.Value) { do(i, !v.IsNull(), string(v.Bytes())) })
}

// filter clears what the filter does not hold for.
func (c blockColumns) filter(in []bool, f *Filter) error {
	if !f.Since.IsZero() || !f.Until.IsZero() {
		dates, err := c.numbers("date", derived.Dates)
		if err != nil {
			return err
		}
		for i, date := range dates {
			in[i] = in[i] && f.holdsDate(date)
		}
	}
	if f.Kind != "" {
		err := c.eachWord("kind", derived.Kinds, func(i int, _ bool, kind string) { in[i] = in[i] && kind == f.Kind })
		if err != nil {
			return err
		}
	}
	if f.Media != "" {
		err := c.eachWord("media_type", derived.Media, func(i int, has bool, media string) { in[i] = in[i] && f.holdsMedia(has, media) })
		if err != nil {
			return err
		}
	}
	if f.Topic != 0 {
		topics, err := c.numbers("topic_id", derived.Topics)
		if err != nil {
			return err
		}
		for i, topic := range topics {
			in[i] = in[i] && topic == f.Topic
		}
	}
	if f.Forwarded != Whatever {
		return c.filterForwarded(in, f.Forwarded)
	}
	return nil
}

// filterForwarded clears what was not forwarded, or what was.
func (c blockColumns) filterForwarded(in []bool, want Condition) error {
	forwarded := make([]bool, len(in))
	if !c.words(derived.Forwarded, func(i int, has bool, _ string) { forwarded[i] = has }) {
		for _, name := range forwardColumns {
			if err := c.Values(name, func(i int, v part.Value) { forwarded[i] = forwarded[i] || !v.IsNull() }); err != nil {
				return err
			}
		}
		if err := c.addHidden(forwarded); err != nil {
			return err
		}
	}
	for i := range in {
		in[i] = in[i] && want.holds(forwarded[i])
	}
	return nil
}

// order returns what gives a row's value in the order.
func (c blockColumns) order(q Question) (func(i int) int64, error) {
	if q.order.byDate() {
		if q.ChannelID != 0 {
			return func(int) int64 { return 0 }, nil
		}
		dates, err := c.numbers("date", derived.Dates)
		return func(i int) int64 { return dates[i] }, err
	}
	kept := derived.Views
	if q.order.By == ByForwards {
		kept = derived.Forwards
	}
	values, err := c.numbers(string(q.order.By), kept)
	return func(i int) int64 {
		if values[i] == derived.Null {
			return q.null()
		}
		return values[i]
	}, err
}
