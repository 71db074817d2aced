package main

import (
	"context"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

// TestGiveBack: what was needed once is given back when nothing is allocated any more, though
// the last garbage collection still found it in use.
func TestGiveBack(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	released := []metrics.Sample{{Name: "/memory/classes/heap/released:bytes"}}
	work := make([][]byte, 128)
	for i := range work {
		work[i] = make([]byte, 1<<20)
		work[i][0] = 1
	}
	runtime.GC()
	metrics.Read(released)
	before := released[0].Value.Uint64()
	runtime.KeepAlive(work)
	clear(work)
	go func() { // ends with ctx
		giveBack(ctx, 20*time.Millisecond)
		close(ended)
	}()
	for until := time.Now().Add(time.Minute); ; {
		metrics.Read(released)
		if now := released[0].Value.Uint64(); now > before+64<<20 {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("%d MB are given back, %d MB were", released[0].Value.Uint64()>>20, before>>20)
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	<-ended
}
