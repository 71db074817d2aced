package sandbox

import (
	"cmp"
	"errors"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// tokenLifetime is how long a QR code can be scanned, as at Telegram.
const tokenLifetime = 30 * time.Second

// login is a QR login in progress: https://core.telegram.org/api/qr-login
type login struct {
	key     [8]byte // of the client that shows the code
	expires time.Time
	account int64 // that accepted it; 0 = none yet
}

// logins are the login tokens that were issued. They expire too soon to be stored across
// restarts.
type logins struct {
	mu     sync.Mutex
	tokens map[string]*login
	newest string
}

// issue makes a token for a key.
func (l *logins) issue(key [8]byte, lifetime time.Duration, now time.Time) (token []byte, expires time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for t, login := range l.tokens {
		if !now.Before(login.expires) {
			delete(l.tokens, t)
		}
	}
	token, expires = random(32), now.Add(lifetime)
	l.newest = string(token)
	l.tokens[l.newest] = &login{key: key, expires: expires}
	return token, expires
}

// accept signs account in by a token, nil for the newest, and returns the token's key.
func (l *logins) accept(token []byte, account int64, now time.Time) (key [8]byte, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if token == nil {
		token = []byte(l.newest)
	}
	login, ok := l.tokens[string(token)]
	switch {
	case !ok:
		return key, errTokenInvalid
	case !now.Before(login.expires):
		return key, errTokenExpired
	case login.account != 0:
		return key, errTokenAccepted
	}
	login.account = account
	return login.key, nil
}

// acceptLogin signs an account in by a token and notifies the client that shows it.
func (s *Server) acceptLogin(token []byte, account int64, now time.Time) error {
	key, err := s.logins.accept(token, account, now)
	if err == nil {
		s.wire.Push(key, &tg.UpdateShort{Update: &tg.UpdateLoginToken{}, Date: int(now.Unix())})
	}
	return err
}

// accepted finds a key's token that somebody accepted.
func (l *logins) accepted(key [8]byte, now time.Time) (token []byte, account int64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for t, login := range l.tokens {
		if login.key == key && login.account != 0 && now.Before(login.expires) {
			return []byte(t), login.account, true
		}
	}
	return nil, 0, false
}

// redeem ends a token and returns the account that accepted it.
func (l *logins) redeem(token []byte, now time.Time) (account int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	login, ok := l.tokens[string(token)]
	switch {
	case !ok || login.account == 0:
		return 0, errTokenInvalid
	case !now.Before(login.expires):
		return 0, errTokenExpired
	}
	delete(l.tokens, string(token))
	return login.account, nil
}

func (c call) exportLoginToken(req *tg.AuthExportLoginTokenRequest) (bin.Encoder, error) {
	if req.APIID != APIID || req.APIHash != APIHash {
		return nil, errAPIID
	}
	now := c.srv.wire.Now()
	token, id, ok := c.srv.logins.accepted(c.key.ID, now)
	if !ok {
		token, expires := c.srv.logins.issue(c.key.ID, cmp.Or(c.srv.conditions.Load().TokenLifetime, tokenLifetime), now)
		return &tg.AuthLoginToken{Expires: int(expires.Unix()), Token: token}, nil
	}
	a, err := c.srv.known(id)
	if err != nil {
		return nil, err
	}
	if a.dc != c.dc {
		return &tg.AuthLoginTokenMigrateTo{DCID: a.dc, Token: token}, nil
	}
	return c.redeem(token, now)
}

func (c call) importLoginToken(req *tg.AuthImportLoginTokenRequest) (bin.Encoder, error) {
	return c.redeem(req.Token, c.srv.wire.Now())
}

// redeem signs in the account that accepted a token.
func (c call) redeem(token []byte, now time.Time) (bin.Encoder, error) {
	id, err := c.srv.logins.redeem(token, now)
	if err != nil {
		return nil, err
	}
	a, err := c.srv.known(id)
	if err != nil {
		return nil, err
	}
	if a.hasPassword() {
		return c.admit(a)
	}
	authorization, err := c.enter(a)
	if err != nil {
		return nil, err
	}
	return &tg.AuthLoginTokenSuccess{Authorization: authorization}, nil
}

func (c call) acceptLoginToken(req *tg.AuthAcceptLoginTokenRequest) (bin.Encoder, error) {
	now := c.srv.wire.Now()
	if err := c.srv.acceptLogin(req.Token, c.signIn.Account, now); err != nil {
		return nil, err
	}
	return &tg.Authorization{
		Hash: 1, APIID: APIID, AppName: "sandbox", Country: "NL",
		DateCreated: int(now.Unix()), DateActive: int(now.Unix()),
	}, nil
}

// known returns the account with this id, at its present data centre.
func (s *Server) known(id int64) (account, error) {
	a, ok := accountByID(id)
	if !ok {
		return account{}, errors.New("no account with this id")
	}
	a.dc = s.moved.home(a)
	return a, nil
}
