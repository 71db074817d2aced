package client

import (
	"fmt"
	"sync"
	"time"

	"github.com/gotd/td/clock"
	"github.com/gotd/td/proto"

	"telegramtrac/collector"
	"telegramtrac/collector/gate"
)

// farthestClock is how far the computer's clock may be off. Collected data has times of this
// clock, so a larger error is refused.
const farthestClock = 24 * time.Hour

// serverTime is Telegram's time for the client library: Telegram refuses messages whose ids are
// not of its time, and the library drops messages that seem to be of another time. It starts
// with the computer's clock, is corrected by the ids of Telegram's messages, and advances with
// the machine's uptime, so that setting the clock has no effect.
// See https://core.telegram.org/mtproto/description#message-identifier-msg-id
type serverTime struct {
	clock.Clock                      // the system's timers
	uptime      func() time.Duration // the machine's, not that of Options.Clock: Telegram's time cannot be skipped

	mu     sync.Mutex
	ahead  time.Duration // since the Unix epoch, less the uptime
	proven bool          // set by a message encrypted with a key that only Telegram has
	last   int64         // nanoseconds of the last message id
}

func newServerTime(now time.Time) *serverTime {
	t := &serverTime{Clock: clock.System, uptime: gate.System().Uptime}
	t.set(now)
	return t
}

// Now implements clock.Clock.
func (t *serverTime) Now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now()
}

// now is Now. The lock is held.
func (t *serverTime) now() time.Time { return time.Unix(0, int64(t.uptime()+t.ahead)) }

func (t *serverTime) set(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ahead = time.Duration(now.UnixNano()) - t.uptime()
}

// New implements mtproto.MessageIDSource: ids of Telegram's time that increase within a
// session, even if the time is corrected backward.
func (t *serverTime) New(kind proto.MessageType) int64 {
	const step = 10 // nanoseconds; the last two bits of an id are its kind
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = max(t.now().UnixNano(), t.last+step)
	return int64(proto.NewMessageIDNano(t.last, kind))
}

// hint sets the time from a key exchange. It could have been changed on the way, so it counts
// only until the first authenticated message.
func (t *serverTime) hint(now time.Time) {
	t.mu.Lock()
	proven := t.proven
	t.mu.Unlock()
	if !proven {
		t.set(now)
	}
}

// prove sets the time from a verified message.
func (t *serverTime) prove(now time.Time) {
	t.set(now)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.proven = true
}

// restart lets the next session begin with ids of the current time, even if these are below the
// last session's.
func (t *serverTime) restart() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = 0
}

// offClock returns an error if the computer's clock is too far off, else nil.
func offClock(wall, server time.Time) error {
	off := wall.Sub(server)
	if off <= farthestClock && off >= -farthestClock {
		return nil
	}
	side := "ahead"
	if off < 0 {
		off, side = -off, "behind"
	}
	return &collector.Error{Kind: collector.Clock, Detail: fmt.Sprintf("%d hours %s", int64(off.Round(time.Hour)/time.Hour), side)}
}
