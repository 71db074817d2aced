package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"telegramtrac/collector"
)

// Submit records that a workspace wants a collection. When it returns, the
// collection survives a power cut and whoever watches has been told. The id is
// unguessable, and sorts after those submitted earlier. Errors: ErrDeleting.
func (e *Engine) Submit(ctx context.Context, workspace string, r collector.Request) (id string, err error) {
	err = checkNames(workspace)
	var k Kept
	if err == nil {
		k, err = e.Kept(ctx, workspace)
	}
	if k.Deleting {
		err = ErrDeleting
	}
	if err != nil {
		return "", fmt.Errorf("submit: %w", err)
	}
	now := e.wall()
	id = e.ids.next(now)
	w := wanted{Want: Run, AskedAt: now, SubmittedAt: now, Requested: r}
	if err := e.collections.PutJSON(ctx, wantKey(workspace, id), w); err != nil {
		return "", fmt.Errorf("submit: %w", err)
	}
	return id, nil
}

// Ask changes what is wanted of a collection. Asking for what is already
// wanted is no error. Errors: ErrNoCollection, ErrFinal.
func (e *Engine) Ask(ctx context.Context, workspace, id string, want Want) error {
	for {
		again, err := e.ask(ctx, workspace, id, want)
		if err != nil {
			return fmt.Errorf("ask to %s: %w", want, err)
		}
		if !again {
			return nil
		}
	}
}

// ask reports true when somebody else asked at the same time: try again.
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
	return false, e.hub.publish(id, Event{Collection: r.collection()})
}

// Collection returns a collection with its channels. ErrNoCollection also means
// that it is another workspace's.
func (e *Engine) Collection(ctx context.Context, workspace, id string) (collector.Collection, error) {
	r, err := e.record(ctx, workspace, id)
	if err != nil {
		return collector.Collection{}, fmt.Errorf("read collection: %w", err)
	}
	return r.collection(), nil
}

// Collections returns all collections of a workspace with their channels,
// newest first.
func (e *Engine) Collections(ctx context.Context, workspace string) ([]collector.Collection, error) {
	rs, err := e.records(ctx, workspace, ">")
	if err != nil {
		return nil, fmt.Errorf("read collections: %w", err)
	}
	out := make([]collector.Collection, 0, len(rs))
	for _, r := range slices.Backward(rs) {
		out = append(out, r.collection())
	}
	return out, nil
}

func (e *Engine) record(ctx context.Context, workspace, id string) (*record, error) {
	if checkNames(workspace, id) != nil {
		return nil, ErrNoCollection
	}
	entries, err := e.collections.List(ctx, wantKey(workspace, id), haveKey(workspace, id), haveKey(workspace, id)+".*")
	if err != nil {
		return nil, err
	}
	rs, err := readRecords(entries)
	if err != nil {
		return nil, err
	}
	if len(rs) == 0 {
		return nil, ErrNoCollection
	}
	return rs[0], nil
}

// records reads the records of a workspace, oldest first. With "*" for haves
// they come without channels, with ">" whole.
func (e *Engine) records(ctx context.Context, workspace, haves string) ([]*record, error) {
	if err := checkNames(workspace); err != nil {
		return nil, err
	}
	entries, err := e.collections.List(ctx, wantKey(workspace, "*"), haveKey(workspace, haves))
	if err != nil {
		return nil, err
	}
	return readRecords(entries)
}

func wantKey(workspace, id string) string { return "want." + workspace + "." + id }
func haveKey(workspace, id string) string { return "have." + workspace + "." + id }
