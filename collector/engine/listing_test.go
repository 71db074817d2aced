package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/nats-io/nats.go/jetstream"

	"telegramtrac/collector"
	"telegramtrac/collector/listed"
)

func listOf(name string, references ...string) listed.List {
	return listed.List{Name: name, Channels: listed.Channels(references, 0)}
}

// named are the names and channels of a workspace's lists.
func named(t *testing.T, e *Engine, w string) (out []string) {
	t.Helper()
	all, err := e.Lists(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		var refs []string
		for _, ch := range l.Channels {
			refs = append(refs, ch.Reference)
		}
		out = append(out, fmt.Sprintf("%s: %s (%d)", l.Name, strings.Join(refs, " "), len(l.Former)))
	}
	return out
}

// Lists are made, changed, read again by a later process, and deleted; another workspace sees
// none of it.
func TestLists(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	e := open(t, Options{Dir: dir})
	l, err := e.AddList(ctx, "w", listOf(" Ports ", "@alpha"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		list listed.List
		want error
	}{
		{listOf("ports"), listed.ErrNameTaken},
		{listOf(""), listed.ErrName},
	} {
		if _, err := e.AddList(ctx, "w", tt.list); !errors.Is(err, tt.want) {
			t.Errorf("%q: %v, want %v", tt.list.Name, err, tt.want)
		}
	}
	changed, err := e.ChangeList(ctx, "w", l.ID, func(l *listed.List) error {
		l.How.Last = 50
		_, err := l.Add(listed.Channel{Reference: "@beta", ChannelID: 2})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(t, Options{Dir: dir})
	got, err := e.List(ctx, "w", l.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(changed, got); diff != "" || got.Name != "Ports" || got.How.Last != 50 {
		t.Errorf("read again (-changed +got):\n%s", diff)
	}
	for _, id := range []string{"other." + l.ID, "other", "*", ""} {
		if _, err := e.List(ctx, "w", id); !errors.Is(err, ErrNoList) {
			t.Errorf("list %q: %v", id, err)
		}
	}
	if _, err := e.List(ctx, "other", l.ID); !errors.Is(err, ErrNoList) {
		t.Errorf("of another workspace: %v", err)
	}
	if err := e.DropList(ctx, "w", l.ID); err != nil {
		t.Fatal(err)
	}
	if err := e.DropList(ctx, "w", l.ID); !errors.Is(err, ErrNoList) {
		t.Errorf("deleted twice: %v", err)
	}
	if got := named(t, e, "w"); len(got) != 0 {
		t.Errorf("after deletion: %q", got)
	}
}

// Two who change a list at the same time lose nothing.
func TestListIsChangedByTwo(t *testing.T) {
	e, ctx := open(t, Options{}), t.Context()
	l, err := e.AddList(ctx, "w", listOf("Ports"))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for who := range 4 {
		all.Go(func() {
			for i := range 10 {
				_, err := e.ChangeList(ctx, "w", l.ID, func(l *listed.List) error {
					_, err := l.Add(listed.Channel{Reference: fmt.Sprintf("@who%d_%d", who, i)})
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got, err := e.List(ctx, "w", l.ID); err != nil || len(got.Channels) != 40 {
		t.Errorf("%d channels, %v; want 40", len(got.Channels), err)
	}
	_, err = e.ChangeList(ctx, "w", l.ID, func(*listed.List) error { return errors.ErrUnsupported })
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a change that fails: %v", err)
	}
}

func TestManyLists(t *testing.T) {
	e, ctx := open(t, Options{}), t.Context()
	for i := range listed.MostLists {
		if _, err := e.AddList(ctx, "w", listOf(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.AddList(ctx, "w", listOf("more")); !errors.Is(err, listed.ErrManyLists) {
		t.Errorf("one more: %v", err)
	}
	if all, err := e.Lists(ctx, "w"); err != nil || len(all) != listed.MostLists || all[7].Name != "7" {
		t.Errorf("%d lists, %v", len(all), err)
	}
}

// formerly are the collections of a workspace from before there were lists.
func formerly(ctx context.Context, e *Engine, w string) (ids []string, err error) {
	snow, check := request("@delta"), request("@beta")
	snow.Depth, check.Check = 2, true
	asked := []collector.Request{request("@alpha", "t.me/beta"), request("@gamma"), request("@BETA", "alpha"), snow, check, request("17")}
	for _, r := range asked {
		id, err := e.Submit(ctx, w, r)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// crashAmongLists dies after so many lists of former collections.
func crashAmongLists(ctx context.Context, e *Engine, after string) error {
	lists, err := strconv.Atoi(after)
	if err == nil {
		_, err = formerly(ctx, e, "w")
	}
	if err != nil {
		return err
	}
	e.workspaces.KV = &dyingKV{e.workspaces.KV, lists}
	_, err = e.Lists(ctx, "w")
	return err
}

// dyingKV kills the process at the write after so many.
type dyingKV struct {
	jetstream.KeyValue
	writes int
}

func (kv *dyingKV) die() error {
	if kv.writes--; kv.writes < 0 {
		return syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	return nil
}

func (kv *dyingKV) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	if err := kv.die(); err != nil {
		return 0, err
	}
	return kv.KeyValue.Update(ctx, key, value, revision)
}

func (kv *dyingKV) Put(ctx context.Context, key string, value []byte) (uint64, error) {
	if err := kv.die(); err != nil {
		return 0, err
	}
	return kv.KeyValue.Put(ctx, key, value)
}

var ofFormer = []string{
	"@BETA and @alpha: @BETA alpha (3)", "@gamma: @gamma (1)", "@delta: @delta (1)", "Channels of 2 February 2024: 17 (1)",
}

// Collections from before there were lists get one for each set of channels, once.
func TestFormerCollections(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	e := open(t, Options{Dir: dir, Now: func() time.Time { return time.Date(2024, 2, 2, 14, 4, 0, 0, time.UTC) }})
	ids, err := formerly(t.Context(), e, "w")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if diff := cmp.Diff(ofFormer, named(t, e, "w")); diff != "" {
			t.Errorf("lists (-want +got):\n%s", diff)
		}
	}
	all, err := e.Lists(ctx, "w")
	if err != nil {
		t.Fatal(err)
	}
	past, err := e.Collections(ctx, "w")
	if err != nil {
		t.Fatal(err)
	}
	ran := map[string]string{}
	for _, c := range past {
		for _, l := range all {
			if l.Ran(c) {
				ran[c.ID] += l.Name
			}
		}
	}
	want := map[string]string{ids[0]: "@BETA and @alpha", ids[1]: "@gamma", ids[2]: "@BETA and @alpha", ids[3]: "@delta",
		ids[4]: "@BETA and @alpha", ids[5]: "Channels of 2 February 2024"}
	if diff := cmp.Diff(want, ran); diff != "" {
		t.Errorf("collections of lists (-want +got):\n%s", diff)
	}
	if r := all[2].Request(); r.Depth != 2 {
		t.Errorf("a list from the network asks for %+v", r)
	}
	if err := e.DropList(ctx, "w", all[1].ID); err != nil {
		t.Fatal(err)
	}
	if err := e.workspaces.Drop(ctx, "w.listed"); err != nil { // as if somebody had begun before
		t.Fatal(err)
	}
	if got := named(t, e, "w"); len(got) != 3 {
		t.Errorf("a deleted list came back: %q", got)
	}
	another := request("@omega")
	another.List = all[0].ID
	if _, err := e.Submit(ctx, "w", another); err != nil {
		t.Fatal(err)
	}
	if got := named(t, e, "w"); len(got) != 3 {
		t.Errorf("a collection that has a list got another: %q", got)
	}
}

// The ids and titles that collections found come into their lists.
func TestFormerCollectionsTellIDs(t *testing.T) {
	e, ctx := open(t, Options{}), t.Context()
	id, err := e.Submit(ctx, "w", request("@alpha", "@beta"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := e.Acquire(ctx, "w")
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range []collector.Progress{{Reference: "@alpha", ChannelID: 7, Title: "Alpha News"}, {Reference: "@beta"},
		{Reference: "9", CommentsOf: "@alpha", ChannelID: 9}} {
		if err := l.SaveChannel(ctx, id, i, p); err != nil {
			t.Fatal(err)
		}
	}
	all, err := e.Lists(ctx, "w")
	if err != nil || len(all) != 1 {
		t.Fatalf("%d lists, %v", len(all), err)
	}
	want := listed.List{ID: id, Name: "Alpha News and @beta", Former: []string{id},
		Channels: []listed.Channel{{Reference: "@alpha", ChannelID: 7, CommentsID: 9}, {Reference: "@beta"}}}
	if diff := cmp.Diff(want, all[0], cmpopts.IgnoreFields(listed.List{}, "MadeAt")); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}

// A kill after each record that making lists of former collections writes: the next look makes
// the rest, and none twice.
func TestFormerCollectionsAfterAKill(t *testing.T) {
	for after := range 5 {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			dir := t.TempDir()
			runCrash(t, fmt.Sprint("lists", after), dir)
			e := open(t, Options{Dir: dir})
			got := named(t, e, "w")
			if len(got) != 4 || len(named(t, e, "w")) != 4 {
				t.Errorf("after the kill: %q", got)
			}
		})
	}
}

// Lists come along where a workspace is merged into another, also when it is repeated, and are
// deleted with their workspace.
func TestListsComeAlong(t *testing.T) {
	e, ctx := open(t, Options{}), t.Context()
	if _, err := formerly(ctx, e, "from"); err != nil {
		t.Fatal(err)
	}
	for _, l := range []struct{ w, name string }{{"from", "Ports"}, {"into", "ports"}} {
		if _, err := e.AddList(ctx, l.w, listOf(l.name, "@quay")); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := e.CopyLists(ctx, "from", "into"); err != nil {
			t.Fatal(err)
		}
		if err := e.CopyCollections(ctx, "from", "into"); err != nil {
			t.Fatal(err)
		}
	}
	got := named(t, e, "into")
	if len(got) != 6 || !strings.Contains(strings.Join(got, "\n"), "Ports (2): @quay") {
		t.Errorf("merged: %q", got)
	}
	if err := e.DropWorkspace(ctx, "into"); err != nil {
		t.Fatal(err)
	}
	if got := named(t, e, "into"); len(got) != 0 {
		t.Errorf("after deletion: %q", got)
	}
	keys, err := e.workspaces.Keys(ctx, "into.>")
	if err != nil || len(keys) != 0 {
		t.Errorf("keys after deletion: %q, %v", keys, err)
	}
}

// Nothing begins in a workspace that is being deleted.
func TestNoListWhileDeleting(t *testing.T) {
	e, ctx := open(t, Options{}), t.Context()
	if _, err := formerly(ctx, e, "w"); err != nil {
		t.Fatal(err)
	}
	if _, err := e.BeginDeletion(ctx, "w", Retention{}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.AddList(ctx, "w", listOf("Ports")); !errors.Is(err, ErrDeleting) {
		t.Errorf("got %v", err)
	}
	if got := named(t, e, "w"); len(got) != 0 {
		t.Errorf("lists of former collections: %q", got)
	}
}
