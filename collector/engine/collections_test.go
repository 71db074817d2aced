package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
)

func TestSubmitted(t *testing.T) {
	e := open(t, Options{Now: func() time.Time { return instant }})
	r := collector.Request{Channels: []string{"@a", "t.me/b"}, Since: collector.Date{Time: instant.Truncate(24 * time.Hour)}, Personal: true}
	id, err := e.Submit(t.Context(), "w", r)
	if err != nil {
		t.Fatal(err)
	}
	want := collector.Collection{
		ID: id, State: collector.Queued, Requested: r, SubmittedAt: instant,
		Channels: []collector.Progress{{Reference: "@a", State: collector.Queued}, {Reference: "t.me/b", State: collector.Queued}},
	}
	if diff := cmp.Diff(want, collection(t, e, "w", id)); diff != "" {
		t.Errorf("collection (-want +got):\n%s", diff)
	}
}

func TestIDs(t *testing.T) {
	e := open(t, Options{Now: func() time.Time { return instant }}) // all in one microsecond
	var ids []string
	for range 10 {
		ids = append(ids, submit(t, e, "w", "@a"))
	}
	if !slices.IsSorted(ids) {
		t.Errorf("ids are not in the order of submission: %v", ids)
	}
	all, err := e.WholeCollections(t.Context(), "w")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range slices.Backward(all) {
		got = append(got, c.ID)
	}
	if diff := cmp.Diff(ids, got); diff != "" {
		t.Errorf("newest first (-want +got):\n%s", diff)
	}
	// The time is told by the first characters, the rest is secret.
	if ids[0][:10] != ids[9][:10] || ids[0][12:] == ids[1][12:] || len(ids[0]) != 37 {
		t.Errorf("ids: %s, %s, %s", ids[0], ids[1], ids[9])
	}
}

func TestIsolation(t *testing.T) {
	e := open(t, Options{})
	mine, theirs := submit(t, e, "mine", "@a"), submit(t, e, "theirs", "@b")
	for _, w := range []string{"mine", "*", ">", "mine.>", "", "mi ne"} {
		if _, err := e.Collection(t.Context(), w, theirs); !errors.Is(err, ErrNoCollection) {
			t.Errorf("Collection of %q: got %v, want ErrNoCollection", w, err)
		}
		if err := e.Ask(t.Context(), w, theirs, Cancel); !errors.Is(err, ErrNoCollection) {
			t.Errorf("Ask of %q: got %v, want ErrNoCollection", w, err)
		}
	}
	for _, id := range []string{"*", ">", "", "none"} {
		if _, err := e.Collection(t.Context(), "mine", id); !errors.Is(err, ErrNoCollection) {
			t.Errorf("Collection %q: got %v, want ErrNoCollection", id, err)
		}
	}
	all, err := e.WholeCollections(t.Context(), "mine")
	if err != nil || len(all) != 1 || all[0].ID != mine {
		t.Errorf("Collections: got %v, %v; want the own one", all, err)
	}
	if _, err := e.WholeCollections(t.Context(), "*"); !errors.Is(err, ErrName) {
		t.Errorf("Collections of *: got %v, want ErrName", err)
	}
	l := acquire(t, e, "mine")
	next(t, l, mine)
	if err := l.Save(t.Context(), theirs, collector.Collection{State: collector.Done}); !errors.Is(err, ErrNoCollection) {
		t.Errorf("Save: got %v, want ErrNoCollection", err)
	}
	if got := collection(t, e, "theirs", theirs).State; got != collector.Queued {
		t.Errorf("state of the other's: got %s, want queued", got)
	}
}

func TestStates(t *testing.T) {
	const none = collector.State("")
	tests := []struct {
		have collector.State
		want Want
		get  collector.State
	}{
		{none, Run, collector.Queued},
		{none, Pause, collector.Paused},
		{none, Cancel, collector.Canceled},
		{collector.Running, Run, collector.Running},
		{collector.Running, Pause, collector.Paused},
		{collector.Running, Cancel, collector.Canceled},
		{collector.Waiting, Run, collector.Waiting},
		{collector.Waiting, Pause, collector.Paused},
		{collector.Paused, Pause, collector.Paused},
		{collector.Paused, Run, collector.Queued},
		{collector.Paused, Cancel, collector.Canceled},
		{collector.Done, Run, collector.Done},
		{collector.Done, Pause, collector.Done},
		{collector.Failed, Cancel, collector.Failed},
	}
	retry := instant.Add(time.Minute)
	for _, tt := range tests {
		r := &record{want: &wanted{Want: tt.want, AskedAt: instant}}
		if tt.have != none {
			r.have = &had{State: tt.have, RetryAt: &retry, Waits: collector.Flood}
		}
		c := r.collection()
		if c.State != tt.get {
			t.Errorf("have %q, want %s: got %s, want %s", tt.have, tt.want, c.State, tt.get)
		}
		if waits := c.RetryAt != nil; waits != (tt.get == collector.Waiting) {
			t.Errorf("have %q, want %s: retry at %v", tt.have, tt.want, c.RetryAt)
		}
		if ended := c.FinishedAt != nil; ended != (tt.get == collector.Canceled) {
			t.Errorf("have %q, want %s: finished at %v", tt.have, tt.want, c.FinishedAt)
		}
	}
}

