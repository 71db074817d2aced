package engine

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"telegramtrac/collector/engine/store"
)

// oneByOne reads keys one by one, as lists are read that are not kept.
func oneByOne(t *testing.T, b *store.Bucket, filter string) []store.Entry {
	t.Helper()
	keys, err := b.Keys(t.Context(), filter)
	if err != nil {
		t.Fatal(err)
	}
	out := []store.Entry{}
	for _, key := range keys {
		e, err := b.Entry(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if e.Revision > 0 {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b store.Entry) int { return cmp.Compare(a.Revision, b.Revision) })
	return out
}

// TestListsFollowTheBucket: lists are kept while nothing changes, and are right after every kind
// of change.
func TestListsFollowTheBucket(t *testing.T) {
	e := open(t, Options{})
	b, r, ctx := e.collections, rand.New(rand.NewPCG(16, 3)), t.Context()
	key := func() string { return wantKey([]string{"w", "v"}[r.IntN(2)], fmt.Sprint(r.IntN(6))) }
	for n := range 150 {
		var err error
		k := key()
		switch r.IntN(7) {
		case 0:
			err = b.Drop(ctx, k)
		case 1:
			err = b.Erase(ctx, k)
		case 2:
			err = e.store.Shred(ctx, strings.Split(k, ".")[1])
		default:
			err = b.Put(ctx, k, fmt.Append(nil, n))
		}
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			for _, filter := range []string{wantKey("w", "*"), wantKey("v", "*"), "want.>"} {
				got, err := b.List(ctx, filter)
				if err != nil {
					t.Fatal(err)
				}
				if diff := gocmp.Diff(oneByOne(t, b, filter), append([]store.Entry{}, got...)); diff != "" {
					t.Fatalf("step %d, %s: %s", n, filter, diff)
				}
			}
		}
	}
}

// TestListsAreKept: a list that was read since the last change takes one question.
func TestListsAreKept(t *testing.T) {
	e := open(t, Options{})
	inOrder(t, e, 3, 20)
	list := func() {
		if _, err := e.WholeCollections(context.Background(), "w"); err != nil {
			t.Fatal(err)
		}
	}
	list()
	list()
	if n := reads(e, list); n > 1 {
		t.Errorf("a kept list came in %d messages", n)
	}
}
