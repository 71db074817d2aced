package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
)

// details is one observation of a channel's details.
type details struct {
	revision revision
	channel  collector.Channel
}

func loadDetails(path string) (details, error) {
	rows, err := loadRows[collector.Channel](path)
	if err != nil {
		return details{}, err
	}
	if len(rows) != 1 {
		return details{}, fmt.Errorf("channel details of %d rows", len(rows))
	}
	r, err := revisionOf(filepath.Base(path))
	return details{r, rows[0]}, err
}

// loadRows reads a small file whole.
func loadRows[T any](path string) ([]T, error) {
	f, err := openWholeFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := newStream[T](f, 0, f.parquet.NumRows())
	if err != nil {
		return nil, err
	}
	defer s.close()
	rows := make([]T, 0, f.parquet.NumRows())
	for row := range f.parquet.NumRows() {
		v, err := s.at(row)
		if err != nil {
			return nil, err
		}
		rows = append(rows, *v)
	}
	return rows, nil
}

// ChannelSummary is a channel and how much of it was collected.
type ChannelSummary struct {
	collector.Channel                 // the newest details; of a channel without details only what its messages tell
	Count             collector.Count // of everything
	Lo, Hi            int64           // between which lie the ids that are accounted for; 0 without messages
	Oldest, Newest    time.Time       // dates of messages; zero without messages
	Updated           time.Time       // the newest look at its details or messages
}

// ids returns the channels of which there are details or messages, ascending.
func (d *Dataset) ids(ctx context.Context) ([]int64, error) {
	described, err := d.channels.ids()
	if err != nil {
		return nil, err
	}
	spoken, err := d.messages.ids()
	if err != nil {
		return nil, err
	}
	ids := slices.Concat(described, spoken)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	var out []int64
	for _, id := range ids {
		there, err := d.has(ctx, id)
		if err != nil {
			return nil, err
		}
		if there {
			out = append(out, id)
		}
	}
	return out, nil
}

// has reports whether any part of the channel is there.
func (d *Dataset) has(ctx context.Context, id int64) (bool, error) {
	seen, _, err := d.channels.channel(id).snapshot(ctx)
	if err != nil || len(seen) > 0 {
		return len(seen) > 0, err
	}
	parts, _, err := d.messages.channel(id).snapshot(ctx)
	return len(parts) > 0, err
}

// Channels returns every channel of which there are details or messages, sorted
// by title.
func (d *Dataset) Channels(ctx context.Context) ([]ChannelSummary, error) {
	ids, err := d.ids(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]ChannelSummary, 0, len(ids))
	for _, id := range ids {
		s, err := d.summary(ctx, id)
		if errors.Is(err, ErrNoChannel) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("summarize channel %d: %w", id, err)
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b ChannelSummary) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// Channel returns one channel by its numeric id or by any of its usernames, in
// any case, with or without @. Of several channels that bear a name, the one seen
// last has it; a name that none bears now leads to who bore it last. It fails with
// ErrNoChannel.
func (d *Dataset) Channel(ctx context.Context, key string) (ChannelSummary, error) {
	if id, err := strconv.ParseInt(key, 10, 64); err == nil {
		return d.summary(ctx, id)
	}
	all, err := d.Channels(ctx)
	if err != nil {
		return ChannelSummary{}, err
	}
	name := strings.TrimPrefix(key, "@")
	var found *ChannelSummary
	for i, s := range all {
		named := func(u string) bool { return strings.EqualFold(u, name) }
		if !named(s.Username) && !slices.ContainsFunc(s.Usernames, named) {
			continue
		}
		if found == nil || goesBefore(s, *found) {
			found = &all[i]
		}
	}
	if found != nil && name != "" {
		return *found, nil
	}
	return d.onceCalled(ctx, name)
}

// goesBefore reports whether a username leads to one channel rather than to another:
// to one with a number of its own, and then to the one that was seen last.
func goesBefore(a, b ChannelSummary) bool {
	if made, also := collector.IsMadeID(a.ID), collector.IsMadeID(b.ID); made != also {
		return also
	}
	return a.LastSeenAt.After(b.LastSeenAt)
}

