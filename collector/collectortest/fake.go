// Package collectortest helps to test collecting: a fake Source, a fake Store, and the suite
// that every Source must pass.
package collectortest

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"telegramtrac/collector"
)

// Source is a collector.Source over messages in memory. Set its fields before use.
type Source struct {
	Channels map[string]*Channel // by username in lower case
	PageSize int                 // messages a page; 0: 100
	Reads    int                 // the layer that it can read; 0: 200
	// OnPage, if set, is called before each page with the lowest id requested so far; its
	// error ends the range.
	OnPage func(ctx context.Context, channelID, below int64) error

	mu    sync.Mutex
	usage collector.Usage
}

// Channel is one channel of a Source.
type Channel struct {
	collector.Channel
	Messages []collector.Message // ascending by id
	Err      error               // the answer to every request about the channel
}

// NewChannel makes a channel whose messages have the given ids, the n-th one written n minutes
// after 2024-01-01. Every tenth id is a service message.
func NewChannel(id int64, username string, ids ...int64) *Channel {
	ch := &Channel{Channel: collector.Channel{ID: id, Username: username, Title: "Channel " + username, Kind: collector.Broadcast, Raw: "{}"}}
	for n, mid := range ids {
		m := collector.Message{
			ChannelID: id, ID: mid, Kind: collector.KindMessage,
			Date: time.Date(2024, 1, 1, 0, n, 0, 0, time.UTC),
			Text: fmt.Sprintf("message %d of %s", mid, username), Raw: "{}",
		}
		if mid%10 == 0 {
			m.Kind, m.Action, m.Text = collector.KindService, "MessageActionPinMessage", ""
		}
		ch.Messages = append(ch.Messages, m)
	}
	return ch
}

// NewSource makes a source with these channels.
func NewSource(channels ...*Channel) *Source {
	s := &Source{Channels: map[string]*Channel{}}
	for _, ch := range channels {
		s.Channels[strings.ToLower(ch.Username)] = ch
	}
	return s
}

// Name is telegram: the fake can prove absence.
func (s *Source) Name() string { return collector.SourceTelegram }

// Channel finds a channel by its username or id.
func (s *Source) Channel(ctx context.Context, ref collector.Reference) (collector.Channel, error) {
	s.spend(collector.Usage{Requests: 1})
	for name, ch := range s.Channels {
		if name != strings.ToLower(ref.Username) && ch.ID != ref.ID {
			continue
		}
		if ch.Err != nil {
			return collector.Channel{}, ch.Err
		}
		return ch.Channel, ctx.Err()
	}
	return collector.Channel{}, &collector.Error{Kind: collector.NotFound, Detail: ref.String()}
}

// Bounds computes the bounds from the messages.
func (s *Source) Bounds(ctx context.Context, ch collector.Channel, since, until time.Time) (collector.Bounds, error) {
	s.spend(collector.Usage{Requests: 1})
	c := s.Channels[strings.ToLower(ch.Username)]
	b := collector.Bounds{Range: collector.Range{Lo: 1}}
	for _, m := range c.Messages {
		b.Newest = m.ID
		if !since.IsZero() && m.Date.Before(since) {
			b.Lo = m.ID + 1
		}
		if until.IsZero() || m.Date.Before(until) {
			b.Hi = m.ID
		}
	}
	if since.IsZero() && until.IsZero() {
		n := int64(len(c.Messages))
		b.Count = &n
	}
	return b, ctx.Err()
}

// Messages yields the range page by page, each as full as the remaining messages allow. The
// last page also covers the ids below a channel's first message. As the contract allows, the
// rows of a page are spoiled as soon as the next one is asked for.
func (s *Source) Messages(ctx context.Context, ch collector.Channel, r collector.Range) iter.Seq2[collector.Page, error] {
	return func(yield func(collector.Page, error) bool) {
		for below := r.Hi + 1; below > r.Lo; {
			s.spend(collector.Usage{Requests: 1})
			if err := s.before(ctx, ch.ID, below); err != nil {
				yield(collector.Page{}, err)
				return
			}
			page := s.page(ch, below)
			if !yield(page, nil) {
				return
			}
			spoil(page.Messages)
			below = page.Proven.Lo
		}
	}
}

// spoil makes of rows what nobody can take for messages: whoever kept them beyond what the
// contract allows stores this instead, or trips over it.
func spoil(rows []collector.Message) {
	for i := range rows {
		rows[i] = collector.Message{ChannelID: -1, ID: -1, Kind: "spoiled", Text: "a row that was kept for too long", Raw: "{}"}
	}
}

// page returns the page below an id.
func (s *Source) page(ch collector.Channel, below int64) collector.Page {
	page := collector.Page{
		Peers:  []collector.Peer{{Type: collector.PeerChannel, ID: ch.ID, Username: ch.Username, Title: ch.Title}},
		Proven: collector.Range{Lo: 1, Hi: below - 1},
	}
	all := s.Channels[strings.ToLower(ch.Username)].Messages
	hi, _ := slices.BinarySearchFunc(all, below, byID)
	lo := max(0, hi-cmp.Or(s.PageSize, 100))
	page.Messages = slices.Clone(all[lo:hi])
	slices.Reverse(page.Messages)
	if hi > lo {
		page.Proven.Lo = all[lo].ID
	}
	return page
}

func byID(m collector.Message, id int64) int { return cmp.Compare(m.ID, id) }

// ByID returns the messages that exist among some ids.
func (s *Source) ByID(ctx context.Context, ch collector.Channel, ids []int64) (collector.Page, error) {
	s.spend(collector.Usage{Requests: 1})
	var page collector.Page
	all := s.Channels[strings.ToLower(ch.Username)].Messages
	for _, id := range slices.Backward(ids) {
		if i, ok := slices.BinarySearchFunc(all, id, byID); ok {
			page.Messages = append(page.Messages, all[i])
		}
	}
	return page, ctx.Err()
}

// Layer returns the newest layer that the fake can read.
func (s *Source) Layer() int { return cmp.Or(s.Reads, 200) }

func (s *Source) before(ctx context.Context, channelID, below int64) error {
	if s.OnPage != nil {
		if err := s.OnPage(ctx, channelID, below); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Usage returns the usage of the fake so far.
func (s *Source) Usage() collector.Usage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.usage
}

// Spend adds to the usage, as a flood wait does.
func (s *Source) Spend(u collector.Usage) { s.spend(u) }

func (s *Source) spend(u collector.Usage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.usage = s.usage.Add(u)
}
