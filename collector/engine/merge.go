package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"telegramtrac/collector/engine/store"
)

// PutMerge records that the data of one workspace is to be moved into another, until
// DropMerge. The holder of the other does it, also after a restart.
func (e *Engine) PutMerge(ctx context.Context, from, into string) error {
	if err := store.CheckNames(from); err != nil {
		return fmt.Errorf("note a merge: %w", err)
	}
	return e.putBlob(ctx, "note a merge", []byte(from), into, "merge."+from)
}

// DropMerge records that a merge is done, or dropped.
func (e *Engine) DropMerge(ctx context.Context, from, into string) (err error) {
	defer wrap(&err, "end a merge")
	if err := store.CheckNames(from, into); err != nil {
		return err
	}
	return e.workspaces.Drop(ctx, into+".merge."+from)
}

// Merges lists the workspaces that are to be merged into one.
func (e *Engine) Merges(ctx context.Context, into string) (out []string, err error) {
	defer wrap(&err, "list merges")
	if err := store.CheckNames(into); err != nil {
		return nil, err
	}
	all, err := e.workspaces.List(ctx, into+".merge.*")
	for _, it := range all {
		out = append(out, string(it.Value))
	}
	return out, err
}

// Merging lists the workspaces into which others are to be merged.
func (e *Engine) Merging(ctx context.Context) (out []string, err error) {
	defer wrap(&err, "list merges")
	all, err := e.workspaces.List(ctx, "*.merge.*")
	for _, it := range all {
		out = append(out, owner(it.Key))
	}
	slices.Sort(out)
	return slices.Compact(out), err
}

// CopyCollections copies the records of a workspace's collections into another, under the same
// ids. It skips those that are there already, so it may be repeated. Those that have not ended
// go on there. Nobody may hold from; the caller holds into.
func (e *Engine) CopyCollections(ctx context.Context, from, into string) (err error) {
	defer wrap(&err, "copy collections")
	if err := store.CheckNames(from, into); err != nil {
		return err
	}
	haves, err := e.collections.List(ctx, haveKey(from, ">"))
	if err != nil {
		return err
	}
	wants, err := e.collections.List(ctx, wantKey(from, "*"))
	if err != nil {
		return err
	}
	for _, it := range wants {
		id := strings.TrimPrefix(it.Key, wantKey(from, ""))
		known, err := e.collections.Entry(ctx, wantKey(into, id))
		if err != nil {
			return err
		}
		if known.Revision != 0 {
			continue
		}
		for _, have := range haves {
			rest := strings.TrimPrefix(have.Key, haveKey(from, ""))
			if rest != id && !strings.HasPrefix(rest, id+".") {
				continue
			}
			value, err := withoutLease(have.Value)
			if err != nil {
				return err
			}
			if err := e.collections.Put(ctx, haveKey(into, rest), value); err != nil {
				return err
			}
		}
		// The key want comes last: without it the others are ignored.
		if err := e.collections.Put(ctx, wantKey(into, id), it.Value); err != nil {
			return err
		}
	}
	return nil
}

// withoutLease clears the lease number, which belongs to the other workspace's lease.
func withoutLease(value []byte) ([]byte, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(value, &all); err != nil {
		return nil, err
	}
	if all == nil {
		return nil, errors.New("a record is no object")
	}
	all["lease"] = json.RawMessage("0")
	return json.Marshal(all)
}
