package query

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
)

// StatsQuery says of which messages numbers are wanted.
type StatsQuery struct {
	ChannelID    int64     // 0: all channels
	Since, Until time.Time // of the date, until exclusive; zero: open
}

// Stats are numbers about messages, without service messages. Days and hours
// are UTC.
type Stats struct {
	Days     map[ChannelDay]DayStats
	Hours    [7][24]int64     // by weekday, Sunday first, and hour
	Media    map[string]int64 // by media_type; "": none
	Domains  map[string]int64 // messages that link to a host, without www.
	Hashtags map[string]int64 // messages with a hashtag, in lower case
	Mentions map[string]int64 // messages that mention a username, in lower case
	Forwards map[Origin]int64 // messages forwarded from somewhere
}

// ChannelDay is a day of a channel; Day counts from 1970-01-01.
type ChannelDay struct{ ChannelID, Day int64 }

// DayStats are a day's numbers.
type DayStats struct {
	Messages int64
	Viewed   int64 // messages that say their views
	Views    int64 // of these, together
}

// Origin is where messages were forwarded from.
type Origin struct {
	Type     string // of the peer; "" where it hides
	ID       int64
	Username string
	Name     string
}

// statsRow is what the numbers are made of.
type statsRow struct {
	ChannelID int64    `parquet:"channel_id"`
	Kind      string   `parquet:"kind,dict"`
	Date      int64    `parquet:"date,timestamp(microsecond)"`
	Views     *int64   `parquet:"views,optional"`
	FromType  string   `parquet:"forward_from_type,optional,dict"`
	FromID    int64    `parquet:"forward_from_id,optional"`
	FromUser  string   `parquet:"forward_from_username,optional"`
	FromName  string   `parquet:"forward_from_name,optional"`
	Forwarded *int64   `parquet:"forward_date,optional,timestamp(microsecond)"`
	Source    string   `parquet:"source,dict"`
	Media     string   `parquet:"media_type,optional,dict"`
	Links     []string `parquet:"links,optional,list"`
	Mentions  []string `parquet:"mentions,optional,list"`
	Hashtags  []string `parquet:"hashtags,optional,list"`
}

// In microseconds.
const (
	hour = int64(time.Hour / time.Microsecond)
	day  = 24 * hour
)

