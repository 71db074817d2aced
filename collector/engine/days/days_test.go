package days

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestCalendar: what the record of days becomes, and what it lets be deleted.
func TestCalendar(t *testing.T) {
	run := func(from, to int64) (out []int64) {
		for d := from; d <= to; d++ {
			out = append(out, d)
		}
		return out
	}
	for name, tt := range map[string]struct {
		days  []int64 // on which somebody came
		today int64
		want  calendar
		since int64 // counted from the day after it, to the day before today
		count int64
		doubt bool
	}{
		"nothing yet": {today: 100, since: 90, count: 9, doubt: true},
		"the first days": {days: run(100, 102), today: 102, want: calendar{Served: [][2]int64{{100, 102}}, Doubt: 100}, since: 98, count: 3,
			doubt: true},
		"a week": {days: run(100, 107), today: 107, want: calendar{Served: [][2]int64{{100, 107}}, Doubt: 100}, since: 100,
			count: 6},
		"a weekend off": {days: append(run(100, 107), run(110, 120)...), today: 120,
			want: calendar{Served: [][2]int64{{100, 107}, {110, 120}}, Doubt: 100}, since: 103, count: 14},
		"two weeks off": {days: append(run(100, 107), run(122, 125)...), today: 125,
			want: calendar{Served: [][2]int64{{100, 107}, {122, 125}}, Doubt: 122}, since: 103, count: 7, doubt: true},
		"the first after": {days: run(100, 107), today: 122, want: calendar{Served: [][2]int64{{100, 107}}, Doubt: 100}, since: 103,
			count: 4, doubt: true},
		"grace with days off": {days: append(run(100, 107), 122, 124, 126, 128, 130, 132, 134), today: 136,
			want: calendar{Served: [][2]int64{{100, 107}, {122, 122}, {124, 124}, {126, 126}, {128, 128}, {130, 130}, {132, 132}, {134, 134}},
				Doubt: 122}, since: 107, count: 7},
		"back from the future": {days: append(run(100, 107), 9000, 9001, 108, 109), today: 109,
			want: calendar{Served: [][2]int64{{100, 109}}, Doubt: 108}, since: 103, count: 5, doubt: true},
		"in the past": {days: append(run(100, 107), 50), today: 50, want: calendar{Served: [][2]int64{{50, 50}}, Doubt: 50}, since: 40, count: 9,
			doubt: true},
	} {
		t.Run(name, func(t *testing.T) {
			var c calendar
			for _, d := range tt.days {
				c = c.note(d, false)
			}
			if diff := cmp.Diff(tt.want, c); diff != "" {
				t.Error(diff)
			}
			if got := c.between(tt.since+1, tt.today-1); got != tt.count {
				t.Errorf("got %d days, want %d", got, tt.count)
			}
			if got := c.doubtful(tt.today); got != tt.doubt {
				t.Errorf("in doubt: got %v, want %v", got, tt.doubt)
			}
		})
	}
}

// memory is a Bucket.
type memory map[string][]byte

func (m memory) GetJSON(_ context.Context, key string, v any) error {
	if m[key] == nil {
		return nil
	}
	return json.Unmarshal(m[key], v)
}

func (m memory) PutJSON(_ context.Context, key string, v any) (err error) {
	m[key], err = json.Marshal(v)
	return err
}

// A clock that gains a day every hour puts off what is deleted by its age.
func TestClockThatRuns(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	d, err := Open(t.Context(), memory{}, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	passed := time.Duration(0)
	d.elapsed = func(time.Time) time.Duration { return passed }
	for range 60 {
		if err := d.Reached(t.Context()); err != nil {
			t.Fatal(err)
		}
		now, passed = now.Add(Day), passed+time.Hour
	}
	if d.Past(now.Add(-40*Day), 30) {
		t.Error("sixty days in sixty hours were believed")
	}
}
