// Package listing keeps the lists of channels of workspaces.
//
//	workspaces   <workspace>.list.<id>   a list; written by the web, by compare-and-swap
//	             <workspace>.listed      that the collections from before there were lists have theirs
//
// Deleting a list leaves a marker, so that a list whose id follows from a collection is not made
// a second time by somebody who began before the deletion.
package listing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"telegramtrac/collector"
	"telegramtrac/collector/engine/store"
	"telegramtrac/collector/listed"
)

// ErrNoList says that the workspace has no such list.
var ErrNoList = errors.New("no such list")

// errThere says that a list was made, or deleted, under an id before.
var errThere = errors.New("the list was made before")

// Options are what Records need of the engine.
type Options struct {
	Bucket *store.Bucket
	NextID func() string
	Now    func() time.Time

	// Open returns an error if nothing may begin in a workspace.
	Open func(ctx context.Context, w string) error

	// Past returns the collections of a workspace with their channels, newest first.
	Past func(ctx context.Context, w string) ([]collector.Collection, error)
}

// Records are the lists of all workspaces. The methods may be called from several goroutines at
// once.
type Records struct{ o Options }

// New makes Records.
func New(o Options) *Records { return &Records{o} }

// Filters are the rest of the keys of a workspace's lists, for deleting them.
func Filters() []string { return []string{"list.>", "listed"} }

func key(w, id string) string { return w + ".list." + id }

// Lists returns the lists of a workspace, oldest first. The first call for a workspace makes
// lists of the collections from before there were lists.
func (r *Records) Lists(ctx context.Context, w string) (_ []listed.List, err error) {
	defer wrap(&err, "read lists")
	if err := r.settle(ctx, w); err != nil {
		return nil, err
	}
	return r.read(ctx, w)
}

func (r *Records) read(ctx context.Context, w string) ([]listed.List, error) {
	all, err := r.o.Bucket.List(ctx, key(w, "*"))
	if err != nil {
		return nil, err
	}
	out := make([]listed.List, len(all))
	for i, it := range all {
		if err := json.Unmarshal(it.Value, &out[i]); err != nil {
			return nil, fmt.Errorf("read %s: %w", it.Key, err)
		}
	}
	slices.SortFunc(out, func(a, b listed.List) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// List returns a list. The error is ErrNoList also for a list of another workspace.
func (r *Records) List(ctx context.Context, w, id string) (_ listed.List, err error) {
	defer wrap(&err, "read list")
	if store.CheckNames(w, id) != nil {
		return listed.List{}, ErrNoList
	}
	if err := r.settle(ctx, w); err != nil {
		return listed.List{}, err
	}
	l, _, err := r.entry(ctx, w, id)
	return l, err
}

func (r *Records) entry(ctx context.Context, w, id string) (l listed.List, revision uint64, err error) {
	it, err := r.o.Bucket.Entry(ctx, key(w, id))
	if err != nil {
		return l, 0, err
	}
	if it.Revision == 0 {
		return l, 0, ErrNoList
	}
	return l, it.Revision, json.Unmarshal(it.Value, &l)
}

// AddList makes a list, which gets an id. Errors: listed.ErrManyLists, ErrManyListed,
// ErrListName, ErrListNameTaken.
func (r *Records) AddList(ctx context.Context, w string, l listed.List) (_ listed.List, err error) {
	defer wrap(&err, "make list")
	if err := errors.Join(store.CheckNames(w), l.Check()); err != nil {
		return l, err
	}
	if err := r.o.Open(ctx, w); err != nil {
		return l, err
	}
	all, err := r.Lists(ctx, w)
	if err != nil {
		return l, err
	}
	if len(all) >= listed.MostLists {
		return l, listed.ErrManyLists
	}
	l.ID, l.MadeAt, l.Name = r.o.NextID(), r.o.Now(), strings.TrimSpace(l.Name)
	if taken(all, l) {
		return l, listed.ErrNameTaken
	}
	return l, r.create(ctx, w, l)
}

// taken reports whether another list has the name of l.
func taken(all []listed.List, l listed.List) bool {
	return slices.ContainsFunc(all, func(o listed.List) bool { return o.ID != l.ID && strings.EqualFold(o.Name, l.Name) })
}

// create stores a list under an id that was never used.
func (r *Records) create(ctx context.Context, w string, l listed.List) error {
	value, err := json.Marshal(l)
	if err != nil {
		return err
	}
	_, err = r.o.Bucket.Update(ctx, key(w, l.ID), value, 0)
	if mismatch(err) {
		return errThere
	}
	return err
}

// ChangeList changes a list by change, which is called again with the newer list if somebody
// else changed it at the same time. An error of change ends it. Errors: ErrNoList, and those of
// AddList.
func (r *Records) ChangeList(ctx context.Context, w, id string, change func(*listed.List) error) (_ listed.List, err error) {
	defer wrap(&err, "change list")
	if store.CheckNames(w, id) != nil {
		return listed.List{}, ErrNoList
	}
	for {
		l, again, err := r.change(ctx, w, id, change)
		if !again || err != nil {
			return l, err
		}
	}
}

func (r *Records) change(ctx context.Context, w, id string, change func(*listed.List) error) (_ listed.List, again bool, err error) {
	l, revision, err := r.entry(ctx, w, id)
	if err != nil {
		return l, false, err
	}
	before, name := l, l.Name
	if err := change(&l); err != nil {
		return before, false, err
	}
	l.ID, l.Name = id, strings.TrimSpace(l.Name)
	if err := l.Check(); err != nil {
		return before, false, err
	}
	if l.Name != name {
		if all, err := r.read(ctx, w); err != nil {
			return before, false, err
		} else if taken(all, l) {
			return before, false, listed.ErrNameTaken
		}
	}
	value, err := json.Marshal(l)
	if err != nil {
		return before, false, err
	}
	_, err = r.o.Bucket.Update(ctx, key(w, id), value, revision)
	if mismatch(err) {
		return l, true, nil
	}
	return l, false, err
}

// DropList deletes a list. Its collections and their data stay. Errors: ErrNoList.
func (r *Records) DropList(ctx context.Context, w, id string) (err error) {
	defer wrap(&err, "delete list")
	if store.CheckNames(w, id) != nil {
		return ErrNoList
	}
	if _, _, err := r.entry(ctx, w, id); err != nil {
		return err
	}
	return r.o.Bucket.Drop(ctx, key(w, id))
}

// CopyLists copies a workspace's lists into another, under the same ids. It skips those that
// are, or were, there, so it may be repeated.
func (r *Records) CopyLists(ctx context.Context, from, into string) (err error) {
	defer wrap(&err, "copy lists")
	all, err := r.Lists(ctx, from)
	if err != nil {
		return err
	}
	if err := store.CheckNames(into); err != nil {
		return err
	}
	there, err := r.read(ctx, into)
	if err != nil {
		return err
	}
	for _, l := range all {
		l.Name = listed.Distinct(l.Name, names(there))
		if err := r.create(ctx, into, l); err != nil && !errors.Is(err, errThere) {
			return err
		}
		there = append(there, l)
	}
	return nil
}

func names(all []listed.List) (out []string) {
	for _, l := range all {
		out = append(out, l.Name)
	}
	return out
}

func mismatch(err error) bool {
	return errors.Is(err, jetstream.ErrKeyRevisionMismatch) || errors.Is(err, jetstream.ErrKeyExists)
}

// wrap adds what was being done to an error.
func wrap(err *error, doing string) {
	if *err != nil {
		*err = fmt.Errorf("%s: %w", doing, *err)
	}
}
