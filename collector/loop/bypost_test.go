package loop_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/loop"
)

// discussed is a source of one channel, @alpha, and its group, in which each third message has
// no post: people talk there, too.
type discussed struct {
	*collectortest.Source
	mu      sync.Mutex
	read    map[int64]int // by post: how often its comments were read
	refuses func(post int64) bool
}

const (
	discussedPosts = 300
	discussedGroup = 2
)

// newDiscussed gives the posts with an odd id three comments each.
func newDiscussed() *discussed {
	posts := collectortest.NewChannel(1, "alpha", manyIDs(discussedPosts)...)
	posts.LinkedChannelID = discussedGroup
	group := collectortest.NewChannel(discussedGroup, "alpha_talk")
	group.Kind, group.LinkedChannelID = collector.Supergroup, 1
	s := &discussed{Source: collectortest.NewSource(posts, group), read: map[int64]int{}}
	for i := range posts.Messages {
		if m := &posts.Messages[i]; m.ID%2 == 1 {
			s.comment(m.ID, 3)
		}
	}
	return s
}

// comment adds comments to a post, each with another message in between.
func (s *discussed) comment(post int64, n int) {
	posts, group := s.Channels["alpha"], s.Channels["alpha_talk"]
	for range n {
		for _, of := range []int64{post, 0} {
			m := collector.Message{ChannelID: discussedGroup, ID: int64(len(group.Messages)) + 1, Kind: collector.KindMessage,
				Date: time.Date(2024, 2, 1, 0, len(group.Messages), 0, 0, time.UTC), Raw: "{}"}
			if of != 0 {
				m.ThreadChannelID, m.ThreadMessageID = 1, of
			}
			group.Messages = append(group.Messages, m)
		}
	}
	at := slices.IndexFunc(posts.Messages, func(m collector.Message) bool { return m.ID == post })
	said := int64(len(s.under(post)))
	posts.Messages[at].Replies, posts.Messages[at].RepliesChannelID = &said, discussedGroup
}

func (s *discussed) under(post int64) []collector.Message {
	var out []collector.Message
	for _, m := range slices.Backward(s.Channels["alpha_talk"].Messages) {
		if m.ThreadMessageID == post {
			out = append(out, m)
		}
	}
	return out
}

func (s *discussed) Replies(_ context.Context, _ collector.Channel, post int64) iter.Seq2[collector.Page, error] {
	s.mu.Lock()
	s.read[post]++
	refused := s.refuses != nil && s.refuses(post)
	s.mu.Unlock()
	if refused {
		return func(yield func(collector.Page, error) bool) {
			yield(collector.Page{}, &collector.Error{Kind: collector.Private})
		}
	}
	return func(yield func(collector.Page, error) bool) { yield(collector.Page{Messages: s.under(post)}, nil) }
}

// stored are the comments that a store has, by post; those of no post under 0.
func stored(s *collectortest.Store) map[int64]int {
	out := map[int64]int{}
	for _, m := range s.Rows(discussedGroup) {
		out[m.ThreadMessageID]++
	}
	return out
}

// wanted are three comments for each post with an odd id within lo..hi.
func wanted(lo, hi int64) map[int64]int {
	out := map[int64]int{}
	for _, id := range manyIDs(discussedPosts) {
		if lo <= id && id <= hi && id%2 == 1 {
			out[id] = 3
		}
	}
	return out
}

