package catalog

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
)

// topicRow is what of a row says which topic it is in.
type topicRow struct {
	TopicID int64  `parquet:"topic_id,optional"`
	Title   string `parquet:"topic_title,optional"`
}

// Topics returns the topics that a channel's messages are in, and those that its
// details name, ascending by id; none of a channel that is no forum. A title is the
// one that was told last, by the details or, where they do not tell, by the newest
// message that does; "" where nobody told it. They are kept until the channel's
// parts change.
func (d *Catalog) Topics(ctx context.Context, channelID int64) ([]collector.Topic, error) {
	about, known, err := d.Describe(ctx, channelID)
	if err != nil || known && about.Kind == collector.Broadcast {
		return nil, err
	}
	of, err := d.topicsOfRows(ctx, channelID)
	if err != nil {
		return nil, fmt.Errorf("find the topics of channel %d: %w", channelID, err)
	}
	titles := maps.Clone(of)
	for _, t := range about.Topics {
		if titles == nil {
			titles = map[int64]string{}
		}
		titles[t.ID] = cmp.Or(t.Title, titles[t.ID])
	}
	out := make([]collector.Topic, 0, len(titles))
	for _, id := range slices.Sorted(maps.Keys(titles)) {
		out = append(out, collector.Topic{ID: id, Title: titles[id]})
	}
	return out, nil
}

// topicsOfRows are the topics that rows name, with their last titles.
func (d *Catalog) topicsOfRows(ctx context.Context, channelID int64) (map[int64]string, error) {
	p, err := d.Plan(ctx, channelID)
	if err != nil {
		return nil, err
	}
	return p.Topics.Get(func() (map[int64]string, error) {
		found := map[int64]string{}
		for row, err := range fold.ScanColumns[topicRow](ctx, d.Rows, channelID) {
			if err != nil {
				return nil, err
			}
			if row.TopicID == 0 {
				continue
			}
			if title, ok := found[row.TopicID]; !ok || row.Title != "" && row.Title != title {
				found[row.TopicID] = strings.Clone(row.Title)
			}
		}
		return found, nil
	})
}
