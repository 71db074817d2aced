package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// Bucket is a key-value bucket and the stream beneath it. Values of a workspace are sealed
// with that workspace's key.
type Bucket struct {
	KV     jetstream.KeyValue
	Stream jetstream.Stream
	Name   string

	store *Store
	plain bool // nothing in it is sealed
	lists lists
}

// Entry is the newest value of a key. Revision is 0 where there is none.
type Entry struct {
	Key      string
	Value    []byte
	Revision uint64
}

// openBucket opens before it creates: creating while a node of a cluster is down takes
// seconds.
func (s *Store) openBucket(ctx context.Context, js jetstream.JetStream, c jetstream.KeyValueConfig) (*Bucket, error) {
	kv, err := js.KeyValue(ctx, c.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = js.CreateKeyValue(ctx, c)
	}
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", c.Bucket, err)
	}
	stream, err := js.Stream(ctx, "KV_"+c.Bucket)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", c.Bucket, err)
	}
	if stream.CachedInfo().Config.MaxAge != c.TTL {
		if kv, err = js.UpdateKeyValue(ctx, c); err != nil {
			return nil, fmt.Errorf("change the time to live in bucket %s: %w", c.Bucket, err)
		}
	}
	return &Bucket{KV: kv, Stream: stream, Name: c.Bucket, store: s}, nil
}

// Get returns the value of a key, nil and no error when there is none.
func (b *Bucket) Get(ctx context.Context, key string) ([]byte, error) {
	e, err := b.Entry(ctx, key)
	return e.Value, err
}

// Entry returns the newest entry of a key; its revision is 0 when there is none.
func (b *Bucket) Entry(ctx context.Context, key string) (Entry, error) {
	e, err := b.KV.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return Entry{}, nil
	}
	if err != nil {
		return Entry{}, err
	}
	value, ok, err := b.Unseal(ctx, key, e.Value())
	if err != nil || !ok {
		return Entry{}, err
	}
	return Entry{key, value, e.Revision()}, nil
}

func (b *Bucket) Put(ctx context.Context, key string, value []byte) error {
	if err := b.room(); err != nil {
		return err
	}
	value, err := b.seal(ctx, key, value)
	if err == nil {
		_, err = b.KV.Put(ctx, key, value)
	}
	return b.met(err)
}

// room returns ErrDiskFull if records must not be written.
func (b *Bucket) room() error { return b.store.Room(RecordRoom) }

func (b *Bucket) met(err error) error {
	b.store.Met(err)
	return err
}

// Update replaces the value of a revision; 0: the key must not exist.
func (b *Bucket) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	if err := b.room(); err != nil {
		return 0, err
	}
	value, err := b.seal(ctx, key, value)
	if err != nil {
		return 0, err
	}
	written, err := b.KV.Update(ctx, key, value, revision)
	return written, b.met(err)
}

// PutJSON stores v as JSON.
func (b *Bucket) PutJSON(ctx context.Context, key string, v any) error {
	value, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.Put(ctx, key, value)
}

// GetJSON reads the value of PutJSON into v. It leaves v alone when there is none.
func (b *Bucket) GetJSON(ctx context.Context, key string, v any) error {
	value, err := b.Get(ctx, key)
	if err != nil || value == nil {
		return err
	}
	return json.Unmarshal(value, v)
}

// Drop deletes a key so that watchers are told. It leaves a small marker, but none where there
// was no key.
func (b *Bucket) Drop(ctx context.Context, key string) error {
	_, err := b.KV.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return b.KV.Delete(ctx, key)
}

// Erase deletes all keys that match the filter and leaves nothing behind. Watchers are not
// told.
func (b *Bucket) Erase(ctx context.Context, filter string) error {
	return b.Stream.Purge(ctx, jetstream.WithPurgeSubject(b.subject(filter)))
}

// Keys returns the keys that match the filter, in no order, perhaps with those of deleted
// values.
func (b *Bucket) Keys(ctx context.Context, filter string) ([]string, error) {
	info, err := b.Stream.Info(ctx, jetstream.WithSubjectFilter(b.subject(filter)))
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(info.State.Subjects))
	for subject := range info.State.Subjects {
		out = append(out, strings.TrimPrefix(subject, b.subject("")))
	}
	return out, nil
}

