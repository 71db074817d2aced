package query

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestSortHits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, value := range map[string]func() int64{
		"equal":    func() int64 { return 7 },
		"few":      func() int64 { return r.Int64N(3) - 1 },
		"counters": func() int64 { return r.Int64N(1_000_000) },
		"any":      func() int64 { return int64(r.Uint64()) },
		"ends":     func() int64 { return []int64{math.MinInt64, math.MaxInt64, 0, -1, 1}[r.IntN(5)] },
	} {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{0, 1, 2, 1000} {
				in := make([]Hit, n)
				for i := range in {
					in[i] = Hit{value(), uint32(i / 10), uint32(i % 10)}
				}
				want := slices.Clone(in)
				slices.SortStableFunc(want, func(a, b Hit) int { return cmp.Compare(a.value, b.value) })
				if diff := gocmp.Diff(want, sortHits(in), gocmp.AllowUnexported(Hit{})); diff != "" {
					t.Errorf("%d hits (-want +got):\n%s", n, diff)
				}
			}
		})
	}
}
