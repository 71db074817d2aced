package loop

import (
	"testing"

	"telegramtrac/collector"
)

// TestAcceptingAllocatesLittle: what a worker takes from a page goes where the rows of its
// last part were; a page of 100 messages takes a few allocations, not one a message.
func TestAcceptingAllocatesLittle(t *testing.T) {
	page := collector.Page{Proven: collector.Range{Lo: 1, Hi: 100}, Messages: make([]collector.Message, 100)}
	for i := range page.Messages {
		page.Messages[i].ID = int64(100 - i)
	}
	fresh := collector.Ranges{page.Proven}
	var l load
	l.add(page, fresh)
	perPage := testing.AllocsPerRun(50, func() {
		l = load{messages: l.messages[:0]}
		if came := l.add(page, fresh); came.rows() != 100 || len(l.messages) != 100 {
			t.Fatal(came, len(l.messages))
		}
	})
	if perPage > 6 {
		t.Errorf("a page took %.0f allocations", perPage)
	}
	t.Logf("%.0f allocations a page", perPage)
}

// TestManyWorkersOnlyWhereDense: workers beyond some cost requests where there are gaps.
func TestManyWorkersOnlyWhereDense(t *testing.T) {
	for _, test := range []struct {
		limit, pages, dense, want int
	}{{16, 10, 9, 16}, {16, 4, 3, 16}, {16, 10, 7, 8}, {16, 0, 0, 2}, {1, 0, 0, 1}, {4, 10, 9, 4}, {4, 10, 1, 4}} {
		w := &walk{job: &job{collection: &collection{inflight: &inflight{limit: test.limit}}}, came: test.pages, dense: test.dense}
		if got := w.limit(); got != test.want {
			t.Errorf("%d of %d pages are dense: %d workers, want %d", test.dense, test.pages, got, test.want)
		}
	}
}
