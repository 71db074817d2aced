package telegram

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/gate"
)

const (
	// mostEmpty is how many empty answers in a row end reading with an error, if there should
	// be messages or this is unclear.
	mostEmpty = 15

	// soonEmpty is how many empty answers are asked again without a pause: by chance an answer
	// is not empty twice.
	soonEmpty = 3

	// mostSingly is how many ids at a channel's beginning are asked for one by one if nothing
	// below them can prove that they are absent. Larger stretches are proven by the channel's
	// oldest messages, and only their ends are asked for one by one.
	mostSingly = 2000
)

// Messages reads downward from the range's end. It asks for the messages below an id, without
// the range's lower end, so that a message below an id proves the id absent. An empty answer
// proves nothing: Telegram sometimes sends one while messages are being deleted. If there may
// be no more messages below, see descent.nothing. See https://core.telegram.org/api/offsets
func (s *Source) Messages(ctx context.Context, ch collector.Channel, r collector.Range) iter.Seq2[collector.Page, error] {
	return func(yield func(collector.Page, error) bool) {
		d := descent{
			source: s, ch: ch, first: firstID(ch), next: r.Hi + 1,
			pager: s.pager(ch),
		}
		for d.next > r.Lo {
			page, err := d.page(ctx)
			if err != nil {
				yield(collector.Page{}, fmt.Errorf("read history below %d: %w", d.next, err))
				return
			}
			d.next = page.Proven.Lo
			if !yield(page, nil) {
				return
			}
		}
	}
}

// pager reads a channel's history.
func (s *Source) pager(ch collector.Channel) pager {
	return pager{
		limit: pageSize,
		ask:   func(ctx context.Context, w window) (history, error) { return s.history(ctx, ch, w) },
		byID:  func(ctx context.Context, ids []int64) (history, error) { return s.byID(ctx, ch, ids) },
	}
}

// firstID is the lowest id of a channel that this account can see: available_min_id and lower
// ids are hidden. See https://core.telegram.org/constructor/channelFull
func firstID(ch collector.Channel) int64 { return max(1, ch.AvailableMinID+1) }

// descent reads a channel downward.
type descent struct {
	source *Source
	ch     collector.Channel
	first  int64 // the channel's lowest possible id
	next   int64 // the ids below this one are not read yet
	pager  pager
	short  bool // the last answer was not full: there may be no messages below
	singly bool // the remaining ids are asked for one by one
	empty  int  // empty answers in a row

	rows []collector.Message // of the last page, for the next one
}

// page reads the next page.
func (d *descent) page(ctx context.Context) (collector.Page, error) {
	for {
		if err := ctx.Err(); err != nil { // an answer may be quicker than the end of a context is noticed
			return collector.Page{}, err
		}
		if d.next <= d.first { // the rest is hidden or never existed
			return collector.Page{Proven: collector.Range{Lo: 1, Hi: d.next - 1}}, nil
		}
		if left := d.next - d.first; d.singly && left <= mostSingly || d.short && left <= pageSize {
			return d.oneByOne(ctx)
		}
		h, err := d.pager.read(ctx, d.next)
		if err != nil {
			return collector.Page{}, err
		}
		if h.unread != nil {
			d.short, d.empty = false, 0
			return collector.Page{Messages: []collector.Message{d.source.unreadable(d.ch.ID, *h.unread)},
				Proven: collector.Range{Lo: h.unread.id, Hi: d.next - 1}}, nil
		}
		if len(h.messages) > 0 {
			d.short, d.empty = !h.full, 0
			return d.told(ctx, h.history)
		}
		page, proven, err := d.nothing(ctx)
		if err != nil || proven {
			return page, err
		}
	}
}

// told makes the page of an answer: it accounts for the ids down to its lowest.
func (d *descent) told(ctx context.Context, h history) (collector.Page, error) {
	page, err := d.source.rows(ctx, h, d.rows)
	d.rows = page.Messages
	page.Proven = collector.Range{Lo: h.bottom(), Hi: d.next - 1}
	return page, err
}

// nothing handles an answer without messages. If few ids are left, they are asked for one by
// one. Otherwise the request is repeated; if it stays empty, the channel's oldest messages are
// read: if the lowest of them is not below the requested id, there are no more.
func (d *descent) nothing(ctx context.Context) (page collector.Page, proven bool, err error) {
	if d.empty++; d.empty >= mostEmpty {
		return page, false, &collector.Error{Kind: collector.Internal, Detail: "empty",
			Err: fmt.Errorf("%d empty answers in a row below %d", d.empty, d.next)}
	}
	if d.next-d.first <= mostSingly {
		d.singly = true
		return page, false, nil
	}
	if d.empty < soonEmpty {
		return page, false, nil
	}
	oldest, err := d.source.oldestID(ctx, d.ch, d.next)
	if err != nil {
		return page, false, err
	}
	if oldest >= d.next {
		return collector.Page{Proven: collector.Range{Lo: 1, Hi: d.next - 1}}, true, nil
	}
	return page, false, d.source.pause(ctx, d.empty-soonEmpty)
}

// pause waits before a request with an empty answer is repeated.
func (s *Source) pause(ctx context.Context, try int) error {
	return s.client.Pause(ctx, gate.Reconnect(try))
}

// oneByOne asks for the next ids one by one.
func (d *descent) oneByOne(ctx context.Context) (collector.Page, error) {
	ids := idsBelow(d.next, max(d.first, d.next-pageSize))
	page, err := d.source.ByID(ctx, d.ch, ids)
	if err != nil {
		return page, err
	}
	if len(page.Messages) > 0 {
		d.singly, d.short, d.empty = false, false, 0
	}
	page.Proven = collector.Range{Lo: ids[0], Hi: d.next - 1}
	if page.Proven.Lo == d.first {
		page.Proven.Lo = 1
	}
	return page, nil
}

