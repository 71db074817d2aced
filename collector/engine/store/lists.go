package store

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/nats-io/nats-server/v2/server"
)

// listsKept is how many bytes of keys and values are kept of a bucket's lists.
const listsKept = 2 << 20

// lists keeps what was listed of a bucket until something in it changes: every page lists its
// workspace's collections, for which the server makes a consumer each time, and that is dearer
// than the page. Values are kept sealed as they are stored, so that nothing of a workspace whose
// key was shredded can be read.
type lists struct {
	mu    sync.Mutex
	state state
	all   map[string][]Entry // by filters; all of state
	bytes int
}

// state tells whether a bucket has changed. While the last number is the same nothing was
// written, and then things were removed only where there are fewer.
type state struct {
	server     *server.Server // a new one may begin from an older state
	last, msgs uint64
}

func (b *Bucket) state(ctx context.Context) (state, error) {
	of := b.store.Server() // before it is asked: what an older one said must not pass for what a new one says
	info, err := b.Stream.Info(ctx)
	if err != nil {
		return state{}, err
	}
	return state{of, info.State.LastSeq, info.State.Msgs}, nil
}

// find returns what is kept of a list in a state of the bucket. again reports whether the state
// was met before: only then is it likely to last.
func (l *lists) find(filters []string, now state) (kept []Entry, ok, again bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now != l.state {
		l.state, l.all, l.bytes = now, map[string][]Entry{}, 0
		return nil, false, false
	}
	kept, ok = l.all[strings.Join(filters, " ")]
	return slices.Clone(kept), ok, true
}

// keep keeps a list of a state, unless it is too large.
func (l *lists) keep(filters []string, of state, list []Entry) {
	size := 100
	for _, e := range list {
		size += len(e.Key) + len(e.Value) + 100
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if of != l.state || size > listsKept/4 {
		return
	}
	if l.bytes += size; l.bytes > listsKept { // those that are still asked for come again
		l.all, l.bytes = map[string][]Entry{}, size
	}
	l.all[strings.Join(filters, " ")] = slices.Clone(list)
}
