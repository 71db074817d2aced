package chart

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/query"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// Kind is a kind of chart.
type Kind struct {
	Name, Title string
	Draw        func(n Numbers) Chart
}

// All are the charts of the dataset; Name is also the name of the file.
var All = []Kind{
	{"messages-by-day", "Messages a day", func(n Numbers) Chart { return n.messages("day") }},
	{"messages-by-week", "Messages a week", func(n Numbers) Chart { return n.messages("week") }},
	{"messages-by-month", "Messages a month", func(n Numbers) Chart { return n.messages("month") }},
	{"views", "Views per message, by week", func(n Numbers) Chart { return n.views() }},
	{"media", "Media", func(n Numbers) Chart { return n.top("media", mediaLabels(n.Media)) }},
	{"hours", "Weekdays and hours", func(n Numbers) Chart { return n.hours() }},
	{"domains", "Domains linked to most", func(n Numbers) Chart { return n.top("domain", n.Domains) }},
	{"hashtags", "Hashtags", func(n Numbers) Chart { return n.top("hashtag", prefixed("#", n.Hashtags)) }},
	{"mentions", "Usernames mentioned most", func(n Numbers) Chart { return n.top("username", n.Mentions) }},
	{"forwards", "Forwarded from", func(n Numbers) Chart { return n.origins() }},
}

// Numbers are counted messages and the names of their channels.
type Numbers struct {
	*query.Stats
	Known map[int64]catalog.ChannelSummary
}

const (
	mostBars   = 15
	mostSeries = 8 // the channels with most messages; the others are one series
)

// rank returns the channels that a chart over time draws, most messages first, and for every
// channel the one as which it is drawn.
func (n Numbers) rank() (drawn []int64, as map[int64]int64) {
	total := map[int64]int64{}
	for at, day := range n.Days {
		total[at.ChannelID] += day.Messages
	}
	ids := slices.SortedFunc(maps.Keys(total), func(a, b int64) int { return cmp.Or(cmp.Compare(total[b], total[a]), cmp.Compare(a, b)) })
	as = map[int64]int64{}
	for i, id := range ids {
		if i < mostSeries {
			drawn, as[id] = append(drawn, id), id
		}
	}
	if len(ids) > mostSeries {
		drawn = append(drawn, 0)
	}
	return drawn, as
}

// begin is the first day of the period (unit) that contains a day, and of the next period.
// Weeks begin on Monday.
func begin(day int64, unit string) (from, to time.Time) {
	t := time.Unix(day*86400, 0).UTC()
	switch unit {
	case "week":
		t = t.AddDate(0, 0, -int(t.Weekday()+6)%7)
		return t, t.AddDate(0, 0, 7)
	case "month":
		t = t.AddDate(0, 0, 1-t.Day())
		return t, t.AddDate(0, 1, 0)
	}
	return t, t.AddDate(0, 0, 1)
}

// bucket is a channel's period.
type bucket struct {
	channelID int64
	from      time.Time
}

// over sums the days by period, and by channel as rank maps it; nil: by each channel.
func (n Numbers) over(unit string, as map[int64]int64) map[bucket]query.DayStats {
	out := map[bucket]query.DayStats{}
	for at, day := range n.Days {
		from, _ := begin(at.Day, unit)
		id := at.ChannelID
		if as != nil {
			id = as[id]
		}
		b := out[bucket{id, from}]
		b.Messages, b.Viewed, b.Views = b.Messages+day.Messages, b.Viewed+day.Viewed, b.Views+day.Views
		out[bucket{id, from}] = b
	}
	return out
}

// overTime draws a number for each period and drawn channel, and lists it for every channel.
func (n Numbers) overTime(unit, column, axis string, value func(query.DayStats) (float64, bool)) Chart {
	drawn, as := n.rank()
	c := Chart{XAxis: unit + ", UTC", YAxis: axis, Head: []string{unit, "channel_id", "channel", column}, Series: []Series{},
		Words: axis + " over time, a row for each channel; the numbers are in the table."}
	summed := n.over(unit, as)
	ordered := slices.SortedFunc(maps.Keys(summed), compareBuckets)
	for _, id := range drawn {
		s := Series{Label: n.channel(id)}
		for _, b := range ordered {
			v, ok := value(summed[b])
			if b.channelID != id || !ok {
				continue
			}
			_, to := begin(b.from.Unix()/86400, unit)
			s.Points = append(s.Points, Point{From: b.from, To: to, Value: v})
			if c.From.IsZero() || b.from.Before(c.From) {
				c.From = b.from
			}
			if to.After(c.To) {
				c.To = to
			}
		}
		c.Series = append(c.Series, s)
	}
	each := n.over(unit, nil)
	for _, b := range slices.SortedFunc(maps.Keys(each), compareBuckets) {
		if v, ok := value(each[b]); ok {
			c.Rows = append(c.Rows, []string{views.Day(b.from), strconv.FormatInt(b.channelID, 10), n.Known[b.channelID].Username,
				strconv.FormatFloat(v, 'f', -1, 64)})
		}
	}
	if len(drawn) == 0 {
		c.Series = nil
	}
	return c
}

