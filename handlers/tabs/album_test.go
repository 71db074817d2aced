package tabs

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/query"
	"telegramtrac/collector/search"
)

// listed is a dataset of messages that can only be paged.
type listed struct {
	messages []collector.Message
}

func (l listed) Page(_ context.Context, q query.Query) (query.Page, error) {
	from := min(q.Offset, len(l.messages))
	to := min(from+q.Limit, len(l.messages))
	return query.Page{Messages: l.messages[from:to], Total: int64(len(l.messages))}, nil
}

// albums lists messages, newest first, by their albums; 0 is none.
func albums(of ...int64) listed {
	var l listed
	for i, album := range of {
		l.messages = append(l.messages, collector.Message{ChannelID: 1, ID: int64(len(of) - i), AlbumID: album})
	}
	return l
}

// TestAlbumAtPageBorder reads all pages: each message is on one of them, albums of Telegram's
// size are not split, and the pages' numbers are consecutive.
func TestAlbumAtPageBorder(t *testing.T) {
	long := make([]int64, 40)
	for i := range long {
		long[i] = 9
	}
	for name, tt := range map[string]struct {
		d    listed
		size int
		want [][]int64
	}{
		"none":                {albums(0, 0, 0, 0, 0), 2, [][]int64{{5, 4}, {3, 2}, {1}}},
		"across":              {albums(0, 7, 7, 7, 0, 0), 2, [][]int64{{6, 5, 4, 3}, {2, 1}}},
		"over a page":         {albums(0, 0, 7, 7, 7, 0), 2, [][]int64{{6, 5}, {4, 3, 2}, {1}}},
		"ends at the end":     {albums(0, 7, 7, 7), 3, [][]int64{{4, 3, 2, 1}}},
		"two beside another":  {albums(0, 7, 7, 8, 8, 0), 2, [][]int64{{6, 5, 4}, {3, 2}, {1}}},
		"longer than can be":  {albums(long...), 15, [][]int64{ids(40, 17), ids(16, 2), ids(1, 1)}},
		"a page with nothing": {albums(7, 7, 7, 7, 7, 0), 2, [][]int64{{6, 5, 4, 3, 2}, {1}}},
	} {
		t.Run(name, func(t *testing.T) {
			var got [][]int64
			f, before := &filter{}, int64(0)
			for page := 1; page <= (len(tt.d.messages)+tt.size-1)/tt.size; page++ {
				r, err := f.readPage(t.Context(), tt.d, page, tt.size)
				if err != nil {
					t.Fatal(err)
				}
				if r.page != page {
					continue // the page before has shown it
				}
				if r.from != before+1 {
					t.Errorf("page %d begins at %d, want %d", page, r.from, before+1)
				}
				before += int64(len(r.Messages))
				var on []int64
				for _, m := range r.Messages {
					on = append(on, m.ID)
				}
				got = append(got, on)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("pages (-want +got):\n%s", diff)
			}
			if _, err := f.readPage(t.Context(), tt.d, 99, tt.size); !errors.Is(err, fiber.ErrNotFound) {
				t.Errorf("beyond the end: %v", err)
			}
		})
	}
}

func ids(from, to int64) []int64 {
	var out []int64
	for id := from; id >= to; id-- {
		out = append(out, id)
	}
	return out
}

// TestLookedAtInAlbum: a message of an album that began on the page before is found there.
func TestLookedAtInAlbum(t *testing.T) {
	d := albums(0, 7, 7, 7, 0, 0)
	r, err := (&filter{}).readAt(t.Context(), d, 2, 2, 4)
	if err != nil || r.page != 1 {
		t.Errorf("page %d, %v, want 1", r.page, err)
	}
	r, err = (&filter{}).readAt(t.Context(), d, 3, 2, 2)
	if err != nil || r.page != 3 {
		t.Errorf("page %d, %v, want 3", r.page, err)
	}
}

// slow is a dataset in which a search takes too long.
type slow struct{}

func (slow) Page(context.Context, query.Query) (query.Page, error) {
	return query.Page{}, fmt.Errorf("find messages: %w", context.DeadlineExceeded)
}

// TestSearchTakesTooLong: that is said beside the field, on any page.
func TestSearchTakesTooLong(t *testing.T) {
	for page := 1; page <= 2; page++ {
		f := &filter{}
		f.Filter.Search, _ = search.Parse("/(.*a.*){40}!/")
		if _, err := f.page(t.Context(), slow{}, page, 10); err != nil || f.status() != fiber.StatusUnprocessableEntity {
			t.Errorf("page %d of rows: %v, %v", page, f.Mistakes, err)
		}
		f.Mistakes = nil
		if _, err := f.readPage(t.Context(), slow{}, page, 10); err != nil || f.status() != fiber.StatusUnprocessableEntity {
			t.Errorf("page %d of messages: %v, %v", page, f.Mistakes, err)
		}
	}
	f := &filter{}
	if _, err := f.page(t.Context(), slow{}, 1, 10); err == nil {
		t.Error("what is no search has its mistake")
	}
}
