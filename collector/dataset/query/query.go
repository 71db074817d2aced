package query

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/search"
)

// Values of Filter.Media beside the names of media types.
const (
	MediaAny  = "any"
	MediaNone = "none"
)

// Filter says which messages a page is made of. Its conditions are all to hold;
// the zero value holds for every message.
type Filter struct {
	Since, Until time.Time // of the date, until exclusive; zero: open
	Kind         string    // collector.KindMessage, KindService or KindUnreadable; "": all
	Media        string    // a media_type, MediaAny, MediaNone; "": whatever
	Forwarded    Condition // it was forwarded from somewhere
	Topic        int64     // topic_id: the part of a forum; 0: whatever
	Search       search.Query
}

// Condition is whether something is to be so.
type Condition int8

// What a Condition asks for.
const (
	Whatever Condition = iota
	Yes
	No
)

func (c Condition) holds(is bool) bool { return c == Whatever || is == (c == Yes) }

// OrderBy is what messages are sorted by.
type OrderBy string

// What messages are sorted by. Messages without a counter come last.
const (
	ByDate     OrderBy = "date"
	ByViews    OrderBy = "views"
	ByForwards OrderBy = "forwards"
)

// Order is how messages are sorted: those with equal values by channel and id,
// so that each has one place, on whatever page. The zero value is newest first.
type Order struct {
	By        OrderBy // "": by date
	Ascending bool
}

func (o Order) byDate() bool { return o.By == "" || o.By == ByDate }

// facts are what a filter or an order asks of a row.
type facts struct {
	ID          int64   `parquet:"message_id"`
	Kind        string  `parquet:"kind,dict"`
	Date        int64   `parquet:"date,timestamp(microsecond)"`
	Views       *int64  `parquet:"views,optional"`
	Forwards    *int64  `parquet:"forwards,optional"`
	MediaType   *string `parquet:"media_type,optional,dict"`
	ForwardDate *int64  `parquet:"forward_date,optional,timestamp(microsecond)"`
	ForwardType *string `parquet:"forward_from_type,optional,dict"`
	ForwardName *string `parquet:"forward_from_name,optional"`
	TopicID     int64   `parquet:"topic_id,optional"`
}

