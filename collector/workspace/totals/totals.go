// Package totals counts what the holders of workspaces have done since the program started.
package totals

import (
	"maps"
	"sync"

	"telegramtrac/collector"
)

// Totals is what a Host has done since it was made.
type Totals struct {
	Messages map[string]int64         // messages and service messages that were stored, by source
	Requests map[string]int64         // of collections, by source
	Waits    map[collector.Kind]int64 // by what was waited for
	Waited   int64                    // seconds, of waits that Telegram asked for
	Errors   map[collector.Kind]int64 // channels and collections that failed
	Parts    int64
	Bytes    int64 // of parts
	Holders  int   // workspaces that are being worked on now
}

// Counter counts; zero is ready to use.
type Counter struct {
	mu sync.Mutex
	n  Totals
}

// Read returns the counts so far.
func (t *Counter) Read() Totals {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.n
	out.Messages, out.Requests = maps.Clone(t.n.Messages), maps.Clone(t.n.Requests)
	out.Waits, out.Errors = maps.Clone(t.n.Waits), maps.Clone(t.n.Errors)
	return out
}

// Part counts a part that was written.
func (t *Counter) Part(p collector.Part, bytes int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n.Parts++
	add(&t.n.Messages, p.Source, int64(len(p.Messages)))
	t.n.Bytes += bytes
}

// Moved counts the difference between two progresses of a channel.
func (t *Counter) Moved(before, now collector.Progress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	add(&t.n.Requests, now.Source, now.Requests-before.Requests)
	t.n.Waited += max(0, now.WaitedSeconds-before.WaitedSeconds)
	if now.Error != "" && before.Error != now.Error {
		add(&t.n.Errors, now.Error, 1)
	}
}

// Waited counts the beginning of a wait.
func (t *Counter) Waited(kind collector.Kind) {
	t.mu.Lock()
	defer t.mu.Unlock()
	add(&t.n.Waits, kind, 1)
}

// Failed counts a collection that failed as a whole.
func (t *Counter) Failed(kind collector.Kind) {
	t.mu.Lock()
	defer t.mu.Unlock()
	add(&t.n.Errors, kind, 1)
}

// add adds n to a count, unless n is negative.
func add[K comparable](m *map[K]int64, key K, n int64) {
	if n <= 0 {
		return
	}
	if *m == nil {
		*m = map[K]int64{}
	}
	(*m)[key] += n
}
