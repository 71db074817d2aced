package sandbox

import (
	"testing"

	"github.com/gotd/td/telegram/auth"
)

func TestPasswordProof(t *testing.T) {
	v, err := newVerifier()
	if err != nil {
		t.Fatal(err)
	}
	algo := kdf(v.algo)
	for password, want := range map[string]bool{Password: true, "": false, "Sandbox": false} {
		c, err := v.challenge()
		if err != nil {
			t.Fatal(err)
		}
		proof, err := auth.PasswordHash([]byte(password), c.id, c.public, random(256), &algo)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.check(c, proof.A, proof.M1); got != want {
			t.Errorf("%q: got %v, want %v", password, got, want)
		}
	}
	c, err := v.challenge()
	if err != nil {
		t.Fatal(err)
	}
	if v.check(c, []byte{0}, make([]byte, 32)) {
		t.Error("g_a = 0 was accepted")
	}
}
