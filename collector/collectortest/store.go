package collectortest

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"telegramtrac/collector"
)

// Store is a collector.Store in memory.
type Store struct {
	// OnPut, if set, is called before a part is stored; its error refuses the part.
	OnPut func(p collector.Part) error

	mu       sync.Mutex
	channels map[int64]collector.Channel
	looks    []collector.Channel // all in the order they were put
	rows     map[int64]map[int64]collector.Message
	parts    map[int64][]collector.Part
	receipts map[string]collector.Receipt // by collection and reference
	sorted   map[int64][]int64            // ids of rows, ascending; out of date if their number differs
	doubled  int
}

// NewStore makes an empty store.
func NewStore() *Store {
	return &Store{
		channels: map[int64]collector.Channel{},
		rows:     map[int64]map[int64]collector.Message{},
		parts:    map[int64][]collector.Part{},
		receipts: map[string]collector.Receipt{},
		sorted:   map[int64][]int64{},
	}
}

// Covered returns the ranges that parts of the source cover.
func (s *Store) Covered(_ context.Context, channelID int64, source string) (collector.Ranges, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.covered(channelID, func(p collector.Part) bool { return p.Source == source }), nil
}

// CoveredBetween returns the ranges of parts that were observed between two times.
func (s *Store) CoveredBetween(_ context.Context, channelID int64, source string, from, to time.Time) (collector.Ranges, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.covered(channelID, func(p collector.Part) bool {
		return p.Source == source && !p.ObservedAt.Before(from) && !p.ObservedAt.After(to)
	}), nil
}

func (s *Store) covered(channelID int64, by func(p collector.Part) bool) collector.Ranges {
	var rs []collector.Range
	for _, p := range s.parts[channelID] {
		if p.Loose || !by(p) {
			continue
		}
		if p.Covered == nil {
			rs = append(rs, p.Range)
		}
		rs = append(rs, p.Covered...)
	}
	return collector.NewRanges(rs...)
}

// Absent returns the covered ids without a row.
func (s *Store) Absent(_ context.Context, channelID int64, r collector.Range) (collector.Ranges, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var there []collector.Range
	for id := range s.rows[channelID] {
		there = append(there, collector.Range{Lo: id, Hi: id})
	}
	rows := collector.NewRanges(there...)
	var out collector.Ranges
	for _, c := range s.covered(channelID, provesAbsence).Intersect(r) {
		out = out.Union(rows.Missing(c))
	}
	return out, nil
}

// ids returns the ids of the rows, ascending. The caller holds the lock.
func (s *Store) ids(channelID int64) []int64 {
	if len(s.sorted[channelID]) != len(s.rows[channelID]) {
		s.sorted[channelID] = slices.Sorted(maps.Keys(s.rows[channelID]))
	}
	return s.sorted[channelID]
}

// Vanished returns the ids of messages that a later part found deleted.
func (s *Store) Vanished(_ context.Context, channelID int64, r collector.Range) (collector.Ranges, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []collector.Range
	for _, p := range s.parts[channelID] {
		if p.Loose || !provesAbsence(p) {
			continue
		}
		covered := collector.NewRanges(p.Range)
		if p.Covered != nil {
			covered = p.Covered
		}
		for _, id := range s.ids(channelID) {
			if r.Contains(id) && covered.Contain(id) && p.ObservedAt.After(s.rows[channelID][id].LastSeenAt) {
				out = append(out, collector.Range{Lo: id, Hi: id})
			}
		}
	}
	return collector.NewRanges(out...), nil
}

