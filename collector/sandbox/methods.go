package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector/sandbox/library"
	"telegramtrac/collector/sandbox/wire"
)

// Errors as Telegram names them: https://core.telegram.org/api/errors
var (
	errMethodInvalid   = tgerr.New(400, "METHOD_INVALID")
	errUnregistered    = tgerr.New(401, "AUTH_KEY_UNREGISTERED")
	errPasswordNeeded  = tgerr.New(401, "SESSION_PASSWORD_NEEDED")
	errAPIID           = tgerr.New(400, "API_ID_INVALID")
	errPhoneInvalid    = tgerr.New(400, "PHONE_NUMBER_INVALID")
	errPhoneBanned     = tgerr.New(400, "PHONE_NUMBER_BANNED")
	errCodeInvalid     = tgerr.New(400, "PHONE_CODE_INVALID")
	errEmailInvalid    = tgerr.New(400, "CODE_INVALID") // of a code that came by email
	errCodeEmpty       = tgerr.New(400, "PHONE_CODE_EMPTY")
	errCodeExpired     = tgerr.New(400, "PHONE_CODE_EXPIRED")
	errCodeHashEmpty   = tgerr.New(400, "PHONE_CODE_HASH_EMPTY")
	errCodeUnavailable = tgerr.New(406, "SEND_CODE_UNAVAILABLE")
	errPasswordHash    = tgerr.New(400, "PASSWORD_HASH_INVALID")
	errSRPID           = tgerr.New(400, "SRP_ID_INVALID")
	errDCID            = tgerr.New(400, "DC_ID_INVALID")
	errAuthBytes       = tgerr.New(400, "AUTH_BYTES_INVALID")
	errTokenInvalid    = tgerr.New(400, "AUTH_TOKEN_INVALID")
	errTokenExpired    = tgerr.New(400, "AUTH_TOKEN_EXPIRED")
	errTokenAccepted   = tgerr.New(400, "AUTH_TOKEN_ALREADY_ACCEPTED")
)

// migrate returns the error that sends a client to another data centre. kind is PHONE or USER.
func migrate(kind string, dc int) error {
	return tgerr.New(303, fmt.Sprintf("%s_MIGRATE_%d", kind, dc))
}

// call is one request as a method sees it.
type call struct {
	srv    *Server
	key    *authKey
	dc     int
	signIn signIn // at the arrival of the request
}

// method is one method of the API.
type method struct {
	name string
	open bool // also answered before sign-in, and in every data centre
	do   func(call, *bin.Buffer) (bin.Encoder, error)
}

// run answers a query.
func (m method) run(c call, query *bin.Buffer) (bin.Encoder, error) {
	if m.do == nil {
		c.srv.log.Warn("method not served", "method", m.name)
		return nil, errMethodInvalid
	}
	if !m.open {
		if err := c.authorized(); err != nil {
			return nil, err
		}
	}
	answer, err := m.do(c, query)
	if errors.Is(err, wire.ErrNotUnderstood) {
		c.srv.log.Warn("request not understood", "method", m.name, "error", err)
	}
	return answer, err
}

// authorized checks that the caller is signed in and at the right data centre.
func (c call) authorized() error {
	switch s := c.signIn; {
	case s.Refusal != "":
		return tgerr.New(401, s.Refusal)
	case s.Pending != 0:
		return errPasswordNeeded
	case s.Account == 0:
		return errUnregistered
	}
	if dc, moved := c.srv.moved.elsewhere(c.signIn.Account); moved && dc != c.dc {
		return migrate("USER", dc)
	}
	return nil
}

// reader returns the caller as the library knows it.
func (c call) reader() library.Reader { return c.srv.reader(c.signIn.Account) }

func (s *Server) reader(account int64) library.Reader {
	a, _ := accountByID(account)
	return library.Reader{Library: s.library, Account: account, Phone: a.phone}
}