// TestCommentsByPost: dates and a last number mean the posts, of which all comments come, and
// nothing else of the group.
func TestCommentsByPost(t *testing.T) {
	for name, r := range map[string]collector.Request{
		"last":                  {Last: 40},
		"since":                 {Since: collector.Date{Time: time.Date(2024, 1, 1, 1, 0, 0, 0, time.UTC)}},
		"until":                 {Until: collector.Date{Time: time.Date(2024, 1, 1, 0, 30, 0, 0, time.UTC)}},
		"all, if asked by post": {CommentsBy: collector.ByPost},
	} {
		t.Run(name, func(t *testing.T) {
			src, store := newDiscussed(), collectortest.NewStore()
			r.Channels, r.Comments = []string{"alpha"}, true
			got := run(t, src, store, r)
			p := got[1]
			want := wanted(got[0].Lo, got[0].Hi)
			if diff := cmp.Diff(want, stored(store)); diff != "" {
				t.Errorf("comments (-want +got):\n%s", diff)
			}
			n := int64(3 * len(want))
			if p.State != collector.Done || !p.ByPost || p.SameAs != "" || p.Messages != n || p.New != n || p.Threads != int64(len(want)) ||
				p.CommentsSaid == nil || *p.CommentsSaid != n || *p.CommentsStored != n || *p.CommentsShort != 0 {
				t.Errorf("%d comments are wanted: %+v", n, p)
			}
			rec, _ := store.Receipt("run", p.Reference)
			if rec.CommentsSaid == nil || *rec.CommentsSaid != n || *rec.CommentsStored != n || *rec.CommentsShort != 0 || rec.Threads != p.Threads {
				t.Errorf("receipt %+v", rec)
			}
		})
	}
}

// TestCommentsOfKeptPosts: posts that were kept before are read again, so that what they say of
// the number of their comments is of today.
func TestCommentsOfKeptPosts(t *testing.T) {
	src, store := newDiscussed(), collectortest.NewStore()
	run(t, src, store, collector.Request{Channels: []string{"alpha"}})
	newest := manyIDs(discussedPosts)
	post := newest[len(newest)-1]
	src.comment(post, 20)
	p := run(t, src, store, collector.Request{Channels: []string{"alpha"}, Last: 5, Comments: true})[1]
	if got := stored(store)[post]; got != len(src.under(post)) || *p.CommentsShort != 0 {
		t.Errorf("%d of %d comments: %+v", got, len(src.under(post)), p)
	}
}

// TestCommentsReadAgain: of posts whose comments are all there only the recent ones are read
// again; a post with more comments than it says now had some deleted, and may have new ones.
func TestCommentsReadAgain(t *testing.T) {
	src, store := newDiscussed(), collectortest.NewStore()
	posts := src.Channels["alpha"].Messages
	last := posts[len(posts)-3:]
	for i, age := range []time.Duration{30 * 24 * time.Hour, 20 * 24 * time.Hour, 24 * time.Hour} {
		last[i].Date = time.Now().Add(-age)
		if last[i].Replies == nil {
			src.comment(last[i].ID, 3)
		}
	}
	r := collector.Request{Channels: []string{"alpha"}, Last: 3, Comments: true}
	run(t, src, store, r)
	first := last[0].ID
	group := src.Channels["alpha_talk"]
	gone := src.under(first)[0].ID
	group.Messages = slices.DeleteFunc(group.Messages, func(m collector.Message) bool { return m.ID == gone })
	said := int64(2)
	last[0].Replies = &said
	run(t, src, store, r)
	if diff := cmp.Diff(map[int64]int{first: 2, last[1].ID: 1, last[2].ID: 2}, src.read); diff != "" {
		t.Errorf("threads read (-want +got):\n%s", diff)
	}
}

// TestCommentsElsewhere: comments in a group that the channel had before are not said to be here.
func TestCommentsElsewhere(t *testing.T) {
	src, store := newDiscussed(), collectortest.NewStore()
	posts := src.Channels["alpha"].Messages
	at := slices.IndexFunc(posts, func(m collector.Message) bool { return m.Replies != nil })
	posts[at].RepliesChannelID = 99
	p := run(t, src, store, collector.Request{Channels: []string{"alpha"}, CommentsBy: collector.ByPost, Comments: true})[1]
	if *p.CommentsShort != 3 || *p.CommentsSaid != *p.CommentsStored+3 || src.read[posts[at].ID] != 0 {
		t.Errorf("three comments are in another group: said %d, stored %d, short %d", *p.CommentsSaid, *p.CommentsStored, *p.CommentsShort)
	}
}