// List returns the newest entries of all keys that match any of the filters, in the order in
// which they were written, read by one consumer.
func (b *Bucket) List(ctx context.Context, filters ...string) ([]Entry, error) {
	all, err := b.Sealed(ctx, filters...)
	out := all[:0]
	for _, it := range all {
		value, ok, err := b.Unseal(ctx, it.Key, it.Value)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, Entry{it.Key, value, it.Revision})
		}
	}
	return out, err
}

// Sealed is List with the values as stored, including those that no key opens.
func (b *Bucket) Sealed(ctx context.Context, filters ...string) ([]Entry, error) {
	before, err := b.state(ctx)
	if err != nil {
		return nil, err
	}
	kept, ok, again := b.lists.find(filters, before)
	if ok {
		return kept, nil
	}
	out, err := b.sealed(ctx, filters)
	if err != nil || !again {
		return out, err
	}
	if after, err := b.state(ctx); err == nil && after == before {
		b.lists.keep(filters, after, out)
	}
	return out, nil
}

// sealed reads what Sealed returns. If a key is written during the listing, the server may skip
// it: the old message is gone when its turn comes, and the new one comes after the end as of the
// beginning. So sealed compares the keys of the stream with what came and reads the missing ones.
func (b *Bucket) sealed(ctx context.Context, filters []string) ([]Entry, error) {
	found, err := b.once(ctx, filters)
	if err != nil {
		return nil, err
	}
	for _, f := range filters {
		keys, err := b.Keys(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			if _, ok := found[key]; ok {
				continue
			}
			e, err := b.KV.Get(ctx, key)
			if errors.Is(err, jetstream.ErrKeyNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			found[key] = e
		}
	}
	out := make([]Entry, 0, len(found))
	for key, e := range found {
		if e.Operation() == jetstream.KeyValuePut {
			out = append(out, Entry{key, e.Value(), e.Revision()})
		}
	}
	slices.SortFunc(out, func(a, b Entry) int { return cmp.Compare(a.Revision, b.Revision) })
	return out, nil
}

// once returns the newest entry of each matching key as one consumer yields them, including
// deletions.
func (b *Bucket) once(ctx context.Context, filters []string) (map[string]jetstream.KeyValueEntry, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := b.Watch(ctx, filters)
	if err != nil {
		return nil, err
	}
	defer w.End()
	out := map[string]jetstream.KeyValueEntry{}
	for {
		select {
		case e, ok := <-w.Updates():
			if !ok {
				return nil, ErrClosed
			}
			if e == nil { // the end of the existing entries
				return out, nil
			}
			out[e.Key()] = e
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// subject returns the subject of a key, or of a filter of keys.
func (b *Bucket) subject(key string) string { return "$KV." + b.Name + "." + key }

// Watcher is a watch that can be ended at any moment.
type Watcher struct{ jetstream.KeyWatcher }

// Watch ends with its context; if that never ends, a goroutine leaks.
func (b *Bucket) Watch(ctx context.Context, filters []string, opts ...jetstream.WatchOpt) (Watcher, error) {
	w, err := b.KV.WatchFiltered(ctx, slices.Clone(filters), opts...) // the library writes into them
	return Watcher{w}, err
}

// End ends the watch. It reads and drops the updates under way: the client library would
// otherwise wait forever with its lock held. The channel closes when the subscription has
// ended, and the goroutine with it.
func (w Watcher) End() {
	_ = w.Stop() // fails only where the context has already ended it
	go func() {
		for range w.Updates() {
		}
	}()
}

// ErrName says that a name is not one token of a key.
var ErrName = errors.New("not a name")

var nameForm = regexp.MustCompile(`^[-_=A-Za-z0-9]{1,128}$`)

// CheckNames refuses names that are not one token of a key: a dot or wildcard could reach the
// keys of other people.
func CheckNames(names ...string) error {
	for _, n := range names {
		if !nameForm.MatchString(n) {
			return ErrName
		}
	}
	return nil
}
