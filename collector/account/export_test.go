package account

import "crypto/cipher"

// SessionPurpose is what sessions are sealed for.
const SessionPurpose = sessionPurpose

// Unseal makes keys that leave secrets as they are, so that a search for secrets
// can be seen to find them.
func Unseal(k *Keys) { k.seals = []cipher.AEAD{openBox{k.seals[0]}} }

// openBox is a cipher that hides nothing.
type openBox struct{ cipher.AEAD }

func (openBox) Seal(dst, _, plain, _ []byte) []byte { return append(dst, plain...) }

func (openBox) Open(dst, _, sealed, _ []byte) ([]byte, error) { return append(dst, sealed...), nil }
