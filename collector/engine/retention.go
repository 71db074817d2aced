package engine

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"telegramtrac/collector"
	"telegramtrac/collector/engine/days"
)

// Retention records when a workspace was last used. It is zero for a workspace that was not
// used since the program records this.
type Retention struct {
	Touched  time.Time `json:"touched"`  // last opened or collected into; exact to the day
	Deleting bool      `json:"deleting"` // the deletion has begun and must be finished

	revision uint64
}

const day = days.Day

// ExpiresAt returns when a workspace that was last touched at a time is deleted if workspaces
// are stored for keep: at the end of a UTC day, so that a date can be announced.
func ExpiresAt(touched time.Time, keep time.Duration) time.Time {
	return touched.UTC().Truncate(day).Add(keep).Truncate(day).Add(day)
}

// Touch records that a workspace is in use. It writes at most once a day, and not at all while
// the workspace is being deleted.
func (e *Engine) Touch(ctx context.Context, w string) (err error) {
	defer wrap(&err, "touch workspace")
	today := e.wall().Truncate(day)
	if last, ok := e.touched.Load(w); ok && last == today {
		return nil
	}
	k, err := e.Retention(ctx, w)
	if err == nil && !k.Deleting && (k.Touched.Before(today) || e.ahead(k.Touched)) {
		_, err = e.putRetention(ctx, w, Retention{Touched: e.wall()}, k.revision)
	}
	if err == nil {
		e.touched.Store(w, today)
	}
	return err
}

// ahead reports whether a time is in the future, because a wrong clock recorded it.
func (e *Engine) ahead(t time.Time) bool { return t.Sub(e.wall()) > day }

// Expired reports whether a workspace was unused for so long that it is to be deleted. Only
// served days count, and none expires for a week after a longer pause or after the clock
// jumped.
func (e *Engine) Expired(k Retention, keep time.Duration) bool {
	return e.Past(k.Touched, int64(keep/day))
}

// Retention returns when a workspace was last used.
func (e *Engine) Retention(ctx context.Context, w string) (k Retention, err error) {
	defer wrap(&err, "read when the workspace was touched")
	key, err := blobKey(w, "kept")
	if err != nil {
		return Retention{}, err
	}
	it, err := e.workspaces.Entry(ctx, key)
	if err == nil && it.Revision > 0 {
		err = json.Unmarshal(it.Value, &k)
	}
	k.revision = it.Revision
	return k, err
}

// BeginDeletion records that a workspace is being deleted, until EndDeletion. It reports
// false, and records nothing, when the workspace was touched since k was read.
func (e *Engine) BeginDeletion(ctx context.Context, w string, k Retention) (_ bool, err error) {
	defer wrap(&err, "begin to delete workspace")
	return e.putRetention(ctx, w, Retention{Touched: k.Touched, Deleting: true}, k.revision)
}

// EndDeletion deletes the Retention of a workspace.
func (e *Engine) EndDeletion(ctx context.Context, w string) (err error) {
	defer wrap(&err, "end the deletion of workspace")
	if err = e.drop(ctx, w, "kept"); err == nil {
		e.touched.Delete(w)
	}
	return err
}

// putRetention writes k if the stored one still has this revision; 0: if none is stored.
func (e *Engine) putRetention(ctx context.Context, w string, k Retention, revision uint64) (bool, error) {
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

// Workspaces lists every workspace that has a record, ascending.
func (e *Engine) Workspaces(ctx context.Context) (out []string, err error) {
	defer wrap(&err, "list workspaces")
	own, err := e.workspaces.List(ctx, "*.session", "*.kept", "*.flood", "visitor.*")
	if err != nil {
		return nil, err
	}
	wants, err := e.collections.List(ctx, wantKey("*", "*"))
	if err != nil {
		return nil, err
	}
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
		out = append(out, owner(it.Key))
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Counts counts the collections of all workspaces by their states.
func (e *Engine) Counts(ctx context.Context) (_ map[collector.State]int, err error) {
	defer wrap(&err, "count collections")
	rs, err := e.list(ctx, wantKey("*", "*"), haveKey("*", "*"))
	out := map[collector.State]int{}
	for _, r := range rs {
		out[r.state()]++
	}
	return out, err
}
