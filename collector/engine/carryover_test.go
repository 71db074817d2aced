package engine

import (
	"sync/atomic"
	"testing"
	"time"
)

// What is owed is kept until its time, over a restart, and no longer; it is no
// workspace.
func TestCarriedOver(t *testing.T) {
	var ahead atomic.Int64
	o := Options{Dir: t.TempDir(), Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }}
	e := open(t, o)
	ctx := t.Context()
	for name, d := range map[string]time.Duration{"short": time.Hour, "long": 48 * time.Hour, "dropped": 48 * time.Hour} {
		if err := e.PutCarriedOver(ctx, name, time.Now().Add(d), []byte(`{"a":1}`)); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.DropCarriedOver(ctx, "dropped"); err != nil {
		t.Fatal(err)
	}
	if err := e.PutGate(ctx, "preview", []byte("refused")); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(t, o)
	check := func(when string, stored int, want map[string]string) {
		t.Helper()
		for name, want := range want {
			if got, err := e.CarriedOver(ctx, name); string(got) != want || err != nil {
				t.Errorf("%s: %s is %q, %v; want %q", when, name, got, err, want)
			}
		}
		if all, err := e.workspaces.List(ctx, "owed.*"); len(all) != stored || err != nil {
			t.Errorf("%s: %d are stored, %v; want %d", when, len(all), err, stored)
		}
		if err := e.SweepCarriedOver(ctx); err != nil {
			t.Error(err)
		}
	}
	check("at first", 2, map[string]string{"short": `{"a":1}`, "long": `{"a":1}`, "dropped": "", "none": ""})
	ahead.Store(int64(2 * time.Hour))
	check("two hours later", 2, map[string]string{"short": "", "long": `{"a":1}`})
	check("and swept", 1, map[string]string{"short": "", "long": `{"a":1}`})
	ahead.Store(int64(72 * time.Hour))
	check("three days later", 1, map[string]string{"long": ""})
	check("and swept again", 0, nil)
	if got, err := e.Gate(ctx, "preview"); string(got) != "refused" || err != nil {
		t.Errorf("the gate remembers %q, %v", got, err)
	}
	if all, err := e.Workspaces(ctx); len(all) != 0 || err != nil {
		t.Errorf("workspaces: %v, %v", all, err)
	}
	if err := e.PutFlood(ctx, "owed", []byte("1")); err == nil {
		t.Error("a workspace may take the place of what is owed")
	}
}
