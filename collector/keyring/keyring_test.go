package keyring

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestKeysSealAndRotate(t *testing.T) {
	dir := t.TempDir()
	old, err := Open(dir, "an old key of enough characters", false)
	if err != nil {
		t.Fatal(err)
	}
	sealed := old.Seal([]byte("the session"), "session")
	if bytes.Contains(sealed, []byte("session")) {
		t.Error("the seal shows what is in it")
	}
	rotated, err := Open(dir, "a new key of enough characters, an old key of enough characters", false)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := rotated.Open(sealed, "session"); err != nil || string(got) != "the session" {
		t.Errorf("after a rotation Open = %q, %v", got, err)
	}
	if rotated.Workspace("telegram", "1") != old.Workspace("telegram", "1") || rotated.Pseudonym("w")(5) != old.Pseudonym("w")(5) {
		t.Error("a rotation changed workspaces or pseudonyms")
	}
	if _, err := rotated.Open(sealed, "another purpose"); !errors.Is(err, ErrKey) {
		t.Errorf("opened for another purpose: %v", err)
	}
	later, err := Open(dir, "a new key of enough characters", false)
	if err != nil {
		t.Fatalf("the identity was not sealed with the new key: %v", err)
	}
	if _, err := later.Open(sealed, "session"); !errors.Is(err, ErrKey) {
		t.Errorf("opened without the old key: %v", err)
	}
	if _, err := Open(dir, "quite another key, of enough characters", false); !errors.Is(err, ErrKey) {
		t.Errorf("a wrong key gives %v", err)
	}
	if _, err := Open(t.TempDir(), "short", false); err == nil {
		t.Error("a short key is taken")
	}
}

func TestKeyFileIsPrivate(t *testing.T) {
	dir := t.TempDir()
	first, err := Open(dir, "", false)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, keyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", info.Mode(), err)
	}
	second, err := Open(dir, "", false)
	if err != nil || !bytes.Equal(first.Derive("x"), second.Derive("x")) {
		t.Errorf("the key file was not used again: %v", err)
	}
}

func TestPseudonyms(t *testing.T) {
	k, err := Open(t.TempDir(), "", false)
	if err != nil {
		t.Fatal(err)
	}
	one, two := k.Pseudonym("w1"), k.Pseudonym("w2")
	if one(5) <= 0 || one(5) != k.Pseudonym("w1")(5) || one(5) == one(6) || one(5) == two(5) || one(5) == 5 {
		t.Errorf("pseudonyms %d %d %d", one(5), one(6), two(5))
	}
}
