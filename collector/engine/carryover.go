package engine

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"telegramtrac/collector/engine/days"
	"telegramtrac/collector/engine/store"
)

// Prefixes of keys that belong to no workspace.
const (
	carriedOverPrefix = "owed"
	gatePrefix        = "gate"
)

// carriedOver is a value that is stored until a time, without its workspace.
type carriedOver struct {
	Until time.Time       `json:"until"`
	Value json.RawMessage `json:"value"`
}

// CarriedOver returns the value of PutCarriedOver, nil when there is none or it has expired.
func (e *Engine) CarriedOver(ctx context.Context, name string) (_ []byte, err error) {
	defer wrap(&err, "read what is carried over")
	var o carriedOver
	if err := e.readWorkspaces(ctx, &o, carriedOverPrefix, name); err != nil || !e.wall().Before(o.Until) {
		return nil, err
	}
	return o.Value, nil
}

// PutCarriedOver stores JSON until a time, such as the flood waits of an account whose
// workspace is deleted: it survives the workspace. The name must not reveal the account.
func (e *Engine) PutCarriedOver(ctx context.Context, name string, until time.Time, value []byte) (err error) {
	defer wrap(&err, "carry over")
	if err := store.CheckNames(name); err != nil {
		return err
	}
	return e.workspaces.PutJSON(ctx, carriedOverPrefix+"."+name, carriedOver{until.UTC(), value})
}

// DropCarriedOver deletes the value of PutCarriedOver, if there is one.
func (e *Engine) DropCarriedOver(ctx context.Context, name string) (err error) {
	defer wrap(&err, "forget what was carried over")
	if err := store.CheckNames(name); err != nil {
		return err
	}
	return e.workspaces.Erase(ctx, carriedOverPrefix+"."+name)
}

// SweepCarriedOver deletes the values that have expired or cannot be read.
func (e *Engine) SweepCarriedOver(ctx context.Context) (err error) {
	defer wrap(&err, "forget what is carried over no longer")
	return e.removeWhere(ctx, e.workspaces.Erase, carriedOverPrefix+".*", func(value []byte) bool {
		var o carriedOver
		return json.Unmarshal(value, &o) != nil || !e.wall().Before(o.Until)
	})
}

// Gate returns the value of PutGate, nil when there is none.
func (e *Engine) Gate(ctx context.Context, name string) (_ []byte, err error) {
	defer wrap(&err, "read the memory of a gate")
	if err := store.CheckNames(name); err != nil {
		return nil, err
	}
	return e.workspaces.Get(ctx, gatePrefix+"."+name)
}

// PutGate stores the memory of a gate that serves no workspace.
func (e *Engine) PutGate(ctx context.Context, name string, v []byte) (err error) {
	defer wrap(&err, "store the memory of a gate")
	if err := store.CheckNames(name); err != nil {
		return err
	}
	return e.workspaces.Put(ctx, gatePrefix+"."+name, v)
}

// ownerless reports whether keys with this first token belong to no workspace.
func ownerless(beginning string) bool {
	switch beginning {
	case "visitor", "signin", carriedOverPrefix, gatePrefix, days.Prefix:
		return true
	}
	return false
}

// owner returns the workspace that a key belongs to, "" if it belongs to none.
func owner(key string) string {
	tokens := strings.SplitN(key, ".", 3)
	if len(tokens) < 2 || ownerless(tokens[0]) {
		return ""
	}
	if tokens[0] == "want" || tokens[0] == "have" {
		return tokens[1]
	}
	return tokens[0]
}
