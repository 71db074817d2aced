package world

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"sync"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// Log is a channel's messages, ascending by id, encoded in one slab with offsets: decoded
// structs would take about 2 kB a message. Positions count from the oldest message and change
// when an earlier message is deleted; a position outside 0..Len-1 gives zero values. The zero
// Log is empty and ready; all methods are safe for concurrent use.
type Log struct {
	once sync.Once
	fill func(*Log) // makes the messages at first use; nil: nothing to make

	mu     sync.RWMutex
	source Source // messages made on the fly; nil once they are in the index
	index
	slab []byte
}

// Source makes messages on demand, so that millions of them take no memory.
type Source interface {
	Len() int
	At(i int) (id, date uint32)                // both ascending
	Encode(dst []byte, id, date uint32) []byte // appends the message
}

// NewLog returns a log of a source's messages.
func NewLog(s Source) *Log { return &Log{source: s} }

// index has one entry a message. The offset made marks a message that maker encodes.
type index struct {
	ids, dates, sizes []uint32
	offsets           []uint64
	maker             Source
}

const made = math.MaxUint64

// Append adds a message or service message. Ids must ascend.
func (l *Log) Append(m tg.MessageClass) error {
	l.ready()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.append(m)
}

func (l *Log) append(m tg.MessageClass) error {
	id, date, err := idAndDate(m)
	if err != nil {
		return err
	}
	l.thaw()
	if n := len(l.ids); n > 0 && id <= l.ids[n-1] {
		return fmt.Errorf("append message %d after %d: ids must ascend", id, l.ids[n-1])
	}
	offset, size, err := l.Write(m)
	if err != nil {
		return fmt.Errorf("encode message %d: %w", id, err)
	}
	l.ids = append(l.ids, id)
	l.dates = append(l.dates, date)
	l.offsets = append(l.offsets, offset)
	l.sizes = append(l.sizes, size)
	return nil
}

// Write encodes m at the end of the slab.
func (l *Log) Write(m tg.MessageClass) (offset uint64, size uint32, err error) {
	start := len(l.slab)
	b := bin.Buffer{Buf: l.slab}
	if err := m.Encode(&b); err != nil {
		return 0, 0, err
	}
	l.slab = b.Buf
	return uint64(start), uint32(len(l.slab) - start), nil
}

// Len returns the number of existing messages; deleted ones do not count.
func (l *Log) Len() int {
	l.ready()
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.count()
}

// Top returns the newest message's id, 0 without messages.
func (l *Log) Top() int {
	l.ready()
	l.mu.RLock()
	defer l.mu.RUnlock()
	id, _ := l.at(l.count() - 1)
	return int(id)
}

// Search returns the position of the first existing message whose id is at least id, in
// 0..Len.
func (l *Log) Search(id int) int {
	l.ready()
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.source != nil {
		return sort.Search(l.source.Len(), func(i int) bool { n, _ := l.source.At(i); return int(n) >= id })
	}
	return lowerBound(l.ids, id)
}

// SearchDate returns the position of the first existing message whose date is at least unix
// (seconds), in 0..Len.
func (l *Log) SearchDate(unix int) int {
	l.ready()
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.source != nil {
		return sort.Search(l.source.Len(), func(i int) bool { _, date := l.source.At(i); return int(date) >= unix })
	}
	return lowerBound(l.dates, unix)
}

// ID returns the id of the message at position i.
func (l *Log) ID(i int) int {
	l.ready()
	l.mu.RLock()
	defer l.mu.RUnlock()
	id, _ := l.at(i)
	return int(id)
}

// Date returns the date of the message at position i, in unix seconds.
func (l *Log) Date(i int) int {
	l.ready()
	l.mu.RLock()
	defer l.mu.RUnlock()
	_, date := l.at(i)
	return int(date)
}

// Message decodes the message at position i: *tg.Message or *tg.MessageService.
func (l *Log) Message(i int) (tg.MessageClass, error) {
	b := bin.Buffer{Buf: l.AppendBytes(nil, i)}
	if b.Len() == 0 {
		return nil, fmt.Errorf("message at position %d of %d: none there", i, l.Len())
	}
	m, err := tg.DecodeMessage(&b)
	if err != nil {
		return nil, fmt.Errorf("decode message at position %d: %w", i, err)
	}
	return m, nil
}

