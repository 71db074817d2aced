package query

import (
	"context"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/search"
)

// finding is what all blocks of one question are searched with.
type finding struct {
	*Reader
	matcher *search.Matcher
	earlier map[int64]map[int64][]string // see Matcher
	threads map[int64]fold.Threads       // by channel, where it matters what is a comment
}

// prepare reads what is asked of a whole channel.
func (by *finding) prepare(ctx context.Context, q Question, plans []*fold.Plan) (err error) {
	asked := q.filter.Search
	by.earlier, by.threads = map[int64]map[int64][]string{}, map[int64]fold.Threads{}
	for _, p := range plans {
		if by.threads[p.ChannelID], err = by.threadsFor(ctx, asked, p.ChannelID); err != nil {
			return err
		}
		if !asked.InHistory() {
			continue
		}
		if by.earlier[p.ChannelID], err = by.earlierTexts(ctx, p.ChannelID); err != nil {
			return err
		}
	}
	return nil
}

// sift clears in where the query does not hold for a row of an unmerged block.
func (by *finding) sift(ctx context.Context, c blockColumns, b *block, in []bool) error {
	s := &sieve{blockColumns: c, block: b, matcher: by.matcher, threads: by.threads[b.channelID]}
	if earlier := by.earlier[b.channelID]; len(earlier) > 0 {
		ids, err := c.Int64s("message_id", c.From, c.To)
		if err != nil {
			return err
		}
		s.earlier = map[int][]string{}
		for i, id := range ids {
			if texts, ok := earlier[id]; ok {
				s.earlier[i] = texts
			}
		}
	}
	return s.decide(ctx, in)
}

// merged tells of each row of a merged block whether the query holds; nil: nothing is asked.
func (by *finding) merged(ctx context.Context, q Question, b *block, open mend.Files) ([]bool, error) {
	if q.filter.Search.IsZero() {
		return nil, nil
	}
	for _, column := range q.filter.Search.Needs() {
		if column == "raw" {
			return mergedMeant(ctx, by, b, open, func(row *collector.Message) *collector.Message { return row })
		}
	}
	return mergedMeant(ctx, by, b, open, (*slim).message)
}

func mergedMeant[T any](ctx context.Context, by *finding, b *block, open mend.Files, of func(*T) *collector.Message) ([]bool, error) {
	out := make([]bool, 0, b.rows)
	for row, err := range fold.MergedRows[T](ctx, b.Segment, 0, -1, open) {
		if err != nil {
			return nil, err
		}
		m := of(row)
		by.threads[b.channelID].Tie(m)
		m.ChannelID = b.channelID
		out = append(out, by.matcher.Match(m, by.earlier[b.channelID][m.ID]...))
	}
	return out, nil
}

// slim is what queries ask of a message, but for raw.
type slim struct {
	ID                  int64      `parquet:"message_id"`
	Kind                string     `parquet:"kind,dict"`
	Date                time.Time  `parquet:"date,timestamp(microsecond)"`
	Text                string     `parquet:"text"`
	PostAuthor          string     `parquet:"post_author,optional"`
	FromType            string     `parquet:"from_type,optional,dict"`
	FromID              int64      `parquet:"from_id,optional"`
	Views               *int64     `parquet:"views,optional"`
	Forwards            *int64     `parquet:"forwards,optional"`
	Replies             *int64     `parquet:"replies,optional"`
	ReactionsTotal      *int64     `parquet:"reactions_total,optional"`
	ForwardFromType     string     `parquet:"forward_from_type,optional,dict"`
	ForwardFromID       int64      `parquet:"forward_from_id,optional"`
	ForwardFromUsername string     `parquet:"forward_from_username,optional"`
	ForwardFromName     string     `parquet:"forward_from_name,optional"`
	ReplyToMessageID    int64      `parquet:"reply_to_message_id,optional"`
	ReplyToChannelID    int64      `parquet:"reply_to_channel_id,optional"`
	ReplyToTopID        int64      `parquet:"reply_to_top_id,optional"`
	ThreadChannelID     int64      `parquet:"thread_channel_id,optional"`
	ThreadMessageID     int64      `parquet:"thread_message_id,optional"`
	AlbumID             int64      `parquet:"album_id,optional"`
	MediaType           string     `parquet:"media_type,optional,dict"`
	MIMEType            string     `parquet:"mime_type,optional,dict"`
	URL                 string     `parquet:"url,optional"`
	Domain              string     `parquet:"domain,optional"`
	Links               []string   `parquet:"links,optional,list"`
	Mentions            []string   `parquet:"mentions,optional,list"`
	Hashtags            []string   `parquet:"hashtags,optional,list"`
	PollID              int64      `parquet:"poll_id,optional"`
	GeoType             string     `parquet:"geo_type,optional,dict"`
	Pinned              bool       `parquet:"pinned"`
	GoneAt              *time.Time `parquet:"gone_at,optional,timestamp(microsecond)"`
}

func (s *slim) message() *collector.Message {
	return &collector.Message{ID: s.ID, Kind: s.Kind, Date: s.Date, Text: s.Text, PostAuthor: s.PostAuthor, FromType: s.FromType,
		FromID: s.FromID, Views: s.Views, Forwards: s.Forwards, Replies: s.Replies, ReactionsTotal: s.ReactionsTotal,
		ForwardFromType: s.ForwardFromType, ForwardFromID: s.ForwardFromID, ForwardFromUsername: s.ForwardFromUsername,
		ForwardFromName: s.ForwardFromName, ReplyToMessageID: s.ReplyToMessageID, ReplyToChannelID: s.ReplyToChannelID,
		ReplyToTopID: s.ReplyToTopID, ThreadChannelID: s.ThreadChannelID, ThreadMessageID: s.ThreadMessageID, AlbumID: s.AlbumID,
		MediaType: s.MediaType, MIMEType: s.MIMEType, URL: s.URL, Domain: s.Domain, Links: s.Links, Mentions: s.Mentions,
		Hashtags: s.Hashtags, PollID: s.PollID, GeoType: s.GeoType, Pinned: s.Pinned, GoneAt: s.GoneAt}
}
