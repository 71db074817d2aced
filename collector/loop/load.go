package loop

import (
	"slices"
	"time"

	"telegramtrac/collector"
)

// partRows is how many rows a worker gathers before it stores them: enough for a file, few
// enough to fetch again after a crash.
const partRows = 1000

// mostHeld is how much workers hold together of what they have read and not stored, in bytes,
// about: as much as a few of them need for parts of partRows. Where more are at work, the one
// with most stores it sooner. So memory does not grow with the workers, and these do not all
// store at the same time, while nothing is asked for.
const mostHeld = 12 << 20

// leastPart is how many rows a worker has at least that stores them because of mostHeld.
const leastPart = 200

// load is what a worker has read and not stored yet.
type load struct {
	began    time.Time
	messages []collector.Message // newest first
	peers    []collector.Peer
	covered  collector.Ranges
	told     tally // already counted in the progress
}

// full reports whether a worker has read enough to store it, or as much as others may need now.
// The lock is held.
func (w *walk) full(x *worker) bool {
	if n := len(x.load.messages); n >= partRows || n < leastPart {
		return n >= partRows
	}
	return w.held > mostHeld && !slices.ContainsFunc(w.workers, func(y *worker) bool { return y.size > x.size })
}

// sizeOf is the size of messages in memory, about.
func sizeOf(messages []collector.Message) (n int) {
	for i := range messages {
		n += rowSize + len(messages[i].Text) + len(messages[i].Raw)
	}
	return n
}

// rowSize is the size of a message without its texts.
const rowSize = 1 << 10

// add adds a page's messages with ids in fresh, and counts them.
func (l *load) add(page collector.Page, fresh collector.Ranges) (came tally) {
	if need := len(l.messages) + len(page.Messages); need > cap(l.messages) {
		room := min(max(2*cap(l.messages), leastPart+collector.MostIDs), partRows+collector.MostIDs)
		l.messages = append(make([]collector.Message, 0, max(need, room)), l.messages...)
	}
	all := len(fresh) == 1 && fresh[0] == page.Proven
	for i := range page.Messages {
		if m := &page.Messages[i]; all || fresh.Contain(m.ID) {
			came.count(m)
			l.messages = append(l.messages, *m)
		}
	}
	if came.rows() > 0 {
		l.peers = append(l.peers, page.Peers...)
	}
	l.covered = l.covered.Union(fresh)
	return came
}