// AppendBytes appends the boxed TL encoding of the message at position i, which can be an
// element of a vector of messages.
func (l *Log) AppendBytes(dst []byte, i int) []byte {
	l.ready()
	l.mu.RLock()
	defer l.mu.RUnlock()
	if i < 0 || i >= l.count() {
		return dst
	}
	if l.source != nil {
		id, date := l.source.At(i)
		return l.source.Encode(dst, id, date)
	}
	if l.offsets[i] == made {
		return l.maker.Encode(dst, l.ids[i], l.dates[i])
	}
	start := l.offsets[i]
	return append(dst, l.slab[start:start+uint64(l.sizes[i])]...)
}

// Delete removes a message, as its author would, and reports whether it existed.
func (l *Log) Delete(id int) bool {
	l.ready()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.thaw()
	i, ok := l.find(id)
	if !ok {
		return false
	}
	l.ids = slices.Delete(l.ids, i, i+1)
	l.dates = slices.Delete(l.dates, i, i+1)
	l.sizes = slices.Delete(l.sizes, i, i+1)
	l.offsets = slices.Delete(l.offsets, i, i+1)
	return true
}

// Edit replaces the message with m's id. It also takes m's date, which must not break the
// order of dates.
func (l *Log) Edit(m tg.MessageClass) error {
	id, date, err := idAndDate(m)
	if err != nil {
		return err
	}
	l.ready()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.thaw()
	i, ok := l.find(int(id))
	if !ok {
		return fmt.Errorf("edit message %d: no such message", id)
	}
	offset, size, err := l.Write(m)
	if err != nil {
		return fmt.Errorf("encode message %d: %w", id, err)
	}
	l.dates[i], l.offsets[i], l.sizes[i] = date, offset, size
	return nil
}

func (l *Log) ready() {
	l.once.Do(func() {
		if l.fill != nil {
			l.fill(l)
			l.fill = nil
		}
	})
}

func (l *Log) count() int {
	if l.source != nil {
		return l.source.Len()
	}
	return len(l.ids)
}

func (l *Log) at(i int) (id, date uint32) {
	switch {
	case i < 0 || i >= l.count():
		return 0, 0
	case l.source != nil:
		return l.source.At(i)
	}
	return l.ids[i], l.dates[i]
}

func (l *Log) find(id int) (int, bool) {
	i := lowerBound(l.ids, id)
	return i, i < len(l.ids) && int(l.ids[i]) == id
}

// thaw turns a source's rule into index entries before the first change. The source still
// makes the messages on demand.
func (l *Log) thaw() {
	if l.source == nil {
		return
	}
	n := l.source.Len()
	l.ids, l.dates = make([]uint32, n), make([]uint32, n)
	l.sizes, l.offsets = make([]uint32, n), make([]uint64, n)
	for i := range n {
		l.ids[i], l.dates[i] = l.source.At(i)
		l.offsets[i] = made
	}
	l.maker, l.source = l.source, nil
}

// idAndDate returns the id and date of a message; a messageEmpty has none.
func idAndDate(m tg.MessageClass) (id, date uint32, err error) {
	notEmpty, ok := m.(tg.NotEmptyMessage)
	if !ok {
		return 0, 0, errors.New("neither a message nor a service message")
	}
	if n := notEmpty.GetID(); n <= 0 || n > math.MaxInt32 {
		return 0, 0, fmt.Errorf("message id %d is out of range", n)
	}
	return uint32(notEmpty.GetID()), uint32(max(notEmpty.GetDate(), 0)), nil
}

// lowerBound returns the position of the first of ascending values that is at least n.
func lowerBound(values []uint32, n int) int {
	switch {
	case n <= 0:
		return 0
	case n > math.MaxUint32:
		return len(values)
	}
	i, _ := slices.BinarySearch(values, uint32(n))
	return i
}
