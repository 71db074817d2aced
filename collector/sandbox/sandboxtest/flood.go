package sandboxtest

import (
	"math"
	"strings"
	"sync"
	"time"
)

// Bucket limits an account's calls of one method, as the real service does: Burst calls at
// once, and one more for each Every that has passed.
type Bucket struct {
	Burst int
	Every time.Duration
	Wait  time.Duration // the least wait when it is empty; 0: until the next call is free
}

// Buckets of the real service as its users report them; Telegram publishes none.
var (
	HistoryBucket = Bucket{Burst: 30, Every: time.Second}                                 // about 3,000 messages in 30 seconds
	LookUpBucket  = Bucket{Burst: 160, Every: 24 * time.Hour / 160, Wait: 15 * time.Hour} // waits of 15 to 18 hours
)

// Buckets is a flood model for SetFlood: a bucket for each account and method. The method ""
// is the limit of all methods without their own; without "" those are unlimited. The clock is
// the hooks' (SetFloodClock); nil is the system's.
func Buckets(clock func() time.Time, limits map[string]Bucket) func(account int64, method string) int {
	if clock == nil {
		clock = time.Now
	}
	b := &buckets{clock: clock, limits: limits, fill: map[called]*filled{}}
	return b.take
}

type buckets struct {
	clock  func() time.Time
	limits map[string]Bucket

	mu   sync.Mutex
	fill map[called]*filled
}

// filled is the level of a bucket at a time.
type filled struct {
	tokens float64
	at     time.Time
}

// take takes a call from its bucket, or returns how many seconds to wait.
func (b *buckets) take(account int64, method string) int {
	limit, ok := b.limits[method]
	if !ok {
		if limit, ok = b.limits[""]; !ok {
			return 0
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock()
	f := b.fill[called{account, method}]
	if f == nil {
		f = &filled{tokens: float64(limit.Burst), at: now}
		b.fill[called{account, method}] = f
	}
	f.tokens = min(float64(limit.Burst), f.tokens+float64(now.Sub(f.at))/float64(limit.Every))
	f.at = now
	if f.tokens >= 1 {
		f.tokens--
		return 0
	}
	wait := max(limit.Wait, time.Duration((1-f.tokens)*float64(limit.Every)))
	return int(math.Ceil(wait.Seconds()))
}

// isLookUp reports whether a method resolves a name. A look-up's flood wait applies to
// look-ups only.
func isLookUp(method string) bool { return strings.HasPrefix(method, "contacts.") }
