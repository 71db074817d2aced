package decode

import (
	linked "container/list"
	"reflect"
	"sync"
)

// KeptBytes is how many bytes of decoded pages a process keeps: those of some twenty pages of
// messages for each of a hundred visitors who read the same few channels.
const KeptBytes = 20 << 20

// Blocks keeps what was decoded of parts for who reads them next, up to a number of bytes;
// what was not asked for longest goes first. All datasets of a process share one. It is an
// index of what the files have, never on the disk, and safe for concurrent use.
type Blocks struct {
	most int64

	mu    sync.Mutex
	bytes int64
	at    map[blockKey]*linked.Element
	order linked.List // of block, the newest first
}

// blockKey tells blocks apart. Files are told apart by a pointer to what is known of them, so
// that one of the same name, of a workspace that was deleted and begun anew, is another.
type blockKey struct {
	part          any          // of the file: what it is known by
	row           reflect.Type // of a shape; else nil
	group, column int
	first         int64 // row of the group that a page begins with; -1: where all pages of the column begin
}

type block struct {
	blockKey
	value any
	size  int64
}

// NewBlocks keeps up to most bytes.
func NewBlocks(most int64) *Blocks { return &Blocks{most: most, at: map[blockKey]*linked.Element{}} }

// find returns what is kept, nil where that is nothing.
func (b *Blocks) find(key blockKey) any {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.at[key]
	if e == nil {
		return nil
	}
	b.order.MoveToFront(e)
	return e.Value.(*block).value
}

// keep keeps a value, unless it takes a good part of all there is room for.
func (b *Blocks) keep(key blockKey, value any, size int64) {
	if size > b.most/8 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.at[key] != nil {
		return // somebody else was quicker
	}
	b.at[key] = b.order.PushFront(&block{key, value, size})
	for b.bytes += size; b.bytes > b.most; {
		b.drop(b.order.Back())
	}
}

// drop forgets a block. The caller holds mu.
func (b *Blocks) drop(e *linked.Element) {
	old := b.order.Remove(e).(*block)
	delete(b.at, old.blockKey)
	b.bytes -= old.size
}

// Drop forgets parts that are gone, or that nobody asks for.
func (b *Blocks) Drop(parts ...any) {
	if b == nil || len(parts) == 0 {
		return
	}
	gone := make(map[any]bool, len(parts))
	for _, p := range parts {
		gone[p] = true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for e := b.order.Front(); e != nil; {
		next := e.Next()
		if gone[e.Value.(*block).part] {
			b.drop(e)
		}
		e = next
	}
}

// Bytes is how much is kept.
func (b *Blocks) Bytes() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes
}
