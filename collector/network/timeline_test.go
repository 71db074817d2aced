package network

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDays(t *testing.T) {
	var d Days
	for _, day := range []int32{5, 3, 5, 9, 3, 3} {
		d.Add(day, 1)
	}
	if diff := cmp.Diff(Days{{3, 3}, {5, 2}, {9, 1}}, d); diff != "" {
		t.Errorf("days (-want +got):\n%s", diff)
	}
	if n, first, last := d.Within(4, 9); n != 2 || first != 5 || last != 5 {
		t.Errorf("within: %d messages, %d to %d", n, first, last)
	}
	for _, at := range []time.Time{time.Unix(-1, 0), time.Unix(0, 0), time.Unix(86399, 0), time.Unix(86400, 0)} {
		if got, want := DayTime(DayOf(at)), at.UTC().Truncate(24*time.Hour); !got.Equal(want) {
			t.Errorf("the day of %v is %v, want %v", at.UTC(), got, want)
		}
	}
}
