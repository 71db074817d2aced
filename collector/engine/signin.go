package engine

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"telegramtrac/collector/engine/store"
	"telegramtrac/collector/keyring"
)

// stepPurpose plus the visitor is the purpose that a step is sealed for.
const stepPurpose = "signin step\x00"

var errNoSealer = errors.New("there is nothing to seal a sign-in with")

// keptSignIn is a SignIn as stored: readable are only the fields by which it is deleted. The
// api_id, the digits of the phone and the hint at the password are personal.
type keptSignIn struct {
	Expires   time.Time `json:"expires"`
	Workspace string    `json:"workspace"`
	Box       []byte    `json:"box"` // the whole SignIn
}

// SealWith sets what sign-ins are sealed with. Call it once, before the first of them: the
// keys are opened after the engine has locked the folder.
func (e *Engine) SealWith(k *keyring.Keys) { e.sealer = k }

// SignIn returns the step at which a visitor's sign-in waits, zero when there is none, it has
// expired, or no key opens it.
func (e *Engine) SignIn(ctx context.Context, visitor string) (s SignIn, err error) {
	defer wrap(&err, "read sign-in")
	var kept keptSignIn
	if err := e.readWorkspaces(ctx, &kept, "signin", visitor); err != nil {
		return s, err
	}
	if len(kept.Box) == 0 || e.sealer == nil || e.expired(kept) {
		return s, nil
	}
	b, err := e.sealer.Open(kept.Box, stepPurpose+visitor)
	if err != nil { // the person begins again, as after an expired one
		e.log.Info("a sign-in that waited cannot be opened", "error", err)
		return s, nil
	}
	err = json.Unmarshal(b, &s) // before the return, which may read s first
	return s, err
}

// PutSignIn stores the step of a visitor's sign-in, sealed. It also deletes all expired
// sign-ins, and the visitors who did not come back for VisitorLife.
func (e *Engine) PutSignIn(ctx context.Context, visitor string, s SignIn) (err error) {
	defer wrap(&err, "store sign-in")
	if err := store.CheckNames(visitor); err != nil {
		return err
	}
	if e.sealer == nil {
		return errNoSealer
	}
	if err := e.forgetSignIns(ctx); err != nil {
		return err
	}
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return e.workspaces.PutJSON(ctx, "signin."+visitor,
		keptSignIn{Expires: s.Expires, Workspace: s.Workspace, Box: e.sealer.Seal(b, stepPurpose+visitor)})
}

func (e *Engine) expired(s keptSignIn) bool {
	return !s.Expires.IsZero() && !e.wall().Before(s.Expires)
}

// DropSignIn deletes a visitor's sign-in, if there is one.
func (e *Engine) DropSignIn(ctx context.Context, visitor string) (err error) {
	defer wrap(&err, "drop sign-in")
	if err := store.CheckNames(visitor); err != nil {
		return err
	}
	return e.workspaces.Drop(ctx, "signin."+visitor)
}

// forgetSignIns deletes the visitors and sign-ins whose time is over.
func (e *Engine) forgetSignIns(ctx context.Context) error {
	err := e.removeWhere(ctx, e.workspaces.Drop, "visitor.*", func(value []byte) bool {
		var p presence
		return json.Unmarshal(value, &p) == nil && e.gone(p)
	})
	if err != nil {
		return err
	}
	return e.removeWhere(ctx, e.workspaces.Drop, "signin.*", func(value []byte) bool {
		var s keptSignIn
		return json.Unmarshal(value, &s) == nil && e.expired(s)
	})
}
