package telegram

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector"
)

// DetailSession is the Detail of Network errors, and the Method of such waits, while
// Telegram does not accept the session but may again.
const DetailSession = "session"

// How long and how often Telegram has to refuse a session before it has ended. Data
// centres that did not know their keys for a moment are on record.
const (
	doubtFor   = 3 * time.Minute
	doubtTimes = 5
	doubtGap   = time.Minute // at most so much counts between two refusals: the machine may have slept, its clock may have been set
	doubtOld   = time.Hour   // after which refusals have nothing to do with each other
)

// Doubt is for how long Telegram has refused a session that it may accept again. The
// zero Doubt is none.
type Doubt struct {
	For   time.Duration `json:"for"` // nanoseconds
	Times int           `json:"times"`
	Last  time.Time     `json:"last"`
}

// refused notes a refusal, and reports whether the session has ended.
func (d *Doubt) refused(now time.Time) bool {
	if now.Sub(d.Last) > doubtOld {
		*d = Doubt{}
	}
	if d.Times > 0 {
		d.For += min(max(0, now.Sub(d.Last)), doubtGap)
	}
	d.Times, d.Last = d.Times+1, now
	return d.For >= doubtFor && d.Times >= doubtTimes
}

// pause is how long to wait before the session is tried again.
func (d *Doubt) pause() time.Duration { return min(max(time.Second, d.For), longestSleep) }

// refuse notes that Telegram refused the session, and returns how long to wait before
// the next try, or that it has ended.
func (g *gate) refuse() (pause time.Duration, ended bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	ended = g.memory.Doubt.refused(g.clock.Now())
	pause = g.memory.Doubt.pause()
	g.tryAt = g.clock.Uptime() + pause
	g.save()
	return pause, ended
}

// accept notes that Telegram accepts the session.
func (g *gate) accept() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.memory.Doubt != (Doubt{}) {
		g.memory.Doubt = Doubt{}
		g.save()
	}
}

// doubts reports whether Telegram refused the session when it was last used.
func (g *gate) doubts() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.memory.Doubt != (Doubt{})
}

// mayTry reports whether the session may be used: at any time while Telegram accepts
// it, else once in a while.
func (g *gate) mayTry() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Uptime()
	if g.memory.Doubt == (Doubt{}) {
		return true
	}
	if now < g.tryAt {
		return false
	}
	g.tryAt = now + g.memory.Doubt.pause()
	return true
}

// final are the refusals after which a session never comes back.
var final = []string{"SESSION_REVOKED", "USER_DEACTIVATED", "USER_DEACTIVATED_BAN"}

// doubtful reports whether an answer says that nobody is signed in, which may pass.
// See https://core.telegram.org/api/errors#401-unauthorized
func doubtful(err error) bool {
	e, ok := tgerr.As(err)
	return ok && e.Code == 401 && !e.IsOneOf(final...) && e.Type != "SESSION_PASSWORD_NEEDED"
}

// unsettled reports whether an answer says that the connection has to be made anew.
// See https://core.telegram.org/api/invoking
func unsettled(err error) bool {
	return tgerr.Is(err, "CONNECTION_NOT_INITED", "CONNECTION_LAYER_INVALID", "MSG_WAIT_FAILED")
}

// logOut is Telegram's name of the request that ends a session.
const logOut = "auth.logOut"

// keeper keeps a session from being given up too early, and the connection in order.
// It is the outermost middleware.
type keeper struct{ client *Client }

// Handle implements telegram.Middleware.
func (k keeper) Handle(next tg.Invoker) telegram.InvokeFunc {
	c := k.client
	return func(ctx context.Context, input bin.Encoder, output bin.Decoder) error {
		method := methodName(input)
		for try := 0; ; try++ {
			if c.home.signedIn() && !c.options.Interactive && !c.gate.mayTry() {
				return errDoubted(errors.New("tried again later"))
			}
			round := c.wires.round()
			err := next.Invoke(ctx, input, output)
			again, err := k.judge(method, try, round, output, err)
			if !again {
				return err
			}
			c.wires.cut(round)
			if err := sleep(ctx, c.gate.clock, time.Second<<try, nil); err != nil {
				return err
			}
		}
	}
}