// TestCommentsOfOneRefused: one post whose comments are refused hides those of no other, and the
// collection says that it is not whole.
func TestCommentsOfOneRefused(t *testing.T) {
	src, store := newDiscussed(), collectortest.NewStore()
	r := collector.Request{Channels: []string{"alpha"}, Last: 60, Comments: true}
	var refused int64
	src.refuses = func(post int64) bool {
		if refused == 0 {
			refused = post
		}
		return post == refused
	}
	got := run(t, src, store, r)
	want := wanted(got[0].Lo, got[0].Hi)
	delete(want, refused)
	if diff := cmp.Diff(want, stored(store)); diff != "" {
		t.Errorf("comments (-want +got):\n%s", diff)
	}
	if p := got[1]; p.State != collector.Partial || p.Error != collector.Private || *p.CommentsShort != 3 {
		t.Errorf("one of %d posts was refused: %+v", len(want)+1, p)
	}
}

// TestCommentsAllRefused: where all are refused, not each of them is asked for.
func TestCommentsAllRefused(t *testing.T) {
	src, store := newDiscussed(), collectortest.NewStore()
	src.refuses = func(int64) bool { return true }
	p := run(t, src, store, collector.Request{Channels: []string{"alpha"}, CommentsBy: collector.ByPost, Comments: true})[1]
	if n := len(src.read); p.State != collector.Failed || p.Error != collector.Private || n > 10 {
		t.Errorf("%d posts were asked for: %+v", n, p)
	}
}

// TestCommentsWhole: the whole group is collected, whatever is asked of the channel itself.
func TestCommentsWhole(t *testing.T) {
	for name, r := range map[string]collector.Request{
		"last":    {Last: 40, CommentsBy: collector.ByGroup},
		"since":   {Since: collector.Date{Time: time.Date(2024, 1, 1, 1, 0, 0, 0, time.UTC)}, CommentsBy: collector.ByGroup},
		"all":     {CommentsBy: collector.ByGroup},
		"as fits": {},
	} {
		t.Run(name, func(t *testing.T) {
			src, store := newDiscussed(), collectortest.NewStore()
			r.Channels, r.Comments = []string{"alpha"}, true
			p := run(t, src, store, r)[1]
			if n := len(src.Channels["alpha_talk"].Messages); len(store.Rows(discussedGroup)) != n || p.ByPost || p.Messages != int64(n) {
				t.Errorf("%d of %d messages of the group: %+v", len(store.Rows(discussedGroup)), n, p)
			}
			if rec, _ := store.Receipt("run", p.Reference); rec.Since != nil || rec.CommentsSaid != nil {
				t.Errorf("receipt %+v", rec)
			}
		})
	}
}

// TestCommentsOfANamedGroup: a group that is named itself, too, is collected as that, and the
// comments of the posts all the same.
func TestCommentsOfANamedGroup(t *testing.T) {
	src, store := newDiscussed(), collectortest.NewStore()
	got := run(t, src, store, collector.Request{Channels: []string{"alpha_talk", "alpha"}, Last: 10, Comments: true})
	have, lacking := stored(store), []string{}
	for id, n := range wanted(got[1].Lo, got[1].Hi) {
		if have[id] != n {
			lacking = append(lacking, fmt.Sprint(id))
		}
	}
	if len(lacking) > 0 || got[0].SameAs != "" || got[2].SameAs != "" {
		t.Errorf("posts %v lack comments; %+v", lacking, got)
	}
}

