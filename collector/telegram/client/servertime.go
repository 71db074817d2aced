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

// farthestClock is how far the computer's clock may be off. What is collected
// carries its times, so it must not be worse.
const farthestClock = 24 * time.Hour

// serverTime is Telegram's time, as the client library needs it: messages to Telegram
// are refused unless their ids are of its time, and the library drops what seems to
// come from another one. It begins with the computer's clock, is corrected by the ids
// of Telegram's messages, and goes by the machine's uptime, so that a clock that is
// set while the program runs changes nothing.
// See https://core.telegram.org/mtproto/description#message-identifier-msg-id
type serverTime struct {
	clock.Clock                      // timers: the system's
	uptime      func() time.Duration // the machine's, whatever Options.Clock says: Telegram's time cannot be skipped

	mu     sync.Mutex
	ahead  time.Duration // since the Unix epoch, less the uptime
	proven bool          // a message whose key only Telegram has told it
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

// New implements mtproto.MessageIDSource: ids of Telegram's time that grow within a
// session, also where the time turned out to be earlier.
func (t *serverTime) New(kind proto.MessageType) int64 {
	const step = 10 // nanoseconds; the last two bits of an id are its kind
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = max(t.now().UnixNano(), t.last+step)
	return int64(proto.NewMessageIDNano(t.last, kind))
}

// hint takes over the time of a key exchange. Anybody on the way could have changed
// it, so it counts until the first message that nobody can change.
func (t *serverTime) hint(now time.Time) {
	t.mu.Lock()
	proven := t.proven
	t.mu.Unlock()
	if !proven {
		t.set(now)
	}
}

// prove takes over the time of a message that was verified.
func (t *serverTime) prove(now time.Time) {
	t.set(now)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.proven = true
}

// restart lets the next session begin with ids of the time, if need be below those
// of the last one.
func (t *serverTime) restart() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = 0
}

// offClock is the error that says that the computer's clock is further off than it
// may be, nil where it is not.
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