func compareBuckets(a, b bucket) int {
	return cmp.Or(a.from.Compare(b.from), cmp.Compare(a.channelID, b.channelID))
}

func (n Numbers) messages(unit string) Chart {
	return n.overTime(unit, "messages", "messages", func(d query.DayStats) (float64, bool) { return float64(d.Messages), true })
}

func (n Numbers) views() Chart {
	return n.overTime("week", "views_per_message", "views per message", func(d query.DayStats) (float64, bool) {
		return float64(d.Views) / float64(max(1, d.Viewed)), d.Viewed > 0
	})
}

func (n Numbers) hours() Chart {
	c := Chart{XAxis: "hour, UTC", YAxis: "messages", Hours: &n.Hours, Head: []string{"weekday", "hour", "messages"},
		Words: "Messages by weekday and hour; the numbers are in the table."}
	for row := range 7 {
		weekday := time.Weekday((row + 1) % 7)
		for hour, count := range n.Hours[weekday] {
			c.Rows = append(c.Rows, []string{weekday.String(), strconv.Itoa(hour), strconv.FormatInt(count, 10)})
		}
	}
	return c
}

// top draws the largest counts and lists all of them.
func (n Numbers) top(what string, counts map[string]int64) Chart {
	c := Chart{XAxis: "messages", YAxis: what, Head: []string{what, "messages"}}
	for _, label := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	}) {
		if len(c.Bars) < mostBars {
			c.Bars = append(c.Bars, Bar{Label: label, Value: counts[label]})
		}
		c.Rows = append(c.Rows, []string{label, strconv.FormatInt(counts[label], 10)})
	}
	return c
}

// origins counts where messages were forwarded from. Origins with an id count together
// whatever their name; others are distinguished by name alone.
func (n Numbers) origins() Chart {
	c := Chart{XAxis: "messages", YAxis: "source", Head: []string{"source", "type", "id", "messages"}}
	counts, names := map[query.Origin]int64{}, map[query.Origin]string{}
	for from, count := range n.Forwards {
		who := from
		if from.ID != 0 {
			who = query.Origin{Type: from.Type, ID: from.ID}
		}
		counts[who] += count
		names[who] = max(names[who], n.origin(from)) // one of the names, always the same
	}
	for _, who := range slices.SortedFunc(maps.Keys(counts), func(a, b query.Origin) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(names[a], names[b]), cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
	}) {
		name, id := names[who], ""
		if who.ID != 0 {
			id = strconv.FormatInt(who.ID, 10)
		}
		if len(c.Bars) < mostBars {
			c.Bars = append(c.Bars, Bar{Label: name, Value: counts[who]})
		}
		c.Rows = append(c.Rows, []string{name, who.Type, id, strconv.FormatInt(counts[who], 10)})
	}
	return c
}

// origin names whom a message was forwarded from.
func (n Numbers) origin(from query.Origin) string {
	var ch catalog.ChannelSummary
	if from.Type == collector.PeerChannel {
		ch = n.Known[from.ID]
	}
	name := cmp.Or(ch.Username, from.Username, from.Name, ch.Title)
	if name == "" && from.ID != 0 {
		name = from.Type + " " + strconv.FormatInt(from.ID, 10)
	}
	return cmp.Or(name, "somebody who hides their name")
}

func mediaLabels(counts map[string]int64) map[string]int64 {
	out := map[string]int64{}
	for name, count := range counts {
		out[cmp.Or(words.MediaLabel(name), "none")] += count
	}
	return out
}

func prefixed(with string, counts map[string]int64) map[string]int64 {
	out := map[string]int64{}
	for name, count := range counts {
		out[with+name] = count
	}
	return out
}

// channel is a channel's name in a chart.
func (n Numbers) channel(id int64) string {
	if id == 0 {
		return "other channels"
	}
	return views.ChannelName(n.Known[id].Username, id)
}
