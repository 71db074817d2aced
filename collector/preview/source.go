package preview

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"telegramtrac/collector"
)

// Source reads channels from a Site. It implements collector.Source.
type Source struct {
	site   *Site
	reader reader
	onWait func(collector.Wait)

	hurried bool // see Glancing

	mu    sync.Mutex
	names map[int64][]string // usernames by channel, the one to ask by first
	ends  map[int64]end      // how far down the last page of each channel went
	usage collector.Usage
}

// end is a page that was read, and the ids it accounts for: lo..hi.
type end struct {
	page   page
	lo, hi int64
	at     time.Time
}

// Source makes a source. A nil pseudonym makes it personal: it keeps signatures
// and the names of people; ids of people are never told. Waits are passed to
// onWait, which may be nil.
func (s *Site) Source(p collector.Pseudonym, onWait func(collector.Wait)) *Source {
	return &Source{site: s, reader: reader{personal: p == nil, pseudonym: p}, onWait: onWait, names: map[int64][]string{}, ends: map[int64]end{}}
}

// Glancing makes a source for somebody who waits: refusals and lost connections
// are errors at once. It keeps nothing personal.
func (s *Site) Glancing() *Source {
	src := s.Source(nobody, nil)
	src.hurried = true
	return src
}

// Name is preview.
func (s *Source) Name() string { return collector.SourcePreview }

// Usage is what the source has spent.
func (s *Source) Usage() collector.Usage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.usage
}

func (s *Source) trip() trip {
	return trip{patient: !s.hurried, notify: s.onWait, spend: s.spend}
}

func (s *Source) spend(u collector.Usage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.usage = s.usage.Add(u)
}

// Channel reads the channel's newest page, for its id, and its info page, for
// the exact number of subscribers.
func (s *Source) Channel(ctx context.Context, ref collector.Reference) (collector.Channel, error) {
	name := ref.Username
	if name == "" {
		known := s.known(ref.ID)
		if len(known) == 0 {
			return collector.Channel{}, &collector.Error{Kind: collector.NotFound, Detail: ref.String(),
				Err: errors.New("the web preview knows channels by name only")}
		}
		name = known[0]
	}
	seen, err := s.site.see(ctx, s.trip(), name)
	if err != nil {
		return collector.Channel{}, err
	}
	id := seen.page.channelID()
	if id == 0 {
		return collector.Channel{}, &collector.Error{Kind: collector.NoPreview, Detail: "empty", Err: errors.New("no message tells the channel's id")}
	}
	s.learn(id, name, seen.page)
	return seen.page.channel(id, seen.info, s.site.clock.Now().UTC())
}

func (s *Source) known(id int64) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names[id]
}

// learn remembers the names that lead to a channel: the one that was asked by,
// the header's, and that of its messages' addresses, which may all differ.
func (s *Source) learn(id int64, asked string, p page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := append([]string{asked}, s.names[id]...)
	for _, name := range []string{p.username, p.posts[0].channel} {
		if name != "" && !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
			names = append(names, name)
		}
	}
	s.names[id] = names
}

// seen is what the two pages of a channel say.
type seen struct {
	page page
	info info
}

// see reads a channel's newest page and its info page. Where there is no
// preview, the info page says why.
func (s *Site) see(ctx context.Context, t trip, name string) (seen, error) {
	var out seen
	a, err := s.recent(ctx, t, "/s/"+name)
	if err != nil {
		return out, err
	}
	if !a.redirected && !a.missing {
		if out.page, err = parsePage(a.body); err == nil && out.page.username == "" {
			out.page.username = name
		}
		if err != nil && !errors.Is(err, errForeign) {
			return out, err
		}
	}
	about, infoErr := s.recent(ctx, t, "/"+name)
	if infoErr != nil {
		return out, infoErr
	}
	if about.missing || about.redirected {
		return out, &collector.Error{Kind: collector.NotFound, Detail: "@" + name}
	}
	if out.info, infoErr = parseInfo(about.body); infoErr != nil {
		return out, infoErr
	}
	if a.redirected || a.missing || err != nil {
		return out, out.info.refusal("@" + name)
	}
	return out, nil
}

// history fetches the page of the messages below an id; 0: the newest. The page
// is remembered with the ids that it accounts for.
func (s *Source) history(ctx context.Context, ch collector.Channel, below int64) (page, error) {
	query := ""
	if below > 0 {
		query = "?before=" + strconv.FormatInt(below, 10)
	}
	p, err := s.page(ctx, ch, query)
	if err != nil {
		return page{}, err
	}
	if len(p.posts) == 0 && p.older {
		return page{}, collector.Errorf(collector.Internal, "the page %q of channel %d shows no message and says that there are older ones", query, ch.ID)
	}
	if below > 0 && p.lowest() >= below {
		return page{}, collector.Errorf(collector.Internal, "the page %q of channel %d begins with message %d", query, ch.ID, p.lowest())
	}
	s.remember(ch.ID, p, below)
	return p, nil
}