func TestChannelStates(t *testing.T) {
	tests := []struct {
		channel    collector.State
		messages   int64
		collection collector.State
		want       collector.State
	}{
		{collector.Collecting, 5, collector.Running, collector.Collecting},
		{collector.Waiting, 5, collector.Waiting, collector.Waiting},
		{collector.Collecting, 5, collector.Paused, collector.Queued},
		{collector.Resolving, 0, collector.Queued, collector.Queued},
		{collector.Collecting, 5, collector.Canceled, collector.Partial},
		{collector.Collecting, 0, collector.Canceled, collector.Canceled},
		{collector.Queued, 5, collector.Canceled, collector.Partial}, // it was paused
		{collector.Queued, 0, collector.Canceled, collector.Canceled},
		{collector.Queued, 0, collector.Failed, collector.Queued},
		{collector.Collecting, 5, collector.Failed, collector.Partial},
		{collector.Done, 5, collector.Canceled, collector.Done},
		{collector.Failed, 0, collector.Paused, collector.Failed},
	}
	for _, tt := range tests {
		if got := channelState(collector.Progress{State: tt.channel, Messages: tt.messages}, tt.collection); got != tt.want {
			t.Errorf("%s with %d in %s: got %s, want %s", tt.channel, tt.messages, tt.collection, got, tt.want)
		}
	}
}

func TestCancelQueued(t *testing.T) {
	e := open(t, Options{})
	one, two := submit(t, e, "w", "@a"), submit(t, e, "w", "@b")
	ask(t, e, "w", one, Cancel)
	ask(t, e, "w", one, Cancel) // a second click is no error
	if got := collection(t, e, "w", one); got.State != collector.Canceled || got.FinishedAt == nil {
		t.Errorf("with nobody holding it: got %s, finished %v; want canceled", got.State, got.FinishedAt)
	}
	for _, w := range []Want{Run, Pause} {
		if err := e.Ask(t.Context(), "w", one, w); !errors.Is(err, ErrFinal) {
			t.Errorf("ask to %s: got %v, want ErrFinal", w, err)
		}
	}
	l := acquire(t, e, "w")
	next(t, l, two)
	rs, err := e.records(t.Context(), "w", "*")
	if err != nil {
		t.Fatal(err)
	}
	if have := rs[0].have; have == nil || have.State != collector.Canceled || have.FinishedAt == nil {
		t.Errorf("recorded by the holder: got %+v, want canceled", have)
	}
	save(t, l, two, collector.Done)
	if err := e.Ask(t.Context(), "w", two, Cancel); !errors.Is(err, ErrFinal) {
		t.Errorf("ask to cancel a done one: got %v, want ErrFinal", err)
	}
	if _, ok, err := l.Next(t.Context()); ok || err != nil {
		t.Errorf("Next: got %v, %v; want none", ok, err)
	}
}

