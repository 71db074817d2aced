package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Prefixes of keys that belong to no workspace.
const (
	carriedOverPrefix = "owed"
	gatePrefix        = "gate"
	daysPrefix        = "days"
)

// carriedOver is a value that is stored until a time, without its workspace.
type carriedOver struct {
	Until time.Time       `json:"until"`
	Value json.RawMessage `json:"value"`
}

// CarriedOver returns the value of PutCarriedOver, nil when there is none or it has expired.
func (e *Engine) CarriedOver(ctx context.Context, name string) ([]byte, error) {
	var o carriedOver
	if err := e.readWorkspaces(ctx, &o, carriedOverPrefix, name); err != nil {
		return nil, fmt.Errorf("read what is owed: %w", err)
	}
	if !e.wall().Before(o.Until) {
		return nil, nil
	}
	return o.Value, nil
}

// PutCarriedOver stores JSON until a time, such as the flood waits of an account whose
// workspace is deleted: it survives the workspace. The name must not reveal the account.
func (e *Engine) PutCarriedOver(ctx context.Context, name string, until time.Time, value []byte) error {
	err := checkNames(name)
	if err == nil {
		err = e.workspaces.PutJSON(ctx, carriedOverPrefix+"."+name, carriedOver{until.UTC(), value})
	}
	if err != nil {
		return fmt.Errorf("keep what is owed: %w", err)
	}
	return nil
}

// DropCarriedOver deletes the value of PutCarriedOver, if there is one.
func (e *Engine) DropCarriedOver(ctx context.Context, name string) error {
	err := checkNames(name)
	if err == nil {
		err = e.workspaces.Erase(ctx, carriedOverPrefix+"."+name)
	}
	if err != nil {
		return fmt.Errorf("forget what is owed: %w", err)
	}
	return nil
}

// SweepCarriedOver deletes the values that have expired or cannot be read.
func (e *Engine) SweepCarriedOver(ctx context.Context) error {
	all, err := e.workspaces.List(ctx, carriedOverPrefix+".*")
	for _, it := range all {
		var o carriedOver
		if json.Unmarshal(it.Value, &o) == nil && e.wall().Before(o.Until) {
			continue
		}
		if err == nil {
			err = e.workspaces.Erase(ctx, it.Key)
		}
	}
	if err != nil {
		return fmt.Errorf("forget what is owed no longer: %w", err)
	}
	return nil
}

// Gate returns the value of PutGate, nil when there is none.
func (e *Engine) Gate(ctx context.Context, name string) ([]byte, error) {
	err := checkNames(name)
	var v []byte
	if err == nil {
		v, err = e.workspaces.Get(ctx, gatePrefix+"."+name)
	}
	if err != nil {
		return nil, fmt.Errorf("read the memory of a gate: %w", err)
	}
	return v, nil
}

// PutGate stores the memory of a gate that serves no workspace.
func (e *Engine) PutGate(ctx context.Context, name string, v []byte) error {
	err := checkNames(name)
	if err == nil {
		err = e.workspaces.Put(ctx, gatePrefix+"."+name, v)
	}
	if err != nil {
		return fmt.Errorf("keep the memory of a gate: %w", err)
	}
	return nil
}

// ownerless reports whether keys with this first token belong to no workspace.
func ownerless(beginning string) bool {
	switch beginning {
	case "visitor", "signin", carriedOverPrefix, gatePrefix, daysPrefix:
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