// idsBelow returns the ids from lo up to, but not including, id.
func idsBelow(id, lo int64) []int64 {
	var out []int64
	for ; lo < id; lo++ {
		out = append(out, lo)
	}
	return out
}

// oldestID returns the lowest id of a channel's messages, 0 if unknown or uncertain. It reads
// the channel's oldest messages upward from the lowest possible id, and checks the ids at both
// ends of the stretch below one by one. The result is remembered, and determined again only if
// it is lower than below: that message may have been deleted since.
func (s *Source) oldestID(ctx context.Context, ch collector.Channel, below int64) (int64, error) {
	s.looking.Lock()
	defer s.looking.Unlock()
	if id, ok := s.oldest[ch.ID]; ok && id >= below {
		return id, nil
	}
	first := firstID(ch)
	id, err := s.lowest(ctx, ch, first)
	if err != nil || id < first {
		return 0, err
	}
	for _, ids := range [][]int64{idsBelow(min(id, first+pageSize), first), idsBelow(id, max(first, id-pageSize))} {
		if len(ids) == 0 {
			continue
		}
		page, err := s.ByID(ctx, ch, ids)
		if err != nil {
			return 0, err
		}
		if len(page.Messages) > 0 {
			return 0, nil
		}
	}
	s.oldest[ch.ID] = id
	return id, nil
}

// lowest asks for the channel's oldest messages and returns their lowest id, 0 if unknown. If
// one of them cannot be read, it asks for fewer.
func (s *Source) lowest(ctx context.Context, ch collector.Channel, first int64) (int64, error) {
	for n := pageSize; n > 0; n /= 2 {
		h, err := s.history(ctx, ch, window{below: first, add: -n, limit: n})
		if err == nil {
			if h = h.below(math.MaxInt64); len(h.messages) > 0 {
				return h.bottom(), nil
			}
			return 0, nil
		}
		if !cannotRead(err) {
			return 0, err
		}
		if n == 1 && h.partly.id > 0 {
			return h.partly.id, nil
		}
	}
	// The id of the oldest message is unknown: it is the one below the second message.
	h, err := s.history(ctx, ch, window{below: first, add: -2, limit: 1})
	if cannotRead(err) || err == nil && len(h.messages) == 0 {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	p := s.pager(ch)
	p.limit = 1
	r, err := p.read(ctx, h.top())
	if err != nil || r.unread == nil && len(r.messages) == 0 {
		return 0, err
	}
	return r.lowest(), nil
}

// ByID asks for single messages. An id is absent only if the answer says so; ids that the
// answer omits are asked for again. See https://core.telegram.org/method/channels.getMessages
func (s *Source) ByID(ctx context.Context, ch collector.Channel, ids []int64) (collector.Page, error) {
	var out collector.Page
	open := ids
	for try := 0; len(open) > 0; try++ {
		if try == mostEmpty {
			return out, &collector.Error{Kind: collector.Internal, Detail: "empty",
				Err: fmt.Errorf("%d ids from %d on were left out of the answers", len(open), open[0])}
		}
		if try >= soonEmpty {
			if err := s.pause(ctx, try-soonEmpty); err != nil {
				return out, err
			}
		}
		page, told, err := s.halves(ctx, ch, open)
		if err != nil {
			return out, err
		}
		out.Messages, out.Peers = append(out.Messages, page.Messages...), append(out.Peers, page.Peers...)
		open = slices.DeleteFunc(slices.Clone(open), func(id int64) bool { return told[id] })
	}
	slices.SortFunc(out.Messages, func(a, b collector.Message) int { return cmp.Compare(b.ID, a.ID) })
	return out, nil
}

// halves asks for ids. If the answer cannot be read, it asks for each half; a single message
// that cannot be read becomes an unreadable one. It returns the ids that the answers contained.
func (s *Source) halves(ctx context.Context, ch collector.Channel, ids []int64) (page collector.Page, told map[int64]bool, err error) {
	h, err := s.byID(ctx, ch, ids)
	told = map[int64]bool{}
	switch {
	case err == nil:
		page, err := s.asked(ctx, h, ids, told)
		return page, told, err
	case !cannotRead(err):
		return page, nil, err
	case h.partly.whole && len(ids) == 1:
		page, err := s.asked(ctx, history{messages: h.partly.messages}, ids, told)
		return page, told, err
	case len(ids) == 1:
		told[ids[0]] = true
		page.Messages = []collector.Message{s.unreadable(ch.ID, unread{ids[0], h.partly.date, err})}
		return page, told, nil
	}
	for _, half := range [][]int64{ids[:len(ids)/2], ids[len(ids)/2:]} {
		more, also, err := s.halves(ctx, ch, half)
		if err != nil {
			return page, nil, err
		}
		page.Messages, page.Peers = append(page.Messages, more.Messages...), append(page.Peers, more.Peers...)
		for id := range also {
			told[id] = true
		}
	}
	return page, told, nil
}

// asked makes the page of an answer to ids, without messages that were not asked for. It adds
// the ids of the answer to told.
func (s *Source) asked(ctx context.Context, h history, ids []int64, told map[int64]bool) (collector.Page, error) {
	var messages []tg.MessageClass
	for _, m := range h.messages {
		id := int64(m.GetID())
		if !slices.Contains(ids, id) || told[id] {
			continue
		}
		told[id] = true
		messages = append(messages, m)
	}
	return s.rows(ctx, history{messages: messages, chats: h.chats, users: h.users}, nil)
}

// Layer is the layer of the client library.
func (s *Source) Layer() int { return tg.Layer }

var _ collector.Asker = (*Source)(nil)
