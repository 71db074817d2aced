package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	restEvery = 2 * time.Second

	// A program rests when it allocates less than this between two looks: pages that are
	// opened now and then are less, collecting and writing files are a hundred times as much.
	restsBelow = 16 << 20

	// worthFreeing is how much unused memory is given back at least, for that takes a garbage
	// collection.
	worthFreeing = 8 << 20
)

// giveBack gives memory back to the system when the program rests after work, as after a
// collection. Go's own way is slow, and keeps as much again as is in use: after a collection
// of 200,000 messages 197 MB stayed for good. It returns when ctx ends.
func giveBack(ctx context.Context, every time.Duration) {
	look := time.NewTicker(every)
	defer look.Stop()
	read := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/live:bytes"},
	}
	var last, freed uint64 // bytes ever allocated at the last look, and when memory was given back
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		metrics.Read(read)
		n := func(i int) uint64 { return read[i].Value.Uint64() }
		allocated, idle := n(0), n(1)+n(2)+max(n(3), n(4))-n(4) // free, and what the next collection would free
		if allocated-last < restsBelow && allocated-freed > restsBelow && idle > worthFreeing {
			debug.FreeOSMemory()
			freed = allocated
		}
		last = allocated
	}
}
