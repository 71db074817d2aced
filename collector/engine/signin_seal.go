package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Sealer seals the data of people who are signing in.
type Sealer interface {
	Seal(secret []byte, purpose string) []byte
	Open(sealed []byte, purpose string) ([]byte, error)
}

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
func (e *Engine) SealWith(s Sealer) { e.sealer = s }

// SignIn returns the step at which a visitor's sign-in waits, zero when there is none, it has
// expired, or no key opens it.
func (e *Engine) SignIn(ctx context.Context, visitor string) (SignIn, error) {
	var kept keptSignIn
	if err := e.readWorkspaces(ctx, &kept, "signin", visitor); err != nil {
		return SignIn{}, fmt.Errorf("read sign-in: %w", err)
	}
	if len(kept.Box) == 0 || e.sealer == nil || e.expired(kept) {
		return SignIn{}, nil
	}
	b, err := e.sealer.Open(kept.Box, stepPurpose+visitor)
	if err != nil { // the person begins again, as after an expired one
		e.log.Info("a sign-in that waited cannot be opened", "error", err)
		return SignIn{}, nil
	}
	var s SignIn
	if err := json.Unmarshal(b, &s); err != nil {
		return SignIn{}, fmt.Errorf("read sign-in: %w", err)
	}
	return s, nil
}

// PutSignIn stores the step of a visitor's sign-in, sealed. It also deletes all expired
// sign-ins, and the visitors who did not come back for VisitorLife.
func (e *Engine) PutSignIn(ctx context.Context, visitor string, s SignIn) error {
	err := checkNames(visitor)
	if err == nil && e.sealer == nil {
		err = errNoSealer
	}
	if err == nil {
		err = e.forgetSignIns(ctx)
	}
	if err == nil {
		err = e.putSealed(ctx, visitor, s)
	}
	if err != nil {
		return fmt.Errorf("keep sign-in: %w", err)
	}
	return nil
}

func (e *Engine) putSealed(ctx context.Context, visitor string, s SignIn) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return e.workspaces.PutJSON(ctx, "signin."+visitor,
		keptSignIn{Expires: s.Expires, Workspace: s.Workspace, Box: e.sealer.Seal(b, stepPurpose+visitor)})
}
