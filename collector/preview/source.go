package preview

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/preview/page"
)

// Source reads channels from a Site. It implements collector.Source.
type Source struct {
	site   *Site
	reader page.Reader
	onWait func(collector.Wait)

	hurried bool // see Glancing

	mu    sync.Mutex
	names map[int64][]string // usernames by channel, the one to ask by first
	ends  map[int64]end      // how far down the last page of each channel went
	usage collector.Usage
}

// end is a page that was read, and the range lo..hi that it accounts for.
type end struct {
	page   page.Page
	lo, hi int64
	at     time.Time
}

// Source makes a source. A nil pseudonym makes it personal: it stores signatures and names of
// people; the preview never contains their ids. Waits are passed to onWait, which may be nil.
func (s *Site) Source(p collector.Pseudonym, onWait func(collector.Wait)) *Source {
	return &Source{site: s, reader: page.Reader{Personal: p == nil, Pseudonym: p}, onWait: onWait, names: map[int64][]string{},
		ends: map[int64]end{}}
}

// Looking makes a source for an interactive caller: refusals and lost connections are errors at
// once. It stores nothing personal.
func (s *Site) Looking() *Source {
	src := s.Source(nobody, nil)
	src.hurried = true
	return src
}

// Name is preview.
func (s *Source) Name() string { return collector.SourcePreview }

// Usage is what the source has used.
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
	id := seen.page.ChannelID()
	if id == 0 {
		return collector.Channel{}, &collector.Error{Kind: collector.NoPreview, Detail: "empty",
			Err: errors.New("no message tells the channel's id")}
	}
	s.learn(id, name, seen.page)
	return seen.page.Channel(id, seen.info, s.site.clock.Now().UTC())
}

func (s *Source) known(id int64) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names[id]
}

// learn remembers the usernames of a channel: the one asked for, the header's, and the one in
// its messages' addresses, which may all differ.
func (s *Source) learn(id int64, asked string, p page.Page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := append([]string{asked}, s.names[id]...)
	for _, name := range []string{p.Username, p.Posts[0].Channel} {
		if name != "" && !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
			names = append(names, name)
		}
	}
	s.names[id] = names
}

// seen is the content of a channel's two pages.
type seen struct {
	page page.Page
	info page.Info
}

// see reads a channel's newest page and its info page. If there is no preview, the info page
// says why.
func (s *Site) see(ctx context.Context, t trip, name string) (seen, error) {
	var out seen
	a, err := s.recent(ctx, t, "/s/"+name)
	if err != nil {
		return out, err
	}
	if !a.redirected && !a.missing {
		if out.page, err = page.Read(a.body); err == nil && out.page.Username == "" {
			out.page.Username = name
		}
		if err != nil && !errors.Is(err, page.ErrForeign) {
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
	if out.info, infoErr = page.ReadInfo(about.body); infoErr != nil {
		return out, infoErr
	}
	if a.redirected || a.missing || err != nil {
		return out, out.info.Refusal("@" + name)
	}
	return out, nil
}

// history fetches the page of the messages below an id; 0: the newest. The page is remembered
// with the ids that it accounts for.
func (s *Source) history(ctx context.Context, ch collector.Channel, below int64) (page.Page, error) {
	query := ""
	if below > 0 {
		query = "?before=" + strconv.FormatInt(below, 10)
	}
	p, err := s.page(ctx, ch, query)
	if err != nil {
		return page.Page{}, err
	}
	if len(p.Posts) == 0 && p.Older {
		return page.Page{}, collector.Errorf(collector.Internal, "the page %q of channel %d shows no message and says that there are older ones",
			query, ch.ID)
	}
	if below > 0 && p.Lowest() >= below {
		return page.Page{}, collector.Errorf(collector.Internal, "the page %q of channel %d begins with message %d", query, ch.ID, p.Lowest())
	}
	s.remember(ch.ID, p, below)
	return p, nil
}

// after fetches the page of the messages above an id.
func (s *Source) after(ctx context.Context, ch collector.Channel, id int64) (page.Page, error) {
	return s.page(ctx, ch, "?after="+strconv.FormatInt(id, 10))
}

// page fetches a page of a channel, and checks that it belongs to the channel.
func (s *Source) page(ctx context.Context, ch collector.Channel, query string) (page.Page, error) {
	names := s.known(ch.ID)
	if len(names) == 0 {
		names = []string{ch.Username}
	}
	path := "/s/" + names[0] + query
	a, err := s.site.fetch(ctx, s.trip(), pageOf(path))
	if err != nil {
		return page.Page{}, err
	}
	if a.redirected || a.missing {
		return page.Page{}, &collector.Error{Kind: collector.NoPreview, Detail: page.KindChannel,
			Err: fmt.Errorf("fetch %s: sent elsewhere", path)}
	}
	p, err := page.Read(a.body)
	if err != nil {
		return page.Page{}, err
	}
	if id := p.ChannelID(); len(p.Posts) > 0 && id != ch.ID {
		return page.Page{}, collector.Errorf(collector.NotFound, "%s is channel %d now, not %d", path, id, ch.ID)
	}
	return p, nil
}

// remember stores the page that reached lowest, for the next range.
func (s *Source) remember(id int64, p page.Page, below int64) {
	e := end{page: p, lo: p.Lowest(), hi: p.Highest(), at: s.site.clock.Now()}
	if below > 0 {
		e.hi = below - 1
	}
	if len(p.Posts) == 0 {
		e.lo = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ends[id] = e
}

// recall returns the remembered page if it accounts for a message id and the ids below it.
func (s *Source) recall(id, message int64) (page.Page, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.ends[id]
	ok = ok && e.lo <= message && message <= e.hi && s.site.clock.Now().Sub(e.at) < fresh
	return e.page, ok
}

var _ collector.Source = (*Source)(nil)
