package handlers_test

import (
	"runtime"
	"sync"
	"testing"
)

// BenchmarkLargestPage makes the page of the largest messages that files can contain, one at a
// time and four at once, and reports how much memory the four need in addition.
func BenchmarkLargestPage(b *testing.B) {
	s := newSite(b)
	v := s.signedIn(b)
	v.submit("@alpha")
	w, _ := onlyCollection(s)
	large(b, s, w)
	for _, path := range []string{"/tabs/messages?channel=1009", "/tabs/messages?channel=1009&q=*e*"} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				v.get(path)
			}
		})
	}
	b.Run("four at once", func(b *testing.B) {
		var peak uint64
		for b.Loop() {
			var before, m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() { v.get("/tabs/messages?channel=1009") })
			}
			wg.Wait()
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapSys-min(before.HeapSys, m.HeapSys))
		}
		b.ReportMetric(float64(peak)/1e6, "MB_more")
	})
}
