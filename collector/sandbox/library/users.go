package library

import (
	"sync"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

func (c Reader) getUsers(req *tg.UsersGetUsersRequest) (bin.Encoder, error) {
	var answer tg.UserClassVector
	for _, in := range req.ID {
		answer.Elems = append(answer.Elems, c.inputUser(in))
	}
	return c.locked(&answer), nil
}

func (c Reader) inputUser(in tg.InputUserClass) tg.UserClass {
	switch in := in.(type) {
	case *tg.InputUserSelf:
		return c.Self()
	case *tg.InputUser:
		u, ok := c.user(in.UserID, false)
		if ok && in.AccessHash == c.hash(kindUser, in.UserID) {
			return u
		}
		return &tg.UserEmpty{ID: in.UserID}
	}
	return &tg.UserEmpty{}
}

func (c Reader) getFullUser(req *tg.UsersGetFullUserRequest) (bin.Encoder, error) {
	u, ok := c.inputUser(req.ID).(*tg.User)
	if !ok {
		return nil, errUserInvalid
	}
	return c.locked(&tg.UsersUserFull{
		FullUser: tg.UserFull{ID: u.ID},
		Users:    []tg.UserClass{u},
	}), nil
}

func (c Reader) getState(*tg.UpdatesGetStateRequest) (bin.Encoder, error) {
	return &tg.UpdatesState{Pts: 1, Date: int(c.now().Unix()), Seq: 1}, nil
}

// locked holds the lock while it encodes an answer with objects of the world, since gotd
// writes flags into objects that it encodes.
func (c Reader) locked(answer bin.Encoder) bin.Encoder { return lockedAnswer{&c.encoding, answer} }

type lockedAnswer struct {
	lock   *sync.Mutex
	answer bin.Encoder
}

func (a lockedAnswer) Encode(b *bin.Buffer) error {
	a.lock.Lock()
	defer a.lock.Unlock()
	return a.answer.Encode(b)
}