// lookUp finds the method of a query. Unserved methods have a name only.
func lookUp(query *bin.Buffer) method {
	id, err := query.PeekID()
	if err != nil {
		return method{name: "none"}
	}
	if m, ok := methods[id]; ok {
		return m
	}
	if m, ok := library.Methods[id]; ok {
		return method{name: m.Name, do: func(c call, query *bin.Buffer) (bin.Encoder, error) {
			return m.Do(c.reader(), query)
		}}
	}
	return method{name: cmp.Or(tg.TypesMap()[id], fmt.Sprintf("%#08x", id))}
}

// Answer implements wire.Host.
func (s *Server) Answer(ctx context.Context, r *wire.Request) (bin.Encoder, error) {
	query, err := wire.Unwrap(r.Body)
	m, key := lookUp(query), s.keys.find(r.DC, r.Key.ID)
	c := call{srv: s, key: key, dc: r.DC, signIn: key.signIn()}
	r.Method = m.name
	next := func() (bin.Encoder, error) {
		if err != nil {
			s.log.Warn("request not understood", "dc", r.DC, "error", err)
			return nil, wire.ErrNotUnderstood
		}
		return m.run(c, query)
	}
	around := s.conditions.Load().Around
	if around == nil {
		return next()
	}
	answer, err := around(ctx, &Request{Request: r, Account: c.signIn.Account}, next)
	if tgerr.Is(err, "AUTH_RESTART") {
		err = errors.Join(err, s.restart(key))
	}
	return answer, err
}

// restart forgets a key's unfinished sign-in: the codes it was sent, and a pending password.
func (s *Server) restart(key *authKey) error {
	err := s.codes.restart(key.ID)
	if key.signIn().Pending != 0 {
		err = errors.Join(err, s.keys.set(key, signIn{}))
	}
	return err
}

// Find implements wire.Host.
func (s *Server) Find(dc int, id [8]byte) *wire.Key {
	key := s.keys.find(dc, id)
	forgets := s.conditions.Load().Forgets
	if key == nil || forgets != nil && forgets(key.signIn().Account) {
		return nil
	}
	return key.Key
}

// Add implements wire.Host.
func (s *Server) Add(k *wire.Key) error { return s.keys.add(&authKey{Key: k}) }

// open makes a method that is also answered before sign-in.
func open[R any, P interface {
	*R
	bin.Decoder
}](name string, do func(call, P) (bin.Encoder, error)) method {
	return method{name: name, open: true, do: wire.Decoding(do)}
}

// methods are the methods that the sandbox serves beside those of its library.
var methods = map[uint32]method{
	tg.HelpGetConfigRequestTypeID:    open("help.getConfig", call.getConfig),
	tg.HelpGetNearestDCRequestTypeID: open("help.getNearestDc", call.getNearestDC),
	tg.HelpGetAppConfigRequestTypeID: open("help.getAppConfig", call.getAppConfig),

	tg.AuthSendCodeRequestTypeID:            open("auth.sendCode", call.sendCode),
	tg.AuthResendCodeRequestTypeID:          open("auth.resendCode", call.resendCode),
	tg.AuthCancelCodeRequestTypeID:          open("auth.cancelCode", call.cancelCode),
	tg.AuthSignInRequestTypeID:              open("auth.signIn", call.signInByCode),
	tg.AuthCheckPasswordRequestTypeID:       open("auth.checkPassword", call.checkPassword),
	tg.AuthLogOutRequestTypeID:              open("auth.logOut", call.logOut),
	tg.AuthExportAuthorizationRequestTypeID: open("auth.exportAuthorization", call.exportAuthorization),
	tg.AuthImportAuthorizationRequestTypeID: open("auth.importAuthorization", call.importAuthorization),
	tg.AuthExportLoginTokenRequestTypeID:    open("auth.exportLoginToken", call.exportLoginToken),
	tg.AuthImportLoginTokenRequestTypeID:    open("auth.importLoginToken", call.importLoginToken),
	tg.AuthAcceptLoginTokenRequestTypeID:    {name: "auth.acceptLoginToken", do: wire.Decoding(call.acceptLoginToken)},
	tg.AccountGetPasswordRequestTypeID:      open("account.getPassword", call.getPassword),
}