// after fetches the page of the messages above an id.
func (s *Source) after(ctx context.Context, ch collector.Channel, id int64) (page, error) {
	return s.page(ctx, ch, "?after="+strconv.FormatInt(id, 10))
}

// page fetches a page of a channel, and holds it to be of that channel.
func (s *Source) page(ctx context.Context, ch collector.Channel, query string) (page, error) {
	names := s.known(ch.ID)
	if len(names) == 0 {
		names = []string{ch.Username}
	}
	path := "/s/" + names[0] + query
	a, err := s.site.fetch(ctx, s.trip(), pageOf(path))
	if err != nil {
		return page{}, err
	}
	if a.redirected || a.missing {
		return page{}, &collector.Error{Kind: collector.NoPreview, Detail: infoChannel, Err: fmt.Errorf("fetch %s: sent elsewhere", path)}
	}
	p, err := parsePage(a.body)
	if err != nil {
		return page{}, err
	}
	if id := p.channelID(); len(p.posts) > 0 && id != ch.ID {
		return page{}, collector.Errorf(collector.NotFound, "%s is channel %d now, not %d", path, id, ch.ID)
	}
	return p, nil
}

// remember keeps the page that went lowest, for the range that follows.
func (s *Source) remember(id int64, p page, below int64) {
	e := end{page: p, lo: p.lowest(), hi: p.highest(), at: s.site.clock.Now()}
	if below > 0 {
		e.hi = below - 1
	}
	if len(p.posts) == 0 {
		e.lo = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ends[id] = e
}

// recall returns the page that was read last, when it tells of the message with
// an id and of those below it.
func (s *Source) recall(id, message int64) (page, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.ends[id]
	ok = ok && e.lo <= message && message <= e.hi && s.site.clock.Now().Sub(e.at) < fresh
	return e.page, ok
}

// Bounds reads the newest page, and finds dates by halving the ids between.
func (s *Source) Bounds(ctx context.Context, ch collector.Channel, since, until time.Time) (collector.Bounds, error) {
	newest, err := s.history(ctx, ch, 0)
	if err != nil {
		return collector.Bounds{}, err
	}
	top := newest.highest()
	b := collector.Bounds{Range: collector.Range{Lo: 1, Hi: top}, Newest: top}
	if !since.IsZero() {
		before, err := s.lastBefore(ctx, ch, newest, since)
		if err != nil {
			return collector.Bounds{}, err
		}
		b.Lo = before + 1
	}
	if !until.IsZero() {
		if b.Hi, err = s.lastBefore(ctx, ch, newest, until); err != nil {
			return collector.Bounds{}, err
		}
	}
	return b, nil
}

// lastBefore returns the id of the newest message older than a time, 0 when
// there is none. It begins with the newest page, where most dates are, and looks
// down by halves. A page without messages may just stand over a gap: where one
// does, it looks up from below.
func (s *Source) lastBefore(ctx context.Context, ch collector.Channel, p page, t time.Time) (int64, error) {
	h := halving{hi: p.highest(), t: t}
	if h.down(p, h.hi) {
		return h.last, nil
	}
	for h.lo < h.hi {
		mid := h.lo + (h.hi-h.lo+1)/2
		p, err := s.history(ctx, ch, mid+1)
		if err != nil {
			return 0, err
		}
		if len(p.posts) > 0 {
			if h.down(p, mid) {
				break
			}
			continue
		}
		if p, err = s.after(ctx, ch, h.lo); err != nil {
			return 0, err
		}
		if next := p.lowest(); next == 0 || next > mid {
			h.lo = max(mid, next-1) // there are none in between
			continue
		}
		if h.up(p, h.lo) {
			break
		}
		return s.lastBeforeFromBelow(ctx, ch, h)
	}
	return h.last, nil
}

func (s *Source) lastBeforeFromBelow(ctx context.Context, ch collector.Channel, h halving) (int64, error) {
	for h.lo < h.hi {
		mid := h.lo + (h.hi-h.lo)/2
		p, err := s.after(ctx, ch, mid)
		if err != nil {
			return 0, err
		}
		if h.up(p, mid) {
			break
		}
	}
	return h.last, nil
}

// halving looks for a channel's newest message that is older than a time.
type halving struct {
	t      time.Time
	lo, hi int64 // messages up to lo are older; the answer is last or within lo+1..hi
	last   int64 // the newest message known to be older
}

// down takes note of the page that ends at mid. It reports whether that page has
// the answer.
func (h *halving) down(p page, mid int64) bool {
	older, newer := p.split(h.t)
	h.last = max(h.last, older)
	if older > 0 && newer > 0 { // the border lies on the page
		h.last = older
		return true
	}
	if newer > 0 {
		h.hi = newer - 1
	} else { // all of them, and so all up to mid, are older
		h.lo = mid
	}
	return false
}

// up takes note of the page that begins above mid. It reports whether that page has
// the answer.
func (h *halving) up(p page, mid int64) bool {
	older, newer := p.split(h.t)
	h.last = max(h.last, older)
	switch {
	case older > 0 && newer > 0:
		h.last = older
		return true
	case older > 0:
		h.lo = max(mid+1, p.highest())
	default: // none above mid, or only newer ones
		h.hi = mid
	}
	return false
}

// split returns the page's newest message older than a time, and its oldest
// that is not; 0 for none. Of messages out of order the time is unclear, and
// the newest that is older counts.
func (p page) split(t time.Time) (older, newer int64) {
	for _, x := range p.posts {
		switch {
		case x.date.Before(t):
			older, newer = x.last(), 0
		case newer == 0:
			newer = x.ids[0]
		}
	}
	return older, newer
}

// Messages reads pages downward from the range's end. An album whose first
// message lies in the range is one block with those above it, so the first page
// is asked for from a bit further up. The range is complete when a page reached
// its lowest id, and none of those above it can be in an album that begins on the
// next page. Not every page that has older ones says so, and one without
// messages may just stand over a gap: then the rest is read from below.
func (s *Source) Messages(ctx context.Context, ch collector.Channel, r collector.Range) iter.Seq2[collector.Page, error] {
	return func(yield func(collector.Page, error) bool) {
		d := descent{reader: s.reader, lo: r.Lo, hi: r.Hi, last: r.Hi + 1, seen: map[int64]bool{}}
		d.reader.names = s.known(ch.ID)
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
			if len(p.posts) == 0 {
				next = d.last - 1
				rows, err := s.upward(ctx, ch, &d, below)
				if err != nil {
					yield(collector.Page{}, fmt.Errorf("read messages above %d: %w", r.Lo-1, err))
				} else {
					d.rest(yield, rows, next)
				}
				return
			}
			if below = p.lowest(); below <= r.Lo && d.gap(below) == 0 {
				d.rest(yield, nil, d.last-1)
				return
			}
		}
	}
}

