// Package days counts the days on which people could reach the program: only these count when
// something is deleted because of its age.
package days

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// graceDays is how many served days must pass, after the program was away for longer than that
// or its clock jumped, before anything is deleted because of its age.
const graceDays = 7

// mostStretches limits the calendar; days before its first stretch count as served.
const mostStretches = 1000

// Prefix and key are where the record of days is in the bucket.
const (
	Prefix = "days"
	key    = Prefix + ".served"
)

// Day is how exact all is that is counted here.
const Day = 24 * time.Hour

// calendar records the served days: those on which somebody reached the program, so that
// people could have come back to their data. Only they count towards its deletion. Days are
// counted from 1970-01-01, in UTC.
type calendar struct {
	Served [][2]int64 `json:"served"` // stretches of days, first and last, ascending and not adjacent
	Doubt  int64      `json:"doubt"`  // the day on which the latest grace began
}

func dayOf(t time.Time) int64 { return t.UTC().Truncate(Day).Unix() / int64(Day/time.Second) }

// last returns the newest served day, 0 if there is none.
func (c calendar) last() int64 {
	if len(c.Served) == 0 {
		return 0
	}
	return c.Served[len(c.Served)-1][1]
}

// between counts the served days of a range that includes both ends. Days before the first
// recorded one count as served.
func (c calendar) between(from, to int64) int64 {
	var n int64
	if len(c.Served) == 0 || from < c.Served[0][0] {
		before := to
		if len(c.Served) > 0 {
			before = min(to, c.Served[0][0]-1)
		}
		n = max(0, before-from+1)
	}
	for _, s := range c.Served {
		n += max(0, min(to, s[1])-max(from, s[0])+1)
	}
	return n
}

// doubtful reports whether nothing may be deleted because of its age on this day: the program
// was away, its clock jumped, or fewer than graceDays days were served since.
func (c calendar) doubtful(today int64) bool {
	away, back := today-c.last() > graceDays, today < c.last()
	return away || back || c.between(c.Doubt, today-1) < graceDays
}

// note returns the calendar with today as a served day. jumped means that the clock advanced
// faster than time passed.
func (c calendar) note(today int64, jumped bool) calendar {
	if len(c.Served) == 0 || today-c.last() > graceDays || today < c.last() || jumped {
		c.Doubt = today
	}
	var out [][2]int64
	for _, s := range c.Served { // days in the future came from a wrong clock
		if s[0] <= today {
			out = append(out, [2]int64{s[0], min(s[1], today)})
		}
	}
	switch n := len(out); {
	case n > 0 && out[n-1][1] == today:
	case n > 0 && out[n-1][1] == today-1:
		out[n-1][1] = today
	default:
		out = append(out, [2]int64{today, today})
	}
	c.Served = out[max(0, len(out)-mostStretches):]
	return c
}

// Days is this process's copy of the calendar.
type Days struct {
	bucket Bucket
	now    func() time.Time
	log    *slog.Logger

	mu       sync.Mutex
	calendar calendar
	noted    int64                               // the last day that this process recorded
	since    time.Time                           // when this process recorded its first day, or the first after its clock jumped
	from     int64                               // the day of since
	elapsed  func(since time.Time) time.Duration // by a clock that cannot be set
}

// Bucket is where the calendar is stored.
type Bucket interface {
	GetJSON(ctx context.Context, key string, v any) error // leaves v alone when there is none
	PutJSON(ctx context.Context, key string, v any) error
}

// Open reads the calendar.
func Open(ctx context.Context, bucket Bucket, now func() time.Time, log *slog.Logger) (*Days, error) {
	d := &Days{bucket: bucket, now: now, log: log, elapsed: func(since time.Time) time.Duration { return now().Sub(since) }}
	if err := bucket.GetJSON(ctx, key, &d.calendar); err != nil {
		return nil, fmt.Errorf("read the days on which the program could be reached: %w", err)
	}
	return d, nil
}

// Reached records today as a served day. It writes at most once a day.
func (d *Days) Reached(ctx context.Context) error {
	today := d.today()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.noted == today {
		return nil
	}
	jumped := d.noted != 0 && time.Duration(today-d.from-1)*Day > d.elapsed(d.since)
	next := d.calendar.note(today, jumped)
	if err := d.bucket.PutJSON(ctx, key, next); err != nil {
		return fmt.Errorf("note that somebody came today: %w", err)
	}
	if next.Doubt != d.calendar.Doubt && len(d.calendar.Served) > 0 {
		d.log.Warn("the program was away, or the clock jumped: nothing is deleted by its age for some days",
			"last_day", dayTime(d.calendar.last()), "today", dayTime(today), "days", graceDays)
	}
	if d.noted == 0 || jumped || today < d.noted {
		d.since, d.from = d.now(), today
	}
	d.calendar, d.noted = next, today
	return nil
}

func dayTime(d int64) time.Time { return time.Unix(d*int64(Day/time.Second), 0).UTC() }

// today goes by the wall clock: a monotonic one stands still while a machine is suspended.
func (d *Days) today() int64 { return dayOf(d.now().Round(0)) }

// Past reports whether n or more served days lie between a time and today. It is false during
// a grace.
func (d *Days) Past(t time.Time, n int64) bool {
	today := d.today()
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.calendar.doubtful(today) && d.calendar.between(dayOf(t)+1, today-1) >= n
}

// Grace returns until when nothing is deleted because of its age, if every day from today is
// served; zero if there is no grace.
func (d *Days) Grace() time.Time {
	today := d.today()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.calendar.doubtful(today) {
		return time.Time{}
	}
	c := d.calendar.note(today, false)
	return dayTime(today + graceDays - c.between(c.Doubt, today-1))
}
