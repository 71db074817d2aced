package client

import (
	"context"
	"errors"
	"strings"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector"
	"telegramtrac/collector/gate"
)

// DetailSession is the Detail of Network errors, and the Method of Network waits, while
// Telegram refuses the session but may accept it again.
const DetailSession = "session"

// final are the refusals that end a session permanently.
var final = []string{"SESSION_REVOKED", "USER_DEACTIVATED", "USER_DEACTIVATED_BAN"}

// doubtful reports whether an answer says that nobody is signed in, which may be temporary.
// See https://core.telegram.org/api/errors#401-unauthorized
func doubtful(err error) bool {
	e, ok := tgerr.As(err)
	return ok && e.Code == 401 && !e.IsOneOf(final...) && e.Type != "SESSION_PASSWORD_NEEDED"
}

// unsettled reports whether an answer requires a new connection.
// See https://core.telegram.org/api/invoking
func unsettled(err error) bool {
	return tgerr.Is(err, "CONNECTION_NOT_INITED", "CONNECTION_LAYER_INVALID", "MSG_WAIT_FAILED")
}

// logOut is Telegram's name of the request that ends a session.
const logOut = "auth.logOut"

// keeper retries refused sessions before they count as ended, and renews connections. It is the
// outermost middleware.
type keeper struct{ client *Client }

// Handle implements telegram.Middleware.
func (k keeper) Handle(next tg.Invoker) telegram.InvokeFunc {
	c := k.client
	return func(ctx context.Context, input bin.Encoder, output bin.Decoder) error {
		method := methodName(input)
		for try := 0; ; try++ {
			if c.home.signedIn() && !c.options.Interactive && !c.gate.MayTrySession() {
				return errDoubted(errors.New("tried again later"))
			}
			round := c.wires.round()
			err := next.Invoke(ctx, input, output)
			again, err := k.judge(method, try, round, output, err)
			if !again {
				return err
			}
			c.wires.cut(round)
			if err := gate.Sleep(ctx, c.gate.Clock(), gate.Reconnect(try), nil); err != nil {
				return err
			}
		}
	}
}

// How often a request is repeated at once, over a new connection.
const (
	unsettledTries = 3
	doubtedTries   = 2 // interactive or to log out; other requests are repeated by Call
)

// judge handles an answer: it returns whether to send the request again over a new connection,
// else the error to return.
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
		pause, ended := c.gate.RefuseSession()
		c.wires.cut(round)
		c.options.Logger.Info("telegram refused the session", "method", method, "error", err, "again_in", pause)
		switch {
		case ended:
			return false, &collector.Error{Kind: collector.SignedOut, Err: err}
		case try < doubtedTries && (c.options.Interactive || method == logOut):
			return true, err
		case method == logOut: // refused repeatedly: there is no session left to end
			c.home.leave()
			return false, err
		}
		return false, errDoubted(err)
	case method == logOut && err == nil:
		c.home.leave()
	case proves(method, err):
		c.gate.AcceptSession()
	}
	return false, err
}

// errDoubted is the error while Telegram does not accept the session.
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

// signsIn reports whether an answer signs a user in, and which; 0 if the answer does not say.
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

// unknownKey handles a data centre's answer that it does not know the signed-in key: after a
// pause it reconnects with the same key, until this has failed for minutes.
func (c *Client) unknownKey(ctx context.Context) error {
	why := errors.New("the data centre does not know the key")
	pause, ended := c.gate.RefuseSession()
	if ended {
		c.fail(&collector.Error{Kind: collector.SignedOut, Err: why})
		return why
	}
	c.options.Logger.Info("telegram does not know the key", "again_in", pause)
	return errors.Join(why, gate.Sleep(ctx, c.gate.Clock(), pause, nil))
}

// refusedConnection handles a connection that ended permanently: it returns nil if Telegram
// only refused the session and it is time to retry.
func (c *Client) refusedConnection(ctx context.Context, err error) error {
	if !doubtful(err) || !c.home.signedIn() {
		return err
	}
	pause, ended := c.gate.RefuseSession()
	if ended {
		return &collector.Error{Kind: collector.SignedOut, Err: err}
	}
	c.options.Logger.Info("telegram refused the connection", "error", err, "again_in", pause)
	return gate.Sleep(ctx, c.gate.Clock(), pause, nil)
}