// How often a request is sent again at once, over a new connection.
const (
	unsettledTries = 3
	doubtedTries   = 2 // where a person waits; other requests are repeated anyway
)

// judge decides what becomes of an answer: whether the request is sent again over a
// new connection, else the error to return.
func (k keeper) judge(method string, try, round int, output bin.Decoder, err error) (again bool, _ error) {
	c := k.client
	switch {
	case unsettled(err):
		return try < unsettledTries, err
	case !c.home.signedIn():
		if user, in := signsIn(output); err == nil && in {
			c.home.enter(user)
		}
		return false, err
	case doubtful(err):
		pause, ended := c.gate.refuse()
		c.wires.cut(round)
		c.options.Logger.Info("telegram refused the session", "method", method, "error", err, "again_in", pause)
		switch {
		case ended:
			return false, &collector.Error{Kind: collector.SignedOut, Err: err}
		case try < doubtedTries && (c.options.Interactive || method == logOut):
			return true, err
		case method == logOut: // it was refused time and again: there is nothing left to end
			c.home.leave()
			return false, err
		}
		return false, errDoubted(err)
	case method == logOut && err == nil:
		c.home.leave()
	case proves(method, err):
		c.gate.accept()
	}
	return false, err
}

// errDoubted says that Telegram does not accept the session at the moment.
func errDoubted(why error) error {
	return &collector.Error{Kind: collector.Network, Detail: DetailSession, Err: why}
}

// proves reports whether an answer shows that somebody is signed in.
func proves(method string, err error) bool {
	if strings.HasPrefix(method, "help.") || strings.HasPrefix(method, "auth.") {
		return false
	}
	e, ok := tgerr.As(err)
	return err == nil || ok && (e.Code == 400 || e.Code == 403)
}

// signsIn reports whether an answer says that somebody is signed in from now on, and
// who; 0: it does not tell.
func signsIn(answer bin.Decoder) (user int64, in bool) {
	authorized := func(a tg.AuthAuthorizationClass) (int64, bool) {
		in, ok := a.(*tg.AuthAuthorization)
		if !ok || in.User == nil {
			return 0, ok
		}
		return in.User.GetID(), true
	}
	switch a := answer.(type) {
	case *tg.AuthAuthorizationBox:
		return authorized(a.Authorization)
	case *tg.AuthLoginTokenBox:
		t, ok := a.LoginToken.(*tg.AuthLoginTokenSuccess)
		if ok {
			return authorized(t.Authorization)
		}
	case *tg.AuthSentCodeBox:
		s, ok := a.SentCode.(*tg.AuthSentCodeSuccess)
		if ok {
			return authorized(s.Authorization)
		}
	}
	return 0, false
}

// unknownKey is what becomes of a data centre's word that it does not know the key
// that somebody is signed in with: after a pause the connection is made anew with the
// same key, until that has failed for minutes.
func (c *Client) unknownKey(ctx context.Context) error {
	why := errors.New("the data centre does not know the key")
	pause, ended := c.gate.refuse()
	if ended {
		c.fail(&collector.Error{Kind: collector.SignedOut, Err: why})
		return why
	}
	c.options.Logger.Info("telegram does not know the key", "again_in", pause)
	return errors.Join(why, sleep(ctx, c.gate.clock, pause, nil))
}

// refusedConnection is what becomes of a connection that ended for good: nil where
// Telegram only refused the session, and it is time to try again.
func (c *Client) refusedConnection(ctx context.Context, err error) error {
	if !doubtful(err) || !c.home.signedIn() {
		return err
	}
	pause, ended := c.gate.refuse()
	if ended {
		return &collector.Error{Kind: collector.SignedOut, Err: err}
	}
	c.options.Logger.Info("telegram refused the connection", "error", err, "again_in", pause)
	return sleep(ctx, c.gate.clock, pause, nil)
}