// holds takes what forwards.go knows of where the row comes from, too.
func (f *Filter) holds(row *facts, hidden bool) bool {
	forwarded := hidden || row.ForwardDate != nil || row.ForwardType != nil || row.ForwardName != nil
	return f.holdsDate(row.Date) && (f.Kind == "" || row.Kind == f.Kind) && f.Forwarded.holds(forwarded) &&
		(f.Topic == 0 || row.TopicID == f.Topic) &&
		f.holdsMedia(row.MediaType != nil, deref(row.MediaType))
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// holdsDate takes microseconds since 1970.
func (f *Filter) holdsDate(date int64) bool {
	return (f.Since.IsZero() || date >= f.Since.UnixMicro()) && (f.Until.IsZero() || date < f.Until.UnixMicro())
}

func (f *Filter) holdsMedia(has bool, name string) bool {
	switch f.Media {
	case "":
		return true
	case MediaAny:
		return has
	case MediaNone:
		return !has
	}
	return has && name == f.Media
}

// Hit is a row that a filter holds for, and its value in the order.
type Hit struct {
	value    int64
	block    uint32 // index of its block: they ascend by channel and id
	position uint32 // in the block's segment
}

// Found is the answer to a query: all its rows in their order.
type Found struct {
	plans  []*fold.Plan // it holds while these do
	blocks []*block
	Hits   []Hit
}

// Question is a Query without its page.
type Question struct {
	ChannelID int64
	filter    Filter
	order     Order
	known     string // what the answer hangs on beside the messages: whom names mean, what there is of earlier wordings
}

// find returns a page of filtered or sorted messages. The rows of all pages are
// found together and kept, so that the pages after the first are quick.
func (d *Reader) find(ctx context.Context, q Query) (Page, error) {
	open := mend.Files{}
	defer open.Close()
	f, err := d.answer(ctx, Question{ChannelID: q.ChannelID, filter: q.Filter, order: q.Order}, open)
	if err != nil {
		return Page{}, err
	}
	out := Page{Total: int64(len(f.Hits))}
	from := min(q.Offset, len(f.Hits))
	page := f.Hits[from:min(from+q.Limit, len(f.Hits))]
	moments := make([]moment, len(page))
	for i, h := range page {
		moments[i] = moment{block: f.blocks[h.block], position: int64(h.position)}
	}
	out.Messages, err = d.readMoments(ctx, moments, q.Columns)
	return out, err
}

// answer returns what was found for a question, as long as the data is the same.
func (d *Reader) answer(ctx context.Context, q Question, open mend.Files) (*Found, error) {
	plans, err := d.PlansNow(ctx, q.ChannelID)
	if err != nil {
		return nil, err
	}
	matcher, err := d.named(ctx, q.filter.Search)
	if err != nil {
		return nil, err
	}
	if q.known, err = d.known(ctx, q, matcher); err != nil {
		return nil, err
	}
	f := &Found{plans: plans}
	if kept := d.Answers.Get(q, f.plans); kept != nil {
		return kept, nil
	}
	if err := f.gather(ctx, q, &finding{Reader: d, matcher: matcher}, open); err != nil {
		return nil, err
	}
	d.Answers.Keep(q, f)
	return f, nil
}

// gather finds the hits of all blocks, on several cores where some are idle, and sorts them.
func (f *Found) gather(ctx context.Context, q Question, by *finding, open mend.Files) error {
	cores := by.Cores
	if err := f.chooseBlocks(ctx, q, open); err != nil {
		return err
	}
	if err := by.prepare(ctx, q, f.plans); err != nil {
		return err
	}
	places := f.places(q)
	files := make([]mend.Files, cores.Workers())
	defer func() {
		for _, open := range files {
			open.Close()
		}
	}()
	err := cores.Each(ctx, len(f.blocks), func(ctx context.Context, worker, i int) (err error) {
		if files[worker] == nil {
			files[worker] = mend.Files{}
		}
		files[worker].Trim()
		places[i], err = f.search(ctx, q, by, i, places[i], files[worker])
		return err
	})
	if err != nil {
		return err
	}
	if f.Hits == nil {
		f.Hits = slices.Concat(places...)
	}
	f.sort(q)
	f.Hits = slices.Clip(f.Hits)
	return nil
}

// chooseBlocks lists the blocks that may have what is asked for.
func (f *Found) chooseBlocks(ctx context.Context, q Question, open mend.Files) error {
	for _, p := range f.plans {
		for _, s := range p.Segments {
			open.Trim()
			blocks, err := blocksOf(ctx, s, p.ChannelID, open)
			if err != nil {
				return err
			}
			for _, b := range blocks {
				if b.maxDate >= f.earliest(q) && (q.filter.Until.IsZero() || b.minDate < q.filter.Until.UnixMicro()) {
					f.blocks = append(f.blocks, b)
				}
			}
		}
	}
	return nil
}

// places are where the hits of each block go. Where each row is one, all lie in f.Hits from
// the beginning.
func (f *Found) places(q Question) [][]Hit {
	out := make([][]Hit, len(f.blocks))
	if q.filter != (Filter{}) {
		return out
	}
	var rows int64
	for _, b := range f.blocks {
		rows += b.rows
	}
	f.Hits = make([]Hit, rows)
	at := int64(0)
	for i, b := range f.blocks {
		out[i] = f.Hits[at : at : at+b.rows]
		at += b.rows
	}
	return out
}

func (f *Found) earliest(q Question) int64 {
	if q.filter.Since.IsZero() {
		return math.MinInt64
	}
	return q.filter.Since.UnixMicro()
}

// search appends the hits of a block.
func (f *Found) search(ctx context.Context, q Question, by *finding, i int, hits []Hit, open mend.Files) ([]Hit, error) {
	b := f.blocks[i]
	add := func(position, value int64) {
		hits = append(hits, Hit{value, uint32(i), uint32(position)})
	}
	if b.Plain() {
		err := b.search(ctx, q, by, open, add)
		return hits, err
	}
	hidden, err := b.hiddenOrigins(ctx, q.filter.Forwarded, open)
	if err != nil {
		return nil, err
	}
	meant, err := by.merged(ctx, q, b, open)
	if err != nil {
		return nil, err
	}
	position := int64(0)
	for row, err := range fold.MergedRows[facts](ctx, b.Segment, 0, -1, open) {
		if err != nil {
			return nil, err
		}
		if q.filter.holds(row, hidden[position]) && (meant == nil || meant[position]) {
			add(position, q.value(row))
		}
		position++
	}
	return hits, nil
}

// value is what a row is sorted by; of one channel's rows the ids tell the date.
func (q *Question) value(row *facts) int64 {
	switch {
	case q.order.By == ByViews:
		return q.counter(row.Views)
	case q.order.By == ByForwards:
		return q.counter(row.Forwards)
	case q.ChannelID != 0:
		return 0
	}
	return row.Date
}

// counter is a counter's value in the order: null comes last.
func (q *Question) counter(n *int64) int64 {
	if n != nil {
		return *n
	}
	return q.null()
}

func (q *Question) null() int64 {
	if q.order.Ascending {
		return math.MaxInt64
	}
	return math.MinInt64
}

func (f *Found) sort(q Question) {
	f.Hits = sortHits(f.Hits)
	if !q.order.Ascending {
		slices.Reverse(f.Hits)
	}
}

// oldestFirst returns a page of all messages in the other direction: it is read
// from the end, so nothing is scanned.
func (d *Reader) oldestFirst(ctx context.Context, q Query) (Page, error) {
	back := Query{ChannelID: q.ChannelID, Columns: q.Columns}
	all, err := d.page(ctx, back)
	if err != nil {
		return Page{}, err
	}
	end := max(0, int(all.Total)-q.Offset) // counted from the newest
	back.Offset = max(0, end-q.Limit)
	back.Limit = end - back.Offset
	out, err := d.page(ctx, back)
	slices.Reverse(out.Messages)
	return out, err
}

// Newer counts a channel's messages above an id: it is where the id stands in
// the channel's pages.
func (d *Reader) Newer(ctx context.Context, channelID, id int64) (n int64, err error) {
	n, err = fold.Of(ctx, d.Rows, channelID, func(p *fold.Plan) (int64, error) {
		if len(p.Parts) == 0 || id >= p.Highest() {
			return 0, nil
		}
		c, err := p.Count(ctx, collector.Range{Lo: id + 1, Hi: p.Highest()})
		return c.Rows(), err
	})
	if err != nil {
		return 0, fmt.Errorf("find message %d of channel %d: %w", id, channelID, err)
	}
	return n, nil
}
