package derived

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
)

// What is written is what is read, at the ends of what a number can be, too.
func TestInts(t *testing.T) {
	for _, values := range [][]int64{nil, {Null}, {1, 2, 3, Null, 4}, {0, -1, farthest, -farthest, Null, farthest}} {
		for _, ascend := range []bool{false, true} {
			got, ok := decodeInts(appendInts(nil, values, ascend), len(values), ascend)
			if !ok || !slices.Equal(got, values) {
				t.Errorf("%v, ascending %t: %v %t", values, ascend, got, ok)
			}
		}
	}
}

// FuzzDecode: whatever is read, it is no panic, and what is understood is as it is written.
func FuzzDecode(f *testing.F) {
	rows := []Pointing{{Row: 1, ID: 5, Kind: "message", Mentions: []string{"a", ""}, TMeLinks: []collector.TMeLink{{Username: "a"}}}, {Row: 7}}
	f.Add(appendPointing(nil, rows))
	f.Add(appendInts(nil, []int64{1, Null, -5}, true))
	s := NewStats()
	s.Domains["example.org"], s.Forwards[Origin{Type: "channel"}], s.Days[ChannelDay{1, 2}] = 1, 2, DayStats{1, 1, 3}
	f.Add(s.append(nil))
	c := newCoder(2)
	c.set(1, []byte("photo"))
	f.Add(c.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		decodeInts(b, 3, true)
		decodeCodes(b, 2)
		if s, ok := decodeStats(b); ok {
			again, ok := decodeStats(s.append(nil))
			if !ok || cmp.Diff(s, again) != "" {
				t.Errorf("stats: %s", cmp.Diff(s, again))
			}
		}
		if rows, ok := decodePointing(b, 100); ok {
			again, ok := decodePointing(appendPointing(nil, rows), 100)
			if !ok || cmp.Diff(rows, again) != "" {
				t.Errorf("pointing: %s", cmp.Diff(rows, again))
			}
		}
	})
}
