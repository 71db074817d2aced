package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// graceDays is how many served days must pass, after the program was away for longer than that
// or its clock jumped, before anything is deleted because of its age.
const graceDays = 7

// mostStretches limits the calendar; days before its first stretch count as served.
const mostStretches = 1000

// daysKey is the key of the record of days in the bucket workspaces.
const daysKey = daysPrefix + ".served"

// calendar records the served days: those on which somebody reached the program, so that
// people could have come back to their data. Only they count towards its deletion. Days are
// counted from 1970-01-01, in UTC.
type calendar struct {
	Served [][2]int64 `json:"served"` // stretches of days, first and last, ascending and not adjacent
	Doubt  int64      `json:"doubt"`  // the day on which the latest grace began
}

func dayOf(t time.Time) int64 { return t.UTC().Truncate(day).Unix() / int64(day/time.Second) }

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

// days is this process's copy of the calendar.
type days struct {
	mu       sync.Mutex
	calendar calendar
	noted    int64                               // the last day that this process recorded
	since    time.Time                           // when this process recorded its first day, or the first after its clock jumped
	from     int64                               // the day of since
	elapsed  func(since time.Time) time.Duration // by a clock that cannot be set
}

// openDays reads the calendar.
func (e *Engine) openDays(ctx context.Context) error {
	e.days.elapsed = func(since time.Time) time.Duration { return e.now().Sub(since) }
	it, err := e.workspaces.Entry(ctx, daysKey)
	if err == nil && it.Revision > 0 {
		err = json.Unmarshal(it.Value, &e.days.calendar)
	}
	if err != nil {
		return fmt.Errorf("read the days on which the program could be reached: %w", err)
	}
	return nil
}

// Reached records today as a served day. It writes at most once a day.
func (e *Engine) Reached(ctx context.Context) error {
	d := &e.days
	today := dayOf(e.wall())
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.noted == today {
		return nil
	}
	jumped := d.noted != 0 && time.Duration(today-d.from-1)*day > d.elapsed(d.since)
	next := d.calendar.note(today, jumped)
	if err := e.workspaces.PutJSON(ctx, daysKey, next); err != nil {
		return fmt.Errorf("note that somebody came today: %w", err)
	}
	if next.Doubt != d.calendar.Doubt && len(d.calendar.Served) > 0 {
		e.log.Warn("the program was away, or the clock jumped: nothing is deleted by its age for some days",
			"last_day", dayTime(d.calendar.last()), "today", dayTime(today), "days", graceDays)
	}
	if d.noted == 0 || jumped || today < d.noted {
		d.since, d.from = e.now(), today
	}
	d.calendar, d.noted = next, today
	return nil
}

func dayTime(d int64) time.Time { return time.Unix(d*int64(day/time.Second), 0).UTC() }

// past reports whether n or more served days lie between a time and today. It is false during
// a grace.
func (e *Engine) past(t time.Time, n int64) bool {
	today := dayOf(e.wall())
	e.days.mu.Lock()
	defer e.days.mu.Unlock()
	c := e.days.calendar
	return !c.doubtful(today) && c.between(dayOf(t)+1, today-1) >= n
}

// Expired reports whether a workspace was unused for so long that it is to be deleted. Only
// served days count, and none expires for a week after a longer pause or after the clock
// jumped.
func (e *Engine) Expired(k Retention, keep time.Duration) bool {
	return e.past(k.Touched, int64(keep/day))
}

// Grace returns until when nothing is deleted because of its age, if every day from today is
// served; zero if there is no grace.
func (e *Engine) Grace() time.Time {
	today := dayOf(e.wall())
	e.days.mu.Lock()
	defer e.days.mu.Unlock()
	c := e.days.calendar
	if !c.doubtful(today) {
		return time.Time{}
	}
	c = c.note(today, false)
	return dayTime(today + graceDays - c.between(c.Doubt, today-1))
}
