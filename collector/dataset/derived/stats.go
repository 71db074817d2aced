package derived

import (
	"cmp"
	"encoding/binary"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"telegramtrac/collector"
)

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

// NewStats counts nothing yet.
func NewStats() *Stats {
	return &Stats{
		Days: map[ChannelDay]DayStats{}, Media: map[string]int64{}, Domains: map[string]int64{},
		Hashtags: map[string]int64{}, Mentions: map[string]int64{}, Forwards: map[Origin]int64{},
	}
}

// StatsRow is what the numbers are made of.
type StatsRow struct {
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

// Add counts a message. Of one that only its object tells to be a forward, see
// [MayHide], it is not counted that it is one: that is [Stats.AddHidden].
func (s *Stats) Add(row *StatsRow) {
	s.addDay(row.ChannelID, row.Date, row.Views)
	s.Media[row.Media]++
	addOnce(s.Domains, row.Links, Host)
	addOnce(s.Hashtags, row.Hashtags, strings.ToLower)
	addOnce(s.Mentions, row.Mentions, strings.ToLower)
	if row.FromType != "" || row.FromName != "" || row.Forwarded != nil {
		from := Origin{row.FromType, row.FromID, row.FromUser, row.FromName}
		if _, known := s.Forwards[from]; !known {
			from.Username, from.Name = strings.Clone(from.Username), strings.Clone(from.Name) // of the texts of many rows
		}
		s.Forwards[from]++
	}
}

// AddHidden counts forwards whose origin is hidden.
func (s *Stats) AddHidden(n int64) {
	if n > 0 {
		s.Forwards[Origin{}] += n
	}
}

// AddAll counts what others counted.
func (s *Stats) AddAll(o *Stats) {
	for day, n := range o.Days {
		at := s.Days[day]
		s.Days[day] = DayStats{at.Messages + n.Messages, at.Viewed + n.Viewed, at.Views + n.Views}
	}
	for day := range o.Hours {
		for hour, n := range o.Hours[day] {
			s.Hours[day][hour] += n
		}
	}
	addCounts(s.Media, o.Media)
	addCounts(s.Domains, o.Domains)
	addCounts(s.Hashtags, o.Hashtags)
	addCounts(s.Mentions, o.Mentions)
	addCounts(s.Forwards, o.Forwards)
}

func addCounts[K comparable](to, from map[K]int64) {
	for key, n := range from {
		to[key] += n
	}
}

// MayHide reports whether a source has objects that [collector.HidesOrigin] is true of,
// though no column tells of a forward. Others' objects need not be read.
func MayHide(source string) bool {
	return source == collector.SourcePreview || source == collector.SourceDesktop
}

const day = int64(24 * time.Hour / time.Microsecond)

func (s *Stats) addDay(channelID, date int64, views *int64) {
	at := ChannelDay{channelID, floorDiv(date, day)}
	n := s.Days[at]
	n.Messages++
	if views != nil {
		n.Viewed++
		n.Views += *views
	}
	s.Days[at] = n
	t := time.UnixMicro(date).UTC()
	s.Hours[t.Weekday()][t.Hour()]++
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
		if k != "" && !again {
			if _, known := counts[k]; !known {
				k = strings.Clone(k) // of the texts of many rows
			}
			counts[k]++
		}
	}
}

// otherScheme matches addresses like mailto:a@b.c, and no example.org:8080/x.
var otherScheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+-]*:(\D|\d{6}|$)`)

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

const statsSection = "stats"

// Stats returns the numbers of a row group's messages; ok is false where they are not
// known.
func (k *Known) Stats(g int) (s *Stats, ok bool) {
	b, _, ok := k.section(g, statsSection)
	if !ok {
		return nil, false
	}
	return decodeStats(b)
}

func (s *Stats) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(s.Days)))
	for _, at := range slices.SortedFunc(maps.Keys(s.Days), compareDay) {
		for _, n := range []int64{at.ChannelID, at.Day, s.Days[at].Messages, s.Days[at].Viewed, s.Days[at].Views} {
			b = appendInt(b, n)
		}
	}
	for day := range s.Hours {
		for _, n := range s.Hours[day] {
			b = appendInt(b, n)
		}
	}
	for _, counts := range []map[string]int64{s.Media, s.Domains, s.Hashtags, s.Mentions} {
		b = appendCounts(b, counts)
	}
	b = binary.AppendUvarint(b, uint64(len(s.Forwards)))
	for _, o := range slices.SortedFunc(maps.Keys(s.Forwards), compareOrigin) {
		b = appendInt(appendString(b, o.Type), o.ID)
		b = appendInt(appendString(appendString(b, o.Username), o.Name), s.Forwards[o])
	}
	return b
}

func compareDay(a, b ChannelDay) int {
	return cmp.Or(cmp.Compare(a.ChannelID, b.ChannelID), cmp.Compare(a.Day, b.Day))
}

func compareOrigin(a, b Origin) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Username, b.Username), cmp.Compare(a.Name, b.Name))
}

func decodeStats(b []byte) (*Stats, bool) {
	r, s := reader{b: b}, NewStats()
	for range r.len() {
		at := ChannelDay{r.int(), r.int()}
		s.Days[at] = DayStats{r.int(), r.int(), r.int()}
	}
	for day := range s.Hours {
		for hour := range s.Hours[day] {
			s.Hours[day][hour] = r.int()
		}
	}
	s.Media, s.Domains, s.Hashtags, s.Mentions = r.counts(), r.counts(), r.counts(), r.counts()
	for range r.len() {
		o := Origin{Type: r.string(), ID: r.int(), Username: r.string(), Name: r.string()}
		s.Forwards[o] = r.int()
	}
	return s, r.done()
}