// onceCalled returns the channel that bore a username last that none has now.
func (d *Dataset) onceCalled(ctx context.Context, name string) (ChannelSummary, error) {
	known, err := d.KnownAs(ctx, name)
	if err != nil {
		return ChannelSummary{}, err
	}
	if len(known) == 0 || !known[0].Collected || name == "" {
		return ChannelSummary{}, fmt.Errorf("%q: %w", name, ErrNoChannel)
	}
	return d.summary(ctx, known[0].ID)
}

func (d *Dataset) summary(ctx context.Context, id int64) (s ChannelSummary, err error) {
	err = retry(func() error {
		s, err = d.summary1(ctx, id)
		return err
	})
	return s, err
}

func (d *Dataset) summary1(ctx context.Context, id int64) (ChannelSummary, error) {
	var s ChannelSummary
	described, err := d.describe(ctx, id, &s)
	if err != nil {
		return ChannelSummary{}, err
	}
	p, err := d.plan(ctx, id)
	if err != nil {
		return ChannelSummary{}, err
	}
	if !described && len(p.parts) == 0 {
		return ChannelSummary{}, fmt.Errorf("channel %d: %w", id, ErrNoChannel)
	}
	if !described {
		if err := p.guess(ctx, &s.Channel); err != nil {
			return ChannelSummary{}, err
		}
	}
	s.Count, err = p.total(ctx)
	p.extent(&s)
	return s, err
}

// describe fills in the newest details, first seen at the time of the oldest.
func (d *Dataset) describe(ctx context.Context, id int64, s *ChannelSummary) (bool, error) {
	seen, _, err := d.channels.channel(id).snapshot(ctx)
	if err != nil || len(seen) == 0 {
		return false, err
	}
	newest := slices.MaxFunc(seen, func(a, b details) int { return a.revision.compare(b.revision) })
	s.Channel = newest.channel
	for _, e := range seen {
		if e.channel.FirstSeenAt.Before(s.FirstSeenAt) {
			s.FirstSeenAt = e.channel.FirstSeenAt
		}
	}
	s.Updated = s.LastSeenAt
	return true, nil
}

// origin is what a message tells of its channel.
type origin struct {
	ID          int64     `parquet:"message_id"`
	Username    string    `parquet:"channel_username,optional"`
	Title       string    `parquet:"channel_title,optional"`
	Source      string    `parquet:"source,dict"`
	FirstSeenAt time.Time `parquet:"first_seen_at,timestamp(microsecond)"`
	LastSeenAt  time.Time `parquet:"last_seen_at,timestamp(microsecond)"`
}

// guess describes a channel by its newest message.
func (p *plan) guess(ctx context.Context, ch *collector.Channel) error {
	*ch = collector.Channel{ID: p.channelID}
	rows, _, err := pageRows[origin](ctx, p, 0, 1)
	if err != nil || len(rows) == 0 {
		return err
	}
	m := rows[0]
	ch.Username, ch.Title, ch.Source = m.Username, m.Title, m.Source
	ch.FirstSeenAt, ch.LastSeenAt = m.FirstSeenAt, m.LastSeenAt
	return nil
}

// extent fills in the bounds of the channel's ids, dates and looks.
func (p *plan) extent(s *ChannelSummary) {
	for i, part := range p.parts {
		if i == 0 {
			s.Lo, s.Hi = part.lo, part.hi
		}
		s.Lo, s.Hi = min(s.Lo, part.lo), max(s.Hi, part.hi)
		if at := part.observedAt(); at.After(s.Updated) {
			s.Updated = at
		}
		if part.Rows == 0 {
			continue
		}
		oldest, newest := time.UnixMicro(part.MinDate).UTC(), time.UnixMicro(part.MaxDate).UTC()
		if s.Oldest.IsZero() || oldest.Before(s.Oldest) {
			s.Oldest = oldest
		}
		if newest.After(s.Newest) {
			s.Newest = newest
		}
	}
}
