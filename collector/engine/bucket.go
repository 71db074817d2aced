package engine

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

// bucket is a key-value bucket and the stream beneath it.
type bucket struct {
	kv     jetstream.KeyValue
	stream jetstream.Stream
	name   string
	vault  *vault  // seals what belongs to workspaces; nil: nothing does
	engine *Engine // whose disk is looked at before writing; nil: it is not
}

type entry struct {
	key      string
	value    []byte
	revision uint64
}

// openBucket looks first and creates then: creating while a node of a cluster
// is down takes seconds.
func openBucket(ctx context.Context, js jetstream.JetStream, c jetstream.KeyValueConfig) (bucket, error) {
	kv, err := js.KeyValue(ctx, c.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = js.CreateKeyValue(ctx, c)
	}
	if err != nil {
		return bucket{}, fmt.Errorf("open bucket %s: %w", c.Bucket, err)
	}
	stream, err := js.Stream(ctx, "KV_"+c.Bucket)
	if err != nil {
		return bucket{}, fmt.Errorf("open bucket %s: %w", c.Bucket, err)
	}
	if stream.CachedInfo().Config.MaxAge != c.TTL {
		if kv, err = js.UpdateKeyValue(ctx, c); err != nil {
			return bucket{}, fmt.Errorf("change the time to live in bucket %s: %w", c.Bucket, err)
		}
	}
	return bucket{kv: kv, stream: stream, name: c.Bucket}, nil
}

// get returns the value of a key, nil and no error when there is none.
func (b bucket) get(ctx context.Context, key string) ([]byte, error) {
	e, err := b.entry(ctx, key)
	return e.value, err
}

// entry returns the newest entry of a key; its revision is 0 when there is none.
func (b bucket) entry(ctx context.Context, key string) (entry, error) {
	e, err := b.kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return entry{}, nil
	}
	if err != nil {
		return entry{}, err
	}
	value, ok, err := b.unseal(ctx, key, e.Value())
	if err != nil || !ok {
		return entry{}, err
	}
	return entry{key, value, e.Revision()}, nil
}

func (b bucket) put(ctx context.Context, key string, value []byte) error {
	if err := b.room(); err != nil {
		return err
	}
	value, err := b.seal(ctx, key, value)
	if err == nil {
		_, err = b.kv.Put(ctx, key, value)
	}
	return b.met(err)
}

// room is ErrDiskFull where nothing is to be written.
func (b bucket) room() error {
	if b.engine == nil {
		return nil
	}
	return b.engine.room(recordRoom)
}

func (b bucket) met(err error) error {
	if b.engine != nil {
		b.engine.met(err)
	}
	return err
}

// update puts a value in the place of a revision, 0 for none.
func (b bucket) update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	if err := b.room(); err != nil {
		return 0, err
	}
	value, err := b.seal(ctx, key, value)
	if err != nil {
		return 0, err
	}
	written, err := b.kv.Update(ctx, key, value, revision)
	return written, b.met(err)
}

// putJSON stores v as JSON.
func (b bucket) putJSON(ctx context.Context, key string, v any) error {
	value, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.put(ctx, key, value)
}

// getJSON reads what putJSON wrote. It leaves v alone when there is none.
func (b bucket) getJSON(ctx context.Context, key string, v any) error {
	value, err := b.get(ctx, key)
	if err != nil || value == nil {
		return err
	}
	return json.Unmarshal(value, v)
}

// drop deletes a key for those who watch it too. It leaves a small marker, but
// none where there was no key.
func (b bucket) drop(ctx context.Context, key string) error {
	_, err := b.kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return b.kv.Delete(ctx, key)
}

// erase deletes all keys that match the filter and leaves nothing behind. Those
// who watch are not told.
func (b bucket) erase(ctx context.Context, filter string) error {
	return b.stream.Purge(ctx, jetstream.WithPurgeSubject(b.subject(filter)))
}

// list returns the newest entries of all keys that match any of the filters, in
// the order in which they were written, by one consumer.
func (b bucket) list(ctx context.Context, filters ...string) ([]entry, error) {
	all, err := b.sealed(ctx, filters...)
	out := all[:0]
	for _, it := range all {
		value, ok, err := b.unseal(ctx, it.key, it.value)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, entry{it.key, value, it.revision})
		}
	}
	return out, err
}

// sealed is list with the values as they are stored, those that no key opens
// among them. A key that is written while it is listed may be passed over by the
// server: its old message is gone when its turn comes, and the new one lies behind
// what there was at the beginning. So what the stream names is compared with what came.
func (b bucket) sealed(ctx context.Context, filters ...string) ([]entry, error) {
	found, err := b.once(ctx, filters)
	if err != nil {
		return nil, err
	}
	for _, f := range filters {
		info, err := b.stream.Info(ctx, jetstream.WithSubjectFilter(b.subject(f)))
		if err != nil {
			return nil, err
		}
		for subject := range info.State.Subjects {
			key := strings.TrimPrefix(subject, b.subject(""))
			if _, ok := found[key]; ok {
				continue
			}
			e, err := b.kv.Get(ctx, key)
			if errors.Is(err, jetstream.ErrKeyNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			found[key] = e
		}
	}
	out := make([]entry, 0, len(found))
	for key, e := range found {
		if e.Operation() == jetstream.KeyValuePut {
			out = append(out, entry{key, e.Value(), e.Revision()})
		}
	}
	slices.SortFunc(out, func(a, b entry) int { return cmp.Compare(a.revision, b.revision) })
	return out, nil
}

// once returns the newest entry of each key that matches and that one consumer is
// told of, deletions among them.
func (b bucket) once(ctx context.Context, filters []string) (map[string]jetstream.KeyValueEntry, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := b.watch(ctx, filters)
	if err != nil {
		return nil, err
	}
	defer w.stop()
	out := map[string]jetstream.KeyValueEntry{}
	for {
		select {
		case e, ok := <-w.Updates():
			if !ok {
				return nil, ErrClosed
			}
			if e == nil { // all that was there has been told
				return out, nil
			}
			out[e.Key()] = e
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// subject is that of a key, or a filter of keys.
func (b bucket) subject(key string) string { return "$KV." + b.name + "." + key }

// watcher is a watch that can be left at any moment.
type watcher struct{ jetstream.KeyWatcher }

// watch ends with its context, which must end, or else a goroutine stays.
func (b bucket) watch(ctx context.Context, filters []string, opts ...jetstream.WatchOpt) (watcher, error) {
	w, err := b.kv.WatchFiltered(ctx, slices.Clone(filters), opts...) // the library writes into them
	return watcher{w}, err
}

// stop ends the watch. What is still under way is read and dropped: the client
// library would otherwise wait forever with its lock held. The channel closes
// when the subscription has ended, and the goroutine with it.
func (w watcher) stop() {
	_ = w.Stop() // fails only where the context has already ended it
	go func() {
		for range w.Updates() {
		}
	}()
}

var nameForm = regexp.MustCompile(`^[-_=A-Za-z0-9]{1,128}$`)

// checkNames refuses what would not be one token of a key: most of all, what
// would reach into other people's keys.
func checkNames(names ...string) error {
	for _, n := range names {
		if !nameForm.MatchString(n) {
			return ErrName
		}
	}
	return nil
}