func TestPauseAndResume(t *testing.T) {
	e := open(t, Options{})
	one, two := submit(t, e, "w", "@a"), submit(t, e, "w", "@b")
	l := acquire(t, e, "w")
	next(t, l, one)
	save(t, l, one, collector.Running)
	wants, err := l.Wants(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	if got := receive(t, wants); got != Run {
		t.Errorf("at first: got %s, want run", got)
	}
	ask(t, e, "w", one, Pause)
	if got := receive(t, wants); got != Pause {
		t.Errorf("then: got %s, want pause", got)
	}
	next(t, l, two) // the paused one is passed over
	ask(t, e, "w", one, Run)
	if got := receive(t, wants); got != Run {
		t.Errorf("at last: got %s, want run", got)
	}
	if task := next(t, l, one); task.Want != Run || task.Record.State != collector.Running {
		t.Errorf("task: got %s, %s", task.Want, task.Record.State)
	}
	if err := l.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	receiveEnd(t, wants)
}

func TestAskedByManyAtOnce(t *testing.T) {
	e := open(t, Options{})
	id := submit(t, e, "w", "@a")
	var asking sync.WaitGroup
	for i := range 8 {
		asking.Go(func() {
			if err := e.Ask(t.Context(), "w", id, []Want{Run, Pause}[i%2]); err != nil {
				t.Error(err)
			}
		})
	}
	asking.Wait()
	ask(t, e, "w", id, Cancel)
	if got := collection(t, e, "w", id).State; got != collector.Canceled {
		t.Errorf("got %s, want canceled", got)
	}
}

func TestThousandChannels(t *testing.T) {
	e := open(t, Options{})
	refs := make([]string, 1000)
	for i := range refs {
		refs[i] = fmt.Sprintf("@channel%d", i)
	}
	id := submit(t, e, "w", refs...)
	l := acquire(t, e, "w")
	next(t, l, id)
	save(t, l, id, collector.Running)
	for i := range refs {
		p := collector.Progress{Reference: refs[i], State: collector.Done, Messages: int64(i)}
		if err := l.SaveChannel(t.Context(), id, i, p); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	c := collection(t, e, "w", id)
	t.Logf("read in %v", time.Since(start))
	for i, p := range c.Channels {
		if p.Reference != refs[i] || p.Messages != int64(i) {
			t.Fatalf("channel %d: got %+v", i, p)
		}
	}
	if got, want := c.Messages, int64(1000*999/2); got != want || len(c.Channels) != 1000 {
		t.Errorf("got %d messages of %d channels, want %d", got, len(c.Channels), want)
	}
}

func TestChannelFoundOnTheWay(t *testing.T) {
	e := open(t, Options{})
	id := submit(t, e, "w", "@a")
	l := acquire(t, e, "w")
	next(t, l, id)
	if err := l.SaveChannel(t.Context(), id, 2, collector.Progress{Reference: "@linked", State: collector.Done}); err != nil {
		t.Fatal(err)
	}
	if err := l.SaveChannel(t.Context(), id, -1, collector.Progress{}); err == nil {
		t.Error("index -1: got no error")
	}
	var got []string
	for _, p := range collection(t, e, "w", id).Channels {
		got = append(got, p.Reference)
	}
	if diff := cmp.Diff("@a||@linked", strings.Join(got, "|")); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
}

func TestWatch(t *testing.T) {
	e := open(t, Options{})
	finished, paused, waiting, canceled := submit(t, e, "finished", "@a"), submit(t, e, "paused", "@a"), submit(t, e, "waiting", "@a"),
		submit(t, e, "canceled", "@a")
	save(t, acquire(t, e, "finished"), finished, collector.Done)
	save(t, acquire(t, e, "waiting"), waiting, collector.Waiting)
	ask(t, e, "paused", paused, Pause)
	ask(t, e, "canceled", canceled, Cancel)
	jobs, err := e.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := []string{receive(t, jobs), receive(t, jobs)}, []string{"waiting", "canceled"}; !slices.Equal(got, want) {
		t.Errorf("at the start: got %v, want %v", got, want)
	}
	submit(t, e, "new", "@a")
	if got, want := receive(t, jobs), "new"; got != want {
		t.Errorf("after submit: got %v, want %v", got, want)
	}
	ask(t, e, "waiting", waiting, Pause) // asks nobody to come
	ask(t, e, "paused", paused, Run)
	if got, want := receive(t, jobs), "paused"; got != want {
		t.Errorf("after resume: got %v, want %v", got, want)
	}
}

func TestWatchTellsWorkspacesOnce(t *testing.T) {
	e := open(t, Options{})
	for range 3 {
		submit(t, e, "busy", "@a")
	}
	jobs, err := e.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	submit(t, e, "last", "@a")
	if got, want := []string{receive(t, jobs), receive(t, jobs)}, []string{"busy", "last"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// What is put off for later is not given out, but for its end where it was canceled.
func TestCancelPutOff(t *testing.T) {
	e := open(t, Options{})
	one, two := submit(t, e, "w", "@a"), submit(t, e, "w", "@b")
	l := acquire(t, e, "w")
	next(t, l, one)
	now := time.Now()
	if err := l.Save(t.Context(), one, collector.Collection{ID: one, State: collector.Waiting, StartedAt: &now}); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := l.Next(t.Context(), one); err != nil || !ok || got.ID != two {
		t.Errorf("Next: got %s, %v, %v; want the other collection", got.ID, ok, err)
	}
	ask(t, e, "w", one, Cancel)
	if got, ok, err := l.Next(t.Context(), one); err != nil || !ok || got.ID != one || got.Want != Cancel {
		t.Errorf("Next: got %s to %s, %v, %v; want the one that was canceled", got.ID, got.Want, ok, err)
	}
}
