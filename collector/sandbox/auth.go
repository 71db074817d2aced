package sandbox

import (
	"cmp"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// codeTimeout is how many seconds a client must wait before it can ask for the code again.
const codeTimeout = 60

// accountHere finds the account of a phone number that can sign in at this data centre.
func (c call) accountHere(phone string) (account, error) {
	a, ok := c.srv.account(phone)
	switch {
	case !ok:
		return account{}, errPhoneInvalid
	case a.banned():
		return account{}, errPhoneBanned
	case a.dc != c.dc:
		return account{}, migrate("PHONE", a.dc)
	}
	return a, nil
}

func (c call) sendCode(req *tg.AuthSendCodeRequest) (bin.Encoder, error) {
	if req.APIID != APIID || req.APIHash != APIHash {
		return nil, errAPIID
	}
	a, err := c.accountHere(req.PhoneNumber)
	if err != nil {
		return nil, err
	}
	means := c.srv.means()
	hash, err := c.srv.codes.send(a.phone, c.key.ID, means[0], cmp.Or(c.srv.conditions.Load().CodeLifetime, codeLifetime), time.Now())
	if err != nil {
		return nil, err
	}
	if answer, err := c.unsent(means[0], a, hash); answer != nil || err != nil {
		return answer, err
	}
	return sentCode(hash, means, 1), nil
}

func (c call) resendCode(req *tg.AuthResendCodeRequest) (bin.Encoder, error) {
	a, err := c.accountHere(req.PhoneNumber)
	if err != nil {
		return nil, err
	}
	if req.PhoneCodeHash == "" {
		return nil, errCodeHashEmpty
	}
	var sent int
	now, means := time.Now(), c.srv.means()
	err = c.srv.codes.use(a.phone, c.key.ID, req.PhoneCodeHash, now, func(code *loginCode) error {
		if code.Sent >= len(means) {
			return errCodeUnavailable
		}
		code.Means = means[code.Sent]
		code.Sent++
		code.Expires = now.Add(cmp.Or(c.srv.conditions.Load().CodeLifetime, codeLifetime))
		sent = code.Sent
		return nil
	})
	if err != nil {
		return nil, err
	}
	if answer, err := c.unsent(means[sent-1], a, req.PhoneCodeHash); answer != nil || err != nil {
		return answer, err
	}
	return sentCode(req.PhoneCodeHash, means, sent), nil
}

func (c call) cancelCode(req *tg.AuthCancelCodeRequest) (bin.Encoder, error) {
	a, err := c.accountHere(req.PhoneNumber)
	if err != nil {
		return nil, err
	}
	err = c.srv.codes.use(a.phone, c.key.ID, req.PhoneCodeHash, time.Now(), func(*loginCode) error { return nil })
	if err != nil {
		return nil, err
	}
	return &tg.BoolTrue{}, c.srv.codes.forget(req.PhoneCodeHash)
}

func (c call) signInByCode(req *tg.AuthSignInRequest) (bin.Encoder, error) {
	a, err := c.accountHere(req.PhoneNumber)
	switch {
	case err != nil:
		return nil, err
	case req.PhoneCode == "" && req.EmailVerification == nil:
		return nil, errCodeEmpty
	case req.PhoneCodeHash == "":
		return nil, errCodeHashEmpty
	}
	err = c.srv.codes.use(a.phone, c.key.ID, req.PhoneCodeHash, time.Now(), func(code *loginCode) error {
		return code.try(entered(req, code.Means), a.codeBy(code.Means))
	})
	if err != nil {
		return nil, err
	}
	if !a.exists() {
		return &tg.AuthAuthorizationSignUpRequired{}, nil
	}
	answer, err := c.admit(a)
	if err != nil {
		return nil, err
	}
	return answer, c.srv.codes.forget(req.PhoneCodeHash)
}

// admit signs a in, or asks for its password if it has one.
func (c call) admit(a account) (bin.Encoder, error) {
	if a.hasPassword() {
		if err := c.srv.keys.set(c.key, signIn{Pending: a.id}); err != nil {
			return nil, err
		}
		return nil, errPasswordNeeded
	}
	return c.enter(a)
}

// enter signs a in.
func (c call) enter(a account) (*tg.AuthAuthorization, error) {
	if err := c.srv.keys.set(c.key, signIn{Account: a.id}); err != nil {
		return nil, err
	}
	return c.srv.authorization(a), nil
}

func (s *Server) authorization(a account) *tg.AuthAuthorization {
	return &tg.AuthAuthorization{User: s.reader(a.id).Self()}
}

func (c call) logOut(*tg.AuthLogOutRequest) (bin.Encoder, error) {
	if c.signIn.Account == 0 && c.signIn.Pending == 0 {
		return nil, errUnregistered
	}
	return &tg.AuthLoggedOut{}, c.srv.keys.set(c.key, signIn{})
}
