package engine

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
)

// Retention says since when nobody has touched a workspace. The zero Kept is that of
// one which nobody has touched since touching is noted.
type Retention struct {
	Touched  time.Time `json:"touched"`  // somebody opened it, or something was collected into it; exact to the day
	Deleting bool      `json:"deleting"` // its deletion has begun and must be finished

	revision uint64
}

const day = 24 * time.Hour

// ExpiresAt is when a workspace that was last touched at a time is deleted, where
// such are kept for so long: at the end of a UTC day, so that it can be announced
// as a date.
func ExpiresAt(touched time.Time, keep time.Duration) time.Time {
	return touched.UTC().Truncate(day).Add(keep).Truncate(day).Add(day)
}

// Touch notes that a workspace is in use. It writes once a day at most, and
// nothing while the workspace is being deleted.
func (e *Engine) Touch(ctx context.Context, w string) error {
	today := e.wall().Truncate(day)
	if last, ok := e.touched.Load(w); ok && last == today {
		return nil
	}
	k, err := e.Retention(ctx, w)
	if err == nil && !k.Deleting && (k.Touched.Before(today) || e.ahead(k.Touched)) {
		_, err = e.putKept(ctx, w, Retention{Touched: e.wall()}, k.revision)
	}
	if err != nil {
		return fmt.Errorf("touch workspace: %w", err)
	}
	e.touched.Store(w, today)
	return nil
}

// ahead reports whether a time was noted by a clock that was wrong: it is still to come.
func (e *Engine) ahead(t time.Time) bool { return t.Sub(e.wall()) > day }

// Retention returns since when a workspace is untouched.
func (e *Engine) Retention(ctx context.Context, w string) (Retention, error) {
	key, err := blobKey(w, "kept")
	if err != nil {
		return Retention{}, fmt.Errorf("read when the workspace was touched: %w", err)
	}
	it, err := e.workspaces.Entry(ctx, key)
	var k Retention
	if err == nil && it.Revision > 0 {
		err = json.Unmarshal(it.Value, &k)
	}
	if err != nil {
		return Retention{}, fmt.Errorf("read when the workspace was touched: %w", err)
	}
	k.revision = it.Revision
	return k, nil
}

// BeginDeletion notes that a workspace is being deleted, which EndDeletion
// forgets. It reports false, and notes nothing, when somebody touched the
// workspace since k was read.
func (e *Engine) BeginDeletion(ctx context.Context, w string, k Retention) (bool, error) {
	ok, err := e.putKept(ctx, w, Retention{Touched: k.Touched, Deleting: true}, k.revision)
	if err != nil {
		return false, fmt.Errorf("begin to delete workspace: %w", err)
	}
	return ok, nil
}

// EndDeletion forgets that a workspace was ever touched or deleted.
func (e *Engine) EndDeletion(ctx context.Context, w string) error {
	key, err := blobKey(w, "kept")
	if err == nil {
		err = e.workspaces.Drop(ctx, key)
	}
	if err != nil {
		return fmt.Errorf("end the deletion of workspace: %w", err)
	}
	e.touched.Delete(w)
	return nil
}

// putKept writes where the revision is the newest, 0 for none at all.
func (e *Engine) putKept(ctx context.Context, w string, k Retention, revision uint64) (bool, error) {
	value, err := json.Marshal(k)
	if err != nil {
		return false, err
	}
	if revision == 0 {
		_, err = e.workspaces.KV.Create(ctx, w+".kept", value)
	} else {
		_, err = e.workspaces.KV.Update(ctx, w+".kept", value, revision)
	}
	if errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		return false, nil
	}
	return err == nil, err
}

// Workspaces lists every workspace of which anything is recorded, ascending.
func (e *Engine) Workspaces(ctx context.Context) ([]string, error) {
	own, err := e.workspaces.List(ctx, "*.session", "*.kept", "*.flood", "visitor.*")
	if err != nil {
		return nil, fmt.Errorf("list workspaces: %w", err)
	}
	wants, err := e.collections.List(ctx, "want.*.*")
	if err != nil {
		return nil, fmt.Errorf("list workspaces: %w", err)
	}
	var out []string
	for _, it := range own {
		w, rest, _ := strings.Cut(it.Key, ".")
		if w == "visitor" {
			var p presence
			if json.Unmarshal(it.Value, &p) != nil {
				continue
			}
			w, rest = p.ID, "visitor"
		}
		if w != "" && w != "signin" && rest != "" {
			out = append(out, w)
		}
	}
	for _, it := range wants {
		out = append(out, strings.Split(it.Key, ".")[1])
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Counts counts the collections of all workspaces by their states.
func (e *Engine) Counts(ctx context.Context) (map[collector.State]int, error) {
	entries, err := e.collections.List(ctx, wantKey("*", "*"), haveKey("*", "*"))
	if err != nil {
		return nil, fmt.Errorf("count collections: %w", err)
	}
	rs, err := readRecords(entries)
	if err != nil {
		return nil, fmt.Errorf("count collections: %w", err)
	}
	out := map[collector.State]int{}
	for _, r := range rs {
		out[r.state()]++
	}
	return out, nil
}
