package collector

import (
	"cmp"
	"slices"
)

// Range is a run of message ids, including both ends. It is empty if Hi < Lo.
type Range struct {
	Lo int64 `json:"lo" parquet:"lo"`
	Hi int64 `json:"hi" parquet:"hi"`
}

// Len counts the ids in the range.
func (r Range) Len() int64 { return max(0, r.Hi-r.Lo+1) }

// Contains reports whether the id lies in the range.
func (r Range) Contains(id int64) bool { return r.Lo <= id && id <= r.Hi }

// Intersect returns the ids that are in both ranges.
func (r Range) Intersect(s Range) Range {
	return Range{Lo: max(r.Lo, s.Lo), Hi: min(r.Hi, s.Hi)}
}

// Ranges is a set of ids as ascending ranges that are not empty and neither overlap nor touch.
type Ranges []Range

// NewRanges returns the set of the ids in all the ranges.
func NewRanges(rs ...Range) Ranges {
	sorted := slices.DeleteFunc(slices.Clone(rs), func(r Range) bool { return r.Len() == 0 })
	slices.SortFunc(sorted, func(a, b Range) int { return cmp.Compare(a.Lo, b.Lo) })
	var out Ranges
	for _, r := range sorted {
		if n := len(out); n > 0 && r.Lo <= out[n-1].Hi+1 {
			out[n-1].Hi = max(out[n-1].Hi, r.Hi)
			continue
		}
		out = append(out, r)
	}
	return out
}

// Union returns the ids in either set.
func (rs Ranges) Union(other Ranges) Ranges {
	return NewRanges(slices.Concat(rs, other)...)
}

// Intersect returns the ids of the set within r.
func (rs Ranges) Intersect(r Range) Ranges {
	var out Ranges
	for _, x := range rs {
		if y := x.Intersect(r); y.Len() > 0 {
			out = append(out, y)
		}
	}
	return out
}

// Missing returns the ids of r that are not in the set.
func (rs Ranges) Missing(r Range) Ranges { return Ranges{r}.Without(rs) }

// Contain reports whether the set has an id.
func (rs Ranges) Contain(id int64) bool {
	i, _ := slices.BinarySearchFunc(rs, id, func(r Range, id int64) int { return cmp.Compare(r.Hi, id) })
	return i < len(rs) && rs[i].Lo <= id
}

// Len counts the ids in the set.
func (rs Ranges) Len() int64 {
	var n int64
	for _, r := range rs {
		n += r.Len()
	}
	return n
}

// Without returns the ids of the set that are not in the other, in one pass.
func (rs Ranges) Without(other Ranges) Ranges {
	var out Ranges
	for _, r := range rs {
		i, _ := slices.BinarySearchFunc(other, r.Lo, func(x Range, id int64) int {
			if x.Hi < id {
				return -1
			}
			return 1
		})
		lo := r.Lo
		for ; i < len(other) && other[i].Lo <= r.Hi; i++ {
			if other[i].Lo > lo {
				out = append(out, Range{Lo: lo, Hi: other[i].Lo - 1})
			}
			lo = other[i].Hi + 1
		}
		if lo <= r.Hi {
			out = append(out, Range{Lo: lo, Hi: r.Hi})
		}
	}
	return out
}

// Each lists the ids of the set, ascending.
func (rs Ranges) Each() []int64 {
	out := make([]int64, 0, rs.Len())
	for _, r := range rs {
		for id := r.Lo; id <= r.Hi; id++ {
			out = append(out, id)
		}
	}
	return out
}
