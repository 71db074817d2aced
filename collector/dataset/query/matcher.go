package query

import (
	"context"
	"fmt"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/search"
)

// Matcher holds rows to a query, with what the dataset knows: who bears the names, and what
// the earlier wordings were. It is safe for concurrent use, and tells what was so when it was made.
type Matcher struct {
	*search.Matcher
	earlier map[int64]map[int64][]string // texts of earlier wordings by channel and message; nil: they do not count
}

// Matcher binds a query to the dataset. With in:history it holds the texts of all earlier wordings
// of a channel, or of all when channelID is 0.
func (d *Reader) Matcher(ctx context.Context, q search.Query, channelID int64) (m *Matcher, err error) {
	m = &Matcher{}
	if m.Matcher, err = d.named(ctx, q); err != nil {
		return nil, err
	}
	if !q.InHistory() {
		return m, nil
	}
	ids := []int64{channelID}
	if channelID == 0 {
		if ids, err = d.Ids(ctx); err != nil {
			return nil, fmt.Errorf("read earlier wordings: %w", err)
		}
	}
	m.earlier = map[int64]map[int64][]string{}
	for _, id := range ids {
		if m.earlier[id], err = d.earlierTexts(ctx, id); err != nil {
			return nil, fmt.Errorf("read earlier wordings of channel %d: %w", id, err)
		}
	}
	return m, nil
}

// named finds who is meant by a query's names.
func (d *Reader) named(ctx context.Context, q search.Query) (*search.Matcher, error) {
	channels, others := q.Named()
	if !channels && !others {
		return q.Matcher(nil), nil
	}
	var failed error
	m := q.Matcher(func(do func(search.Who, ...string)) {
		failed = d.EachCalled(ctx, others, func(who catalog.PeerKey, names ...string) { do(search.Who(who), names...) })
	})
	return m, failed
}

// earlierTexts are the texts of a channel's messages' earlier wordings.
func (d *Reader) earlierTexts(ctx context.Context, channelID int64) (map[int64][]string, error) {
	out := map[int64][]string{}
	err := d.EachVersion(ctx, channelID, func(vs []part.Version) error {
		texts := make([]string, len(vs))
		for i := range vs {
			texts[i] = strings.Clone(vs[i].Text)
		}
		out[vs[0].ID] = texts
		return nil
	})
	return out, err
}

// Match reports whether a message is meant. It is a row whose comments are tied, with at least
// the columns that the query needs.
func (m *Matcher) Match(row *collector.Message) bool {
	return m.Matcher.Match(row, m.earlier[row.ChannelID][row.ID]...)
}

// known is what an answer hangs on beside the parts of messages.
func (d *Reader) known(ctx context.Context, q Question, m *search.Matcher) (string, error) {
	meant := m.Meant()
	if !q.filter.Search.InHistory() {
		return meant, nil
	}
	plans, err := d.PlansNow(ctx, q.ChannelID)
	if err != nil {
		return "", err
	}
	for _, p := range plans {
		_, generation, err := d.VersionParts.Channel(p.ChannelID).Snapshot(ctx)
		if err != nil {
			return "", err
		}
		meant += fmt.Sprint(";", generation)
	}
	return meant, nil
}

// threadsFor are the threads by which it is told whether a channel's messages are comments;
// nil where nobody asks.
func (d *Reader) threadsFor(ctx context.Context, q search.Query, channelID int64) (fold.Threads, error) {
	if q.IsZero() || !part.WantsThreads(q.Needs()) {
		return nil, nil
	}
	return d.ThreadsOf(ctx, channelID)
}