// rest tells of what is left of the range, from an id down.
func (d *descent) rest(yield func(collector.Page, error) bool, rows []collector.Message, next int64) {
	if next >= d.lo {
		yield(collector.Page{Messages: rows, Proven: collector.Range{Lo: d.lo, Hi: next}}, nil)
	}
}

// upward reads the messages of a range's beginning, up to an id below which a
// page showed none, page by page from below. It returns them newest first. One
// request tells where there are none.
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
		next := p.next(above)
		if next <= above {
			break // no more, or not what was asked for
		}
		above = next
	}
	out = append(out, d.release(0)...)
	slices.SortFunc(out, func(a, b collector.Message) int { return cmp.Compare(b.ID, a.ID) })
	return out, nil
}

// next is the id above which the page after this one begins: that of its last post,
// for posts may come in between the parts of an album. Where that leads no further,
// it is the highest.
func (p page) next(above int64) int64 {
	if n := len(p.posts); n > 0 && p.posts[n-1].ids[0] > above {
		return p.posts[n-1].ids[0]
	}
	return p.highest()
}

// margin is how far above a range reading begins: further than an album reaches.
const margin = 2 * albumSize

// descent is one reading of a range, page by page.
type descent struct {
	reader reader
	lo, hi int64
	last   int64 // the lowest id that was told; above it everything is accounted for
	seen   map[int64]bool
	held   []collector.Message // seen and not told yet, newest first: see gap
}

// gap returns the highest id above a page's lowest one that may still turn up, in
// an album that begins below: other messages may come in between the parts of an
// album. 0: there is none. What lies below it is held back, for messages are told
// newest first.
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

// release returns what is held above an id.
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

// found returns the rows of a page within the range that were not taken before.
func (d *descent) found(p page) ([]collector.Message, error) {
	var out []collector.Message
	for _, x := range p.posts {
		rows, err := d.reader.rows(x)
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

// take takes the rows of a page within the range that were not taken before, and
// returns those that can be told, newest first. One that should have come earlier is an error: it must not be
// passed over in silence.
func (d *descent) take(p page) ([]collector.Message, error) {
	if len(p.posts) == 0 {
		return nil, nil
	}
	before, fresh := len(d.held), map[int64]bool{}
	for _, x := range p.posts {
		rows, err := d.reader.rows(x)
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
		return nil, collector.Errorf(collector.Internal, "a page that begins with message %d shows one twice", p.lowest())
	}
	maps.Copy(d.seen, fresh)
	slices.SortFunc(d.held, func(a, b collector.Message) int { return cmp.Compare(b.ID, a.ID) })
	return d.release(d.gap(p.lowest())), nil
}

var _ collector.Source = (*Source)(nil)
