package keyring

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestKeysDamaged: each way in which the two files can be wrong has its own reason,
// and nothing is made anew beside data.
func TestKeysDamaged(t *testing.T) {
	const secret = "a key of enough characters"
	flip := func(b []byte) []byte { b[len(b)/2] ^= 1; return b }
	for _, test := range []struct {
		name, secret, file string
		harm               func([]byte) []byte // nil: removed
		want               error
	}{
		{"identity removed", secret, identityFile, nil, ErrIdentityMissing},
		{"identity removed, own key", "", identityFile, nil, ErrIdentityMissing},
		{"identity flipped", secret, identityFile, flip, ErrIdentityDamaged},
		{"identity's checksum flipped", secret, identityFile, func(b []byte) []byte { b[len(b)-1] ^= 1; return b }, ErrIdentityDamaged},
		{"identity halved", secret, identityFile, func(b []byte) []byte { return b[:len(b)/2] }, ErrIdentityDamaged},
		{"identity cut", secret, identityFile, func(b []byte) []byte { return b[:len(b)-1] }, ErrIdentityDamaged},
		{"identity zeroed", secret, identityFile, func(b []byte) []byte { return make([]byte, len(b)) }, ErrIdentityDamaged},
		{"identity emptied", secret, identityFile, func([]byte) []byte { return nil }, ErrIdentityDamaged},
		{"key removed", "", keyFile, nil, ErrKeyMissing},
		{"key flipped", "", keyFile, flip, ErrKeyFile},
		{"key halved", "", keyFile, func(b []byte) []byte { return b[:len(b)/2] }, ErrKeyFile},
		{"key cut short", "", keyFile, func(b []byte) []byte { return b[:3] }, ErrKeyFile},
		{"key emptied", "", keyFile, func([]byte) []byte { return nil }, ErrKeyFile},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if _, err := Open(dir, test.secret, false); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, test.file)
			b, err := os.ReadFile(path)
			if err == nil && test.harm == nil {
				err = os.Remove(path)
			} else if err == nil {
				err = os.WriteFile(path, test.harm(b), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(path)
			if _, err := Open(dir, test.secret, true); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was written")
			}
		})
	}
	dir := t.TempDir()
	if _, err := Open(dir, secret, false); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, "quite another key, of enough characters", true); !errors.Is(err, ErrKey) {
		t.Errorf("a wrong key: %v", err)
	}
}

// TestIdentityOfEarlierVersions: a file without a checksum is read, and gets one.
func TestIdentityOfEarlierVersions(t *testing.T) {
	dir := t.TempDir()
	first, err := Open(dir, "", false)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, identityFile)
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, b[:boxBytes], 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	second, err := Open(dir, "", true)
	if err != nil || string(second.Derive("x")) != string(first.Derive("x")) {
		t.Fatalf("the identity was not read: %v", err)
	}
	if b, _ := os.ReadFile(path); len(b) <= boxBytes {
		t.Error("it got no checksum")
	}
}
