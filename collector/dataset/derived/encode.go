package derived

import (
	"encoding/binary"
	"maps"
	"slices"
)

// reader reads what append… wrote, and notes where there is something else.
type reader struct {
	b      []byte
	broken bool
}

// done reports whether everything was read, and as it was written.
func (r *reader) done() bool { return !r.broken && len(r.b) == 0 }

func (r *reader) uint() uint64 {
	if len(r.b) > 0 && r.b[0] < 0x80 { // most numbers have one byte
		v := r.b[0]
		r.b = r.b[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.broken, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) int() int64 { return unzigzag(r.uint()) }

// len is the length of a list whose elements have a byte at least.
func (r *reader) len() int {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.broken, r.b = true, nil
		return 0
	}
	return int(n)
}

func (r *reader) string() string {
	n := r.len()
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *reader) strings() []string {
	out := make([]string, r.len())
	for i := range out {
		out[i] = r.string()
	}
	return out
}

func (r *reader) counts() map[string]int64 {
	n := r.len()
	out := make(map[string]int64, n)
	for range n {
		key := r.string()
		out[key] = r.int()
	}
	return out
}

// zigzag makes small numbers of both signs small ones without a sign.
func zigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

func appendInt(b []byte, v int64) []byte { return binary.AppendUvarint(b, zigzag(v)) }

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendStrings(b []byte, all []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(all)))
	for _, s := range all {
		b = appendString(b, s)
	}
	return b
}

func appendCounts(b []byte, counts map[string]int64) []byte {
	b = binary.AppendUvarint(b, uint64(len(counts)))
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		b = appendInt(appendString(b, key), counts[key])
	}
	return b
}
