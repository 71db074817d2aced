package sandbox

import (
	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

func (c call) getUsers(req *tg.UsersGetUsersRequest) (bin.Encoder, error) {
	var answer tg.UserClassVector
	for _, in := range req.ID {
		answer.Elems = append(answer.Elems, c.inputUser(in))
	}
	return c.locked(&answer), nil
}

func (c call) inputUser(in tg.InputUserClass) tg.UserClass {
	switch in := in.(type) {
	case *tg.InputUserSelf:
		if u, ok := c.srv.user(c.signIn.Account, c.signIn.Account, false); ok {
			return u
		}
	case *tg.InputUser:
		u, ok := c.srv.user(c.signIn.Account, in.UserID, false)
		if ok && in.AccessHash == c.srv.id.accessHash(c.signIn.Account, kindUser, in.UserID) {
			return u
		}
		return &tg.UserEmpty{ID: in.UserID}
	}
	return &tg.UserEmpty{}
}

func (c call) getFullUser(req *tg.UsersGetFullUserRequest) (bin.Encoder, error) {
	u, ok := c.inputUser(req.ID).(*tg.User)
	if !ok {
		return nil, errUserInvalid
	}
	return c.locked(&tg.UsersUserFull{
		FullUser: tg.UserFull{ID: u.ID},
		Users:    []tg.UserClass{u},
	}), nil
}

func (c call) getState(*tg.UpdatesGetStateRequest) (bin.Encoder, error) {
	return &tg.UpdatesState{Pts: 1, Date: int(c.srv.hooks.now().Unix()), Seq: 1}, nil
}

// locked holds the peers lock while it encodes an answer with objects of the world, since gotd
// writes flags into objects that it encodes.
func (c call) locked(answer bin.Encoder) bin.Encoder { return lockedAnswer{c.srv, answer} }

type lockedAnswer struct {
	srv    *Server
	answer bin.Encoder
}

func (a lockedAnswer) Encode(b *bin.Buffer) error {
	a.srv.peers.Lock()
	defer a.srv.peers.Unlock()
	return a.answer.Encode(b)
}
