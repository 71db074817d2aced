package catalog

import (
	"cmp"
	"context"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
)

// State is what a channel was called, and what else of it was the same, from one
// look to another: one row of channels.parquet. The columns are those of the last of
// these looks.
//
// It is for writing: parquet-go v0.32.0 reads nulls into the pointers of embedded
// structs as zeroes.
type State struct {
	collector.Channel
	From    time.Time `parquet:"state_from,timestamp(microsecond)"`
	Until   time.Time `parquet:"state_until,timestamp(microsecond)"`
	Current bool      `parquet:"current"` // the state of the newest details; each channel has one
}

// sameState reports whether two looks found a channel called the same, and what it
// says of itself. Counters, pictures and topics are no part of that; nor is what one
// source tells and another does not.
func sameState(a, b collector.Channel) bool {
	if a.Username != b.Username || a.Title != b.Title || a.About != b.About || a.Kind != "" && b.Kind != "" && a.Kind != b.Kind {
		return false
	}
	return a.Source != b.Source || slices.Equal(a.Usernames, b.Usernames) && a.LinkedChannelID == b.LinkedChannelID &&
		a.Verified == b.Verified && a.Scam == b.Scam && a.Fake == b.Fake && a.Restricted == b.Restricted && a.Forum == b.Forum
}

// States returns the states of a channel, oldest first; one of a channel without
// details, of which only its messages tell. It fails with ErrNoChannel.
func (d *Catalog) States(ctx context.Context, channelID int64) ([]State, error) {
	seen, _, err := d.DetailFiles.Channel(channelID).Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	if len(seen) == 0 {
		s, err := d.summary(ctx, channelID)
		return []State{{s.Channel, s.FirstSeenAt, s.LastSeenAt, true}}, err
	}
	newest := slices.MaxFunc(seen, func(a, b fold.Details) int { return a.Revision.Compare(b.Revision) })
	first := newest.Channel.FirstSeenAt
	seen = slices.Clone(seen)
	slices.SortFunc(seen, func(a, b fold.Details) int {
		return cmp.Or(a.Channel.LastSeenAt.Compare(b.Channel.LastSeenAt), a.Revision.Compare(b.Revision))
	})
	var out []State
	for _, e := range seen {
		if e.Channel.FirstSeenAt.Before(first) {
			first = e.Channel.FirstSeenAt
		}
		n := len(out)
		if n == 0 || !sameState(out[n-1].Channel, e.Channel) {
			out = append(out, State{From: e.Channel.LastSeenAt})
			n++
		}
		s := &out[n-1]
		// What stays behind tells when, and leaves what is known exactly.
		if s.Until.IsZero() || !s.Current && !collector.StaysBehind(e.Channel.Source, s.Source) {
			s.Channel = e.Channel
		}
		s.Until, s.Current = e.Channel.LastSeenAt, s.Current || e.Revision == newest.Revision
	}
	for i := range out {
		out[i].FirstSeenAt = first
	}
	return out, nil
}
