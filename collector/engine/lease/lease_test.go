package lease

import (
	"log/slog"
	"testing"
	"time"

	_ "telegramtrac/collector/collectortest/long"
	"telegramtrac/collector/engine/store"
)

func open(t *testing.T) *Keeper {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	s, err := store.New(store.Options{Dir: t.TempDir(), Logger: log, LeaseTTL: time.Minute, Owner: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop(); s.Close() })
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return New(s, time.Minute, func() time.Time { return time.Now().Round(0) }, log)
}

// A renewal whose answer was lost is known again by what the key holds.
func TestUnheardRenewal(t *testing.T) {
	k := open(t)
	l, err := k.Acquire(t.Context(), "w")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.store.Leases.KV.Put(t.Context(), "w", l.nonce); err != nil {
		t.Fatal(err)
	}
	if !l.renew(t.Context()) {
		t.Error("its own renewal ended it")
	}
}

// Giving back what another holds takes nothing from them.
func TestGiveBackIsNobodyElses(t *testing.T) {
	k := open(t)
	held, err := k.Acquire(t.Context(), "held")
	if err != nil {
		t.Fatal(err)
	}
	k.giveBack(t.Context(), "held", []byte("another's"))
	if it, err := k.store.Leases.Entry(t.Context(), "held"); err != nil || string(it.Value) != string(held.nonce) || !held.Alive() {
		t.Errorf("somebody else's lease was given back: %v", err)
	}
}
