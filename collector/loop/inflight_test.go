package loop

import (
	"testing"
	"time"

	"telegramtrac/collector"
)

// TestInflight: in flight grows only where answers take time, is never more than asked for,
// and a flood wait halves it and forbids more than there were before latency counted.
func TestInflight(t *testing.T) {
	const soon, late = time.Millisecond, 80 * time.Millisecond
	type answer struct {
		took  time.Duration
		waits int64 // so far
		want  int
	}
	tests := map[string]struct {
		most    int
		answers []answer
	}{
		"near":                    {16, []answer{{soon, 0, 2}, {soon, 0, 2}, {late, 0, 2}}},
		"far":                     {16, []answer{{late, 0, 8}, {late, 0, 9}, {late, 0, 10}}},
		"at most":                 {3, []answer{{late, 0, 3}, {late, 0, 3}}},
		"one":                     {1, []answer{{late, 0, 1}, {soon, 0, 1}}},
		"a wait halves":           {16, []answer{{late, 0, 8}, {late, 1, 4}, {late, 1, 5}}},
		"a wait at once":          {16, []answer{{late, 1, 1}, {late, 1, 2}}},
		"near after all":          {16, []answer{{late, 0, 8}, {soon, 0, 2}}},
		"a wait where it is near": {16, []answer{{soon, 0, 2}, {soon, 1, 1}, {soon, 1, 2}}},
	}
	for name, test := range tests {
		p := newInflight(test.most)
		for i, a := range test.answers {
			if p.observe(collector.Usage{Waits: a.waits}, a.took); p.limit != a.want {
				t.Errorf("%s: %d in flight after answer %d, want %d", name, p.limit, i, a.want)
			}
		}
	}
}

func TestInflightAfterWaits(t *testing.T) {
	p := newInflight(16)
	for range 100 {
		p.observe(collector.Usage{}, time.Second)
	}
	if p.limit != 16 {
		t.Errorf("%d in flight, want 16", p.limit)
	}
	for range 100 {
		p.observe(collector.Usage{Waits: 1}, time.Second)
	}
	if p.limit != 8 {
		t.Errorf("%d in flight after a flood wait, want 8", p.limit)
	}
}
