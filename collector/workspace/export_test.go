package workspace

import (
	"context"
	"crypto/cipher"
	"encoding/json"
)

// SessionPurpose is what sessions are sealed for.
const SessionPurpose = sessionPurpose

// Unseal makes keys that leave secrets as they are, so that a search for secrets
// can be seen to find them.
func Unseal(k *Keys) { k.seals = []cipher.AEAD{openBox{k.seals[0]}} }

// openBox is a cipher that hides nothing.
type openBox struct{ cipher.AEAD }

func (openBox) Seal(dst, _, plain, _ []byte) []byte { return append(dst, plain...) }

func (openBox) Open(dst, _, sealed, _ []byte) ([]byte, error) { return append(dst, sealed...), nil }

// SealSession makes the record of a signed-in workspace.
func SealSession(k *Keys, workspace, source, identity string, apiID int, apiHash string, session []byte) ([]byte, error) {
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