// Stats counts. It reads the columns it needs of all rows once, and keeps the
// last answer until the data changes. Who asks while others wait shares what was
// begun after it had asked: so the charts of a page are counted twice at most,
// even while the data grows. The answer is not to be changed.
func (d *Reader) Stats(ctx context.Context, q StatsQuery) (*Stats, error) {
	asked := time.Now()
	plans, err := d.PlansNow(ctx, q.ChannelID)
	if err != nil {
		return nil, err
	}
	select {
	case d.Counted.Turn <- struct{}{}:
		defer func() { <-d.Counted.Turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("count messages: %w", ctx.Err())
	}
	if k := &d.Counted; k.Stats != nil && k.query == q && (k.begun.After(asked) || slices.Equal(k.plans, plans)) {
		return k.Stats, nil
	}
	begun := time.Now()
	s, err := d.countStats(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("count messages: %w", err)
	}
	d.Counted.Stats, d.Counted.query, d.Counted.plans, d.Counted.begun = s, q, plans, begun
	return s, nil
}

// otherScheme matches addresses like mailto:a@b.c, and no example.org:8080/x.
var otherScheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+-]*:(\D|\d{6}|$)`)

// keptStats is the last answer.
type keptStats struct {
	Turn  chan struct{} // holds one while its holder counts; guards what follows
	query StatsQuery
	plans []*fold.Plan
	begun time.Time
	Stats *Stats
}

// counting is what one worker counts.
type counting struct {
	Stats
	hiding map[int64]bool // channels with forwards that only their objects may tell of
	last   ChannelDay     // whose numbers are in day, and not yet in Days
	day    DayStats
}

func newCounting() *counting {
	return &counting{hiding: map[int64]bool{}, Stats: Stats{
		Days: map[ChannelDay]DayStats{}, Media: map[string]int64{}, Domains: map[string]int64{},
		Hashtags: map[string]int64{}, Mentions: map[string]int64{}, Forwards: map[Origin]int64{},
	}}
}

func (d *Reader) countStats(ctx context.Context, q StatsQuery) (*Stats, error) {
	within := Filter{Since: q.Since, Until: q.Until}
	all, err := fold.Tally(ctx, d.Rows, q.ChannelID, newCounting, func(c *counting, row *statsRow) {
		if row.Kind == collector.KindMessage && within.holdsDate(row.Date) {
			c.Add(row)
			if mayHide(row.Source) {
				c.hiding[row.ChannelID] = true
			}
		}
	})
	if err != nil {
		return nil, err
	}
	sum := newCounting()
	for _, c := range all {
		sum.join(c)
	}
	for id := range sum.hiding {
		n, err := d.countHidden(ctx, id, &within)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			sum.Forwards[Origin{}] += n
		}
	}
	return &sum.Stats, nil
}

// join adds what another worker counted.
func (c *counting) join(o *counting) {
	o.turn(ChannelDay{})
	for at, n := range o.Days {
		c.Days[at] = c.Days[at].plus(n)
	}
	for day, hours := range o.Hours {
		for hour, n := range hours {
			c.Hours[day][hour] += n
		}
	}
	addAll(c.Media, o.Media)
	addAll(c.Domains, o.Domains)
	addAll(c.Hashtags, o.Hashtags)
	addAll(c.Mentions, o.Mentions)
	addAll(c.Forwards, o.Forwards)
	maps.Copy(c.hiding, o.hiding)
}

func addAll[K comparable](to, from map[K]int64) {
	for k, n := range from {
		to[k] += n
	}
}

func (d DayStats) plus(o DayStats) DayStats {
	return DayStats{d.Messages + o.Messages, d.Viewed + o.Viewed, d.Views + o.Views}
}

// turn goes to another day: rows come by date, so that most are of the day before.
func (c *counting) turn(to ChannelDay) {
	if c.day != (DayStats{}) {
		c.Days[c.last] = c.Days[c.last].plus(c.day)
	}
	c.last, c.day = to, DayStats{}
}

func (s *counting) Add(row *statsRow) {
	if at := (ChannelDay{row.ChannelID, floorDiv(row.Date, day)}); at != s.last {
		s.turn(at)
	}
	s.day.Messages++
	if row.Views != nil {
		s.day.Viewed++
		s.day.Views += *row.Views
	}
	weekday := (s.last.Day%7 + 11) % 7 // 1970 began on a Thursday
	s.Hours[weekday][floorDiv(row.Date, hour)-s.last.Day*24]++
	s.Media[row.Media]++
	addOnce(s.Domains, row.Links, Host)
	addOnce(s.Hashtags, row.Hashtags, strings.ToLower)
	addOnce(s.Mentions, row.Mentions, strings.ToLower)
	if row.FromType != "" || row.FromName != "" || row.Forwarded != nil {
		from := Origin{row.FromType, row.FromID, row.FromUser, row.FromName}
		if n, known := s.Forwards[from]; known {
			s.Forwards[from] = n + 1
		} else {
			s.Forwards[Origin{row.FromType, row.FromID, strings.Clone(row.FromUser), strings.Clone(row.FromName)}] = 1
		}
	}
}

func floorDiv(a, b int64) int64 {
	if a < 0 {
		return (a+1)/b - 1
	}
	return a / b
}

// addOnce counts each of a message's values once.
func addOnce(counts map[string]int64, values []string, key func(string) string) {
	for i, v := range values {
		k := key(v)
		again := slices.ContainsFunc(values[:i], func(earlier string) bool { return key(earlier) == k })
		if k == "" || again {
			continue
		}
		if n, known := counts[k]; known {
			counts[k] = n + 1
		} else {
			counts[strings.Clone(k)] = 1 // a key holds no more of what was read than itself
		}
	}
}

// Host is the host of an address of the web, "" for another.
func Host(link string) string {
	scheme, _, full := strings.Cut(link, "://")
	if full && !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return ""
	}
	if !full && otherScheme.MatchString(link) {
		return ""
	}
	h := collector.Domain(link)
	if strings.ContainsAny(h, " %<>\"") || strings.HasPrefix(h, "[") != strings.HasSuffix(h, "]") {
		return ""
	}
	return h
}