// TestWholeGroupThatIsNamed: a group that is named itself, with a bound, is collected as a whole
// all the same where all of it is asked for as comments.
func TestWholeGroupThatIsNamed(t *testing.T) {
	src, store := newDiscussed(), collectortest.NewStore()
	got := run(t, src, store, collector.Request{Channels: []string{"alpha_talk", "alpha"}, Last: 10, Comments: true,
		CommentsBy: collector.ByGroup})
	n := len(src.Channels["alpha_talk"].Messages)
	if p := got[2]; len(store.Rows(discussedGroup)) != n || p.SameAs != "" || p.Messages != int64(n) || got[0].Messages != 10 {
		t.Errorf("%d of %d messages of the group: %+v", len(store.Rows(discussedGroup)), n, got)
	}
}

// TestReceiptsOfANamedGroup: a group that is named by its number keeps its receipt beside that of
// the comments.
func TestReceiptsOfANamedGroup(t *testing.T) {
	for _, by := range []collector.Reach{collector.ByPost, collector.ByGroup} {
		src, store := newDiscussed(), collectortest.NewStore()
		got := run(t, src, store, collector.Request{Channels: []string{"2", "alpha"}, Last: 10, Comments: true, CommentsBy: by})
		named, _ := store.Receipt("run", "2")
		comments, there := store.Receipt("run", got[2].Reference)
		if named.Messages != 10 || named.Lo != got[0].Lo || !there || comments.Messages != got[2].Messages {
			t.Errorf("by %s: receipts %+v and %+v of %+v", by, named, comments, got)
		}
	}
}

// TestCommentsByPostGoOn: stopped in the middle and taken up again, each comment is there once.
func TestCommentsByPostGoOn(t *testing.T) {
	src, store := newDiscussed(), collectortest.NewStore()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := loop.Run{ID: "run", Source: src, Store: store, Request: collector.Request{Channels: []string{"alpha"}, Last: 200, Comments: true},
		Report: func(i int, p collector.Progress) {
			if i == 1 && p.Threads >= 50 {
				cancel()
			}
		}}
	half, err := loop.Collect(ctx, r)
	if err == nil {
		t.Fatal("it did not stop")
	}
	r.Progress, r.Report = half, nil
	got, err := loop.Collect(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	want := wanted(got[0].Lo, got[0].Hi)
	if diff := cmp.Diff(want, stored(store)); diff != "" {
		t.Errorf("comments (-want +got):\n%s", diff)
	}
	if p := got[1]; p.New != int64(3*len(want)) || *p.CommentsSaid != p.New || p.Threads != int64(len(want)) {
		t.Errorf("taken up again: %+v", p)
	}
}

// TestCommentsOfAnEarlierVersion: a collection that an earlier version began, which collected the
// group's messages within the dates, goes on with the comments of the posts, and nothing of the
// former counts is taken for theirs.
func TestCommentsOfAnEarlierVersion(t *testing.T) {
	src, store := newDiscussed(), collectortest.NewStore()
	r := collector.Request{Channels: []string{"alpha"}, Last: 40, Comments: true}
	begun := r
	begun.Comments = false
	posts := run(t, src, store, begun)[0]
	run(t, src, store, collector.Request{Channels: []string{"alpha_talk"}, Last: 7})
	before, expected := int64(0), int64(300)
	group := collector.Progress{Reference: "2", CommentsOf: "alpha", State: collector.Queued, ChannelID: discussedGroup,
		Messages: 7, Lo: 378, Hi: 384,
		New: 7, Newest: 384, Expected: &expected, Before: &before, StartedAt: posts.StartedAt}
	got, err := loop.Collect(t.Context(),
		loop.Run{ID: "run", Source: src, Store: store, Request: r, Progress: []collector.Progress{posts, group}})
	if err != nil {
		t.Fatal(err)
	}
	p, want := got[1], wanted(posts.Lo, posts.Hi)
	have := stored(store)
	delete(have, 0) // what is no comment came with the earlier version
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("comments (-want +got):\n%s", diff)
	}
	if p.Lo != 0 || p.Hi != 0 || p.Expected != nil || p.Short() != 0 || p.New != p.Messages || *p.CommentsShort != 0 {
		t.Errorf("progress %+v", p)
	}
}
