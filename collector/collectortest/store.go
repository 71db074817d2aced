package collectortest

import (
	"context"
	"sync"

	"telegramtrac/collector"
)

// Store is a collector.Store in memory.
type Store struct {
	// OnPut, where set, is called before a part is kept; its error refuses it.
	OnPut func(p collector.Part) error

	mu       sync.Mutex
	channels map[int64]collector.Channel
	rows     map[int64]map[int64]collector.Message
	covered  map[int64]collector.Ranges
	doubled  int
}

// NewStore makes an empty store.
func NewStore() *Store {
	return &Store{
		channels: map[int64]collector.Channel{},
		rows:     map[int64]map[int64]collector.Message{},
		covered:  map[int64]collector.Ranges{},
	}
}

// Covered returns what parts were put for the channel.
func (s *Store) Covered(_ context.Context, channelID int64, _ string) (collector.Ranges, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.covered[channelID], nil
}

// Count counts the rows kept.
func (s *Store) Count(_ context.Context, channelID int64, r collector.Range) (collector.Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n collector.Count
	covered := s.covered[channelID].Intersect(r)
	n.Absent = covered.Len()
	for id, m := range s.rows[channelID] {
		if !r.Contains(id) {
			continue
		}
		n.Absent--
		if m.Kind == collector.KindService {
			n.Service++
		} else {
			n.Messages++
		}
	}
	return n, nil
}

// PutPart keeps a part.
func (s *Store) PutPart(ctx context.Context, p collector.Part) error {
	if s.OnPut != nil {
		if err := s.OnPut(p); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
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
		s.rows[p.ChannelID][m.ID] = m
	}
	s.covered[p.ChannelID] = s.covered[p.ChannelID].Union(collector.NewRanges(p.Range))
	return nil
}

// PutChannel keeps a channel's details.
func (s *Store) PutChannel(_ context.Context, ch collector.Channel) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channels[ch.ID] = ch
	return nil
}

// Rows returns the messages kept of a channel, by id.
func (s *Store) Rows(channelID int64) map[int64]collector.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rows[channelID]
}

// Doubled counts the messages that were put more than once.
func (s *Store) Doubled() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.doubled
}
