package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"telegramtrac/collector"
	"telegramtrac/collector/engine/store"
)

// Submit records that a workspace wants a collection. When it returns, the collection survives
// a power cut and the watchers have been told. The id cannot be guessed, and sorts after those
// submitted earlier. Errors: ErrDeleting.
func (e *Engine) Submit(ctx context.Context, workspace string, r collector.Request) (id string, err error) {
	defer wrap(&err, "submit")
	if err := store.CheckNames(workspace); err != nil {
		return "", err
	}
	if err := e.open(ctx, workspace); err != nil {
		return "", err
	}
	now := e.wall()
	id = e.ids.next(now)
	return id, e.collections.PutJSON(ctx, wantKey(workspace, id), wanted{Want: Run, AskedAt: now, SubmittedAt: now, Requested: r})
}

// open returns ErrDeleting if a workspace is being deleted.
func (e *Engine) open(ctx context.Context, workspace string) error {
	k, err := e.Retention(ctx, workspace)
	if err == nil && k.Deleting {
		err = ErrDeleting
	}
	return err
}

// Ask changes what is wanted of a collection; the same again is no error. Errors:
// ErrNoCollection, ErrFinal.
func (e *Engine) Ask(ctx context.Context, workspace, id string, want Want) (err error) {
	defer wrap(&err, "ask to "+string(want))
	for again := true; again && err == nil; {
		again, err = e.ask(ctx, workspace, id, want)
	}
	return err
}

// ask reports true if somebody else asked at the same time and it must be tried again.
func (e *Engine) ask(ctx context.Context, workspace, id string, want Want) (again bool, err error) {
	r, err := e.record(ctx, workspace, id)
	if err != nil {
		return false, err
	}
	if ended := r.state().Final(); ended && r.want.Want == Cancel && want == Cancel {
		return false, nil
	} else if ended {
		return false, ErrFinal
	}
	if r.want.Want == want {
		return false, nil
	}
	r.want.Want, r.want.AskedAt = want, e.wall()
	value, err := json.Marshal(r.want)
	if err != nil {
		return false, err
	}
	_, err = e.collections.Update(ctx, wantKey(workspace, id), value, r.wantRevision)
	if errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, e.publish(id, Event{Collection: r.collection()})
}

// Collection returns a collection with its channels. The error is ErrNoCollection also for a
// collection of another workspace.
func (e *Engine) Collection(ctx context.Context, workspace, id string) (collector.Collection, error) {
	r, err := e.record(ctx, workspace, id)
	if err != nil {
		return collector.Collection{}, fmt.Errorf("read collection: %w", err)
	}
	return r.collection(), nil
}

// Collections returns all collections of a workspace without their channels, newest first.
// Messages of one that runs may be less than the sum over its channels.
func (e *Engine) Collections(ctx context.Context, workspace string) ([]collector.Collection, error) {
	return e.eachCollection(ctx, workspace, "*", (*record).head)
}

// WholeCollections returns all collections of a workspace with their channels, newest first.
// It reads every channel: prefer Collections or Summaries where they suffice.
func (e *Engine) WholeCollections(ctx context.Context, workspace string) ([]collector.Collection, error) {
	return e.eachCollection(ctx, workspace, ">", (*record).collection)
}

// CollectionsOf returns some collections of a workspace with their channels, by their ids, read
// at once. It skips those that there are not.
func (e *Engine) CollectionsOf(ctx context.Context, workspace string, ids []string) (_ map[string]collector.Collection, err error) {
	defer wrap(&err, "read collections")
	out := make(map[string]collector.Collection, len(ids))
	if len(ids) == 0 || store.CheckNames(append(ids, workspace)...) != nil {
		return out, nil
	}
	var filters []string
	for _, id := range ids {
		filters = append(filters, wantKey(workspace, id), haveKey(workspace, id), haveKey(workspace, id)+".*")
	}
	rs, err := e.list(ctx, filters...)
	for _, r := range rs {
		out[r.id] = r.collection()
	}
	return out, err
}

func (e *Engine) eachCollection(ctx context.Context, workspace, haves string,
	read func(*record) collector.Collection) (_ []collector.Collection, err error) {
	defer wrap(&err, "read collections")
	rs, err := e.records(ctx, workspace, haves)
	out := make([]collector.Collection, 0, len(rs))
	for _, r := range slices.Backward(rs) {
		out = append(out, read(r))
	}
	return out, err
}

// Summary is a collection for a list of collections.
type Summary struct {
	collector.Collection     // with the first SummaryChannels of its channels
	Count                int // how many channels it has
}

// SummaryChannels is how many channels a Summary has at most.
const SummaryChannels = 3

// Summaries returns all collections of a workspace with their first channels, newest first. It
// reads the unfinished ones whole, so that their counts are current, and only the first
// channels of the others.
func (e *Engine) Summaries(ctx context.Context, workspace string) (_ []Summary, err error) {
	defer wrap(&err, "read collections")
	if err := store.CheckNames(workspace); err != nil {
		return nil, err
	}
	filters := []string{wantKey(workspace, "*"), haveKey(workspace, "*")}
	for i := range SummaryChannels {
		filters = append(filters, haveKey(workspace, "*")+"."+strconv.Itoa(i))
	}
	rs, err := e.list(ctx, filters...)
	if err != nil {
		return nil, err
	}
	counts, err := e.channelCounts(ctx, workspace)
	if err != nil {
		return nil, err
	}
	out := make([]Summary, 0, len(rs))
	for _, r := range slices.Backward(rs) {
		if !r.settled() {
			if r, err = e.record(ctx, workspace, r.id); errors.Is(err, ErrNoCollection) {
				continue // deleted just now
			} else if err != nil {
				return nil, err
			}
		}
		out = append(out, r.summary(counts[r.id]))
	}
	return out, nil
}

// channelCounts returns, by collection id, the highest index of a recorded channel plus one.
// It reads only keys.
func (e *Engine) channelCounts(ctx context.Context, workspace string) (map[string]int, error) {
	keys, err := e.collections.Keys(ctx, haveKey(workspace, "*")+".*")
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for _, key := range keys {
		id, index, _ := strings.Cut(strings.TrimPrefix(key, haveKey(workspace, "")), ".")
		if n, err := strconv.Atoi(index); err == nil {
			out[id] = max(out[id], n+1)
		}
	}
	return out, nil
}

func (e *Engine) record(ctx context.Context, workspace, id string) (*record, error) {
	if store.CheckNames(workspace, id) != nil {
		return nil, ErrNoCollection
	}
	rs, err := e.list(ctx, wantKey(workspace, id), haveKey(workspace, id), haveKey(workspace, id)+".*")
	if err != nil {
		return nil, err
	}
	if len(rs) == 0 {
		return nil, ErrNoCollection
	}
	return rs[0], nil
}

// records reads the records of a workspace, oldest first: without channels if haves is "*",
// with them if it is ">".
func (e *Engine) records(ctx context.Context, workspace, haves string) ([]*record, error) {
	if err := store.CheckNames(workspace); err != nil {
		return nil, err
	}
	return e.list(ctx, wantKey(workspace, "*"), haveKey(workspace, haves))
}

func (e *Engine) list(ctx context.Context, filters ...string) ([]*record, error) {
	entries, err := e.collections.List(ctx, filters...)
	if err != nil {
		return nil, err
	}
	return readRecords(entries)
}

func wantKey(workspace, id string) string { return "want." + workspace + "." + id }
func haveKey(workspace, id string) string { return "have." + workspace + "." + id }
