package workspace

import (
	"context"
	"encoding/json"

	"telegramtrac/collector/keyring"
)

// SessionPurpose is what sessions are sealed for.
const SessionPurpose = sessionPurpose

// SealSession makes the record of a signed-in workspace.
func SealSession(k *keyring.Keys, workspace, source, identity string, apiID int, apiHash string, session []byte) ([]byte, error) {
	b, err := json.Marshal(credentials{Source: source, Server: identity, APIID: apiID, APIHash: apiHash, Session: session})
	return k.Seal(b, sessionPurpose+workspace), err
}

// Insist is insist, and whether another job was asked for.
func Insist(ctx context.Context, h *Host, f func(context.Context) error) (done, again bool) {
	done = h.insist(ctx, "w", "a test failed", f)
	return done, len(h.imports.wanted) > 0
}

// Work is what a holder does once.
func Work(ctx context.Context, h *Host, workspace string) error {
	return h.work(ctx, workspace, &holder{})
}