// Unreadable returns the rows of messages that could not be read.
func (s *Store) Unreadable(_ context.Context, channelID int64, r collector.Range) ([]collector.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []collector.Message
	for id, m := range s.rows[channelID] {
		if r.Contains(id) && m.Kind == collector.KindUnreadable {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b collector.Message) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

// Count counts the stored rows.
func (s *Store) Count(_ context.Context, channelID int64, r collector.Range) (collector.Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	covered := s.covered(channelID, provesAbsence).Intersect(r)
	n := collector.Count{Absent: covered.Len()}
	rows := s.rows[channelID]
	for _, id := range s.ids(channelID) {
		if !r.Contains(id) {
			continue
		}
		m := rows[id]
		if covered.Contain(id) {
			n.Absent--
		}
		switch m.Kind {
		case collector.KindService:
			n.Service++
		case collector.KindUnreadable:
			n.Unreadable++
		default:
			n.Messages++
		}
	}
	return n, nil
}

// Threads yields the messages with comments.
func (s *Store) Threads(_ context.Context, channelID, groupID int64, r collector.Range) iter.Seq2[collector.Thread, error] {
	return func(yield func(collector.Thread, error) bool) {
		for _, t := range s.threads(channelID, groupID, r) {
			if !yield(t, nil) {
				return
			}
		}
	}
}

func (s *Store) threads(channelID, groupID int64, r collector.Range) []collector.Thread {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []collector.Thread
	for id, m := range s.rows[channelID] {
		if !r.Contains(id) || m.Replies == nil || *m.Replies == 0 {
			continue
		}
		t := collector.Thread{MessageID: id, Date: m.Date, Says: *m.Replies,
			Elsewhere: m.RepliesChannelID != 0 && m.RepliesChannelID != groupID}
		for _, comment := range s.rows[groupID] {
			if !t.Elsewhere && comment.ThreadChannelID == channelID && comment.ThreadMessageID == id {
				t.Have++
			}
		}
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b collector.Thread) int { return cmp.Compare(a.MessageID, b.MessageID) })
	return out
}

// PutPart stores a part. As the contract allows, it changes the part's messages: they are spoiled
// afterwards, also where it returns an error.
func (s *Store) PutPart(ctx context.Context, p collector.Part) error {
	defer spoil(p.Messages)
	p.Messages = slices.Clone(p.Messages)
	if s.OnPut != nil {
		if err := s.OnPut(p); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if p.Range.Len() == 0 {
		return fmt.Errorf("put ids %d to %d of channel %d: there are none", p.Range.Lo, p.Range.Hi, p.ChannelID)
	}
	for _, m := range p.Messages {
		if !p.Range.Contains(m.ID) || m.ChannelID != p.ChannelID {
			return fmt.Errorf("put ids %d to %d of channel %d: message %d of channel %d is not among them", p.Range.Lo, p.Range.Hi, p.ChannelID,
				m.ID, m.ChannelID)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rows[p.ChannelID] == nil {
		s.rows[p.ChannelID] = map[int64]collector.Message{}
	}
	for _, m := range p.Messages {
		if _, ok := s.rows[p.ChannelID][m.ID]; ok {
			s.doubled++
		}
		m.LastSeenAt = p.ObservedAt
		s.rows[p.ChannelID][m.ID] = m
	}
	p.Messages = nil // they are not the store's
	s.parts[p.ChannelID] = append(s.parts[p.ChannelID], p)
	return nil
}

// PutChannel stores a channel's details.
func (s *Store) PutChannel(_ context.Context, ch collector.Channel) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channels[ch.ID] = ch
	s.looks = append(s.looks, ch)
	return nil
}

// PutPeers does nothing: no method returns peers.
func (s *Store) PutPeers(context.Context, []collector.Peer, time.Time) error { return nil }

// KnownAs returns the stored channels with a username.
func (s *Store) KnownAs(_ context.Context, username string) ([]collector.Known, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []collector.Known
	for _, ch := range s.looks {
		if ch.Bears(username) {
			out = slices.DeleteFunc(out, func(k collector.Known) bool { return k.ID == ch.ID })
			now := s.channels[ch.ID]
			out = append(out, collector.Known{ID: ch.ID, Username: now.Username, Title: now.Title, At: ch.LastSeenAt, Collected: true})
		}
	}
	slices.Reverse(out)
	return out, nil
}

// NameOf returns the last username of a stored channel.
func (s *Store) NameOf(_ context.Context, channelID int64) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.channels[channelID].Username, nil
}

// PutReceipt stores a receipt.
func (s *Store) PutReceipt(_ context.Context, r collector.Receipt) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receipts[r.CollectionID+" "+r.Reference] = r
	return nil
}

// Receipt returns the receipt of a reference in a collection.
func (s *Store) Receipt(collectionID, reference string) (collector.Receipt, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.receipts[collectionID+" "+reference]
	return r, ok
}

// Parts returns the ranges of a channel's parts in the order they were put.
func (s *Store) Parts(channelID int64) []collector.Range {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []collector.Range
	for _, p := range s.parts[channelID] {
		out = append(out, p.Range)
	}
	return out
}

// Rows returns the stored messages of a channel, by id.
func (s *Store) Rows(channelID int64) map[int64]collector.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rows[channelID]
}

// Doubled returns how many messages were put more than once.
func (s *Store) Doubled() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.doubled
}

func provesAbsence(p collector.Part) bool { return collector.ProvesAbsence(p.Source) }
