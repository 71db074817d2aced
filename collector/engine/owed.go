package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Beginnings of keys that are no workspace's.
const (
	carriedOverPrefix = "owed"
	gatePrefix        = "gate"
	daysPrefix        = "days"
)

// carriedOver is what is remembered of an account until a time.
type carriedOver struct {
	Until time.Time       `json:"until"`
	Value json.RawMessage `json:"value"`
}

// CarriedOver returns what PutOwed kept under a name, nil when nothing was or its time is over.
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

// PutCarriedOver keeps JSON until a time, whatever becomes of the workspace that it came
// from: the waits of an account whose workspace was deleted. The name must not
// tell whose they are.
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

// DropCarriedOver forgets what is kept under a name, if anything is.
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

// SweepCarriedOver forgets what has been kept for its time.
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

// Gate returns what PutGate kept under a name, nil when nothing was.
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

// PutGate keeps what a gate remembers that belongs to no workspace.
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

// ownerless reports whether a key that begins so is no workspace's.
func ownerless(beginning string) bool {
	switch beginning {
	case "visitor", "signin", carriedOverPrefix, gatePrefix, daysPrefix:
		return true
	}
	return false
}

// owner is the workspace that a key belongs to, "" for none.
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
