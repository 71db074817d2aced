package engine

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/engine/doctor"
	"telegramtrac/collector/engine/store"
)

// readAll reads all files in a folder.
func readAll(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		out[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatal("the folder is empty")
	}
	return out
}

// A visitor who has signed in gets another cookie; browsers of one workspace are
// counted, and can all be taken out of it.
func TestBrowsersOfAWorkspace(t *testing.T) {
	now := time.Date(2024, 2, 2, 14, 4, 0, 0, time.UTC)
	e := open(t, Options{Now: func() time.Time { return now }})
	ctx := t.Context()
	for visitor, w := range map[string]string{"one": "w", "two": "w", "three": "other"} {
		if err := e.SetWorkspace(ctx, visitor, Workspace{ID: w}); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(time.Hour)
	for from, to := range map[string]string{"two": "four", "nobody": "five"} {
		if err := e.MoveVisitor(ctx, from, to); err != nil {
			t.Fatal(err)
		}
	}
	got, err := e.Visitors(ctx, "w")
	want := []Presence{{"one", now.Add(-time.Hour)}, {"four", now}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
	if err := e.ForgetVisitors(ctx, "w", "four"); err != nil {
		t.Fatal(err)
	}
	for visitor, want := range map[string]string{"one": "", "two": "", "nobody": "", "five": "", "four": "w", "three": "other"} {
		if got, err := e.Workspace(ctx, visitor); got.ID != want || err != nil {
			t.Errorf("%s is in %q, %v; want %q", visitor, got.ID, err, want)
		}
	}
}

func TestVisitors(t *testing.T) {
	e := open(t, Options{})
	ctx := t.Context()
	if w, err := e.Workspace(ctx, "v"); w != (Workspace{}) || err != nil {
		t.Errorf("nobody yet: got %v, %v", w, err)
	}
	want := Workspace{ID: "w", Source: collector.SourceSandbox, Label: "Sandbox"}
	if err := e.SetWorkspace(ctx, "v", want); err != nil {
		t.Fatal(err)
	}
	if got, err := e.Workspace(ctx, "v"); got != want || err != nil {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	if err := e.PutSignIn(ctx, "v", SignIn{Step: StepCode}); err != nil {
		t.Fatal(err)
	}
	if err := e.ForgetVisitor(ctx, "v"); err != nil {
		t.Fatal(err)
	}
	if got, err := e.Workspace(ctx, "v"); got != (Workspace{}) || err != nil {
		t.Errorf("forgotten: got %v, %v", got, err)
	}
	if got, err := e.SignIn(ctx, "v"); got.Step != "" || err != nil {
		t.Errorf("sign-in of the forgotten: got %v, %v", got, err)
	}
}

func TestSignIn(t *testing.T) {
	var c clock
	dir := t.TempDir()
	e := open(t, Options{Dir: dir, Now: c.now})
	ctx := t.Context()
	want := SignIn{
		Step: StepPassword, Source: collector.SourceTelegram, APIID: 17, Sealed: []byte("sealed once"), PhoneHint: "78", CodeVia: "app",
		Hint: "the usual", SentAt: instant, Expires: time.Now().Add(time.Hour).UTC().Round(0), Workspace: "w",
	}
	if err := e.PutSignIn(ctx, "v", want); err != nil {
		t.Fatal(err)
	}
	kept, err := e.workspaces.List(ctx, "signin.v")
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept: got %v, %v", kept, err)
	}
	for _, secret := range []string{"the usual", "78", "17", "password", "telegram"} {
		if v := regexp.MustCompile(`"(box|expires)":"[^"]*"`).ReplaceAllString(string(kept[0].Value), ""); strings.Contains(v, secret) {
			t.Errorf("%q can be read in %s", secret, kept[0].Value)
		}
	}
	if err := e.workspaces.Put(ctx, "signin.moved", kept[0].Value); err != nil {
		t.Fatal(err)
	}
	if got, err := e.SignIn(ctx, "moved"); got.Step != "" || err != nil {
		t.Errorf("another visitor's: got %v, %v; want none", got, err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(t, Options{Dir: dir, Now: c.now})
	got, err := e.SignIn(ctx, "v")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
	c.forward(time.Hour)
	if got, err := e.SignIn(ctx, "v"); got.Step != "" || err != nil {
		t.Errorf("expired: got %v, %v; want none", got, err)
	}
	if err := e.PutSignIn(ctx, "other", SignIn{Step: StepCode}); err != nil { // sweeps
		t.Fatal(err)
	}
	if left, err := e.workspaces.List(ctx, "signin.*"); err != nil || len(left) != 1 || left[0].Key != "signin.other" {
		t.Errorf("left: got %v, %v; want the one without an end", left, err)
	}
	if err := e.DropSignIn(ctx, "other"); err != nil {
		t.Fatal(err)
	}
	if got, err := e.SignIn(ctx, "other"); got.Step != "" || err != nil {
		t.Errorf("dropped: got %v, %v; want none", got, err)
	}
}

func TestBlobs(t *testing.T) {
	e := open(t, Options{})
	ctx := t.Context()
	tests := map[string]struct {
		put func(w string, v []byte) error
		get func(w string) ([]byte, error)
	}{
		"session": {
			func(w string, v []byte) error { return e.PutSession(ctx, w, v) },
			func(w string) ([]byte, error) { return e.Session(ctx, w) },
		},
		"flood": {
			func(w string, v []byte) error { return e.PutFlood(ctx, w, v) },
			func(w string) ([]byte, error) { return e.Flood(ctx, w) },
		},
		"peer": {
			func(w string, v []byte) error { return e.PutPeer(ctx, w, "name.some_name", v) },
			func(w string) ([]byte, error) { return e.Peer(ctx, w, "name.some_name") },
		},
	}
	for name, tt := range tests {
		want := []byte{0, 1, 2, 255}
		if err := tt.put("w", want); err != nil {
			t.Fatal(err)
		}
		if got, err := tt.get("w"); !bytes.Equal(got, want) || err != nil {
			t.Errorf("%s: got %v, %v; want %v", name, got, err, want)
		}
		if got, err := tt.get("other"); got != nil || err != nil {
			t.Errorf("%s of another workspace: got %v, %v; want none", name, got, err)
		}
		for _, w := range []string{"", "*", ">", "a.b", "visitor", "signin"} {
			if err := tt.put(w, want); !errors.Is(err, ErrName) {
				t.Errorf("%s of %q: got %v, want ErrName", name, w, err)
			}
		}
	}
	if err := e.DropSession(ctx, "w"); err != nil {
		t.Fatal(err)
	}
	if got, err := e.Session(ctx, "w"); got != nil || err != nil {
		t.Errorf("dropped session: got %v, %v", got, err)
	}
	if err := e.PutPeer(ctx, "w", "name.*", nil); !errors.Is(err, ErrName) {
		t.Errorf("peer *: got %v, want ErrName", err)
	}
}

// fill puts something of every kind into a workspace.
func fill(t *testing.T, e *Engine, w string) (id string) {
	t.Helper()
	ctx := t.Context()
	err := errors.Join(
		e.SetWorkspace(ctx, "visitor_"+w, Workspace{ID: w}),
		e.PutSignIn(ctx, "visitor_"+w, SignIn{Step: StepPassword, Workspace: w}),
		e.PutSession(ctx, w, []byte("session")),
		e.PutFlood(ctx, w, []byte("flood")),
		e.PutPeer(ctx, w, "id.1", []byte("one")),
		e.PutPeer(ctx, w, "name.one", []byte("one")),
	)
	if err != nil {
		t.Fatal(err)
	}
	id = submit(t, e, w, "@a")
	l := acquire(t, e, w)
	save(t, l, id, collector.Running)
	if err := errors.Join(l.SaveChannel(ctx, id, 0, collector.Progress{}), l.Release(ctx)); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestDropWorkspace(t *testing.T) {
	e := open(t, Options{})
	ctx := t.Context()
	id, kept := fill(t, e, "w"), fill(t, e, "w2")
	l := acquire(t, e, "w")
	next(t, l, id)
	wants, err := l.Wants(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if got := receive(t, wants); got != Run {
		t.Fatalf("wants: got %s", got)
	}
	before := len(keys(t, e))
	if err := e.DropWorkspace(ctx, "w"); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, wants); got != Cancel {
		t.Errorf("the holder is told: got %s, want cancel", got)
	}
	// A holder that did not listen brings nothing back.
	for _, err := range []error{
		l.Save(ctx, id, collector.Collection{State: collector.Done}),
		l.SaveChannel(ctx, id, 0, collector.Progress{}),
		l.SaveChannel(ctx, id, 1, collector.Progress{}),
	} {
		if !errors.Is(err, ErrNoCollection) {
			t.Errorf("save afterwards: got %v, want ErrNoCollection", err)
		}
	}
	left := keys(t, e)
	if 2*len(left) != before {
		t.Errorf("left: %v", left)
	}
	if got := collection(t, e, "w2", kept).State; got != collector.Running {
		t.Errorf("the other workspace: got %s", got)
	}
	if err := e.DropWorkspace(ctx, "w"); err != nil {
		t.Errorf("again: %v", err)
	}
	if err := e.DropWorkspace(ctx, "*"); !errors.Is(err, ErrName) {
		t.Errorf("all: got %v, want ErrName", err)
	}
}

// keys lists all keys that have values.
func keys(t *testing.T, e *Engine) []string {
	t.Helper()
	var out []string
	for _, b := range []*store.Bucket{e.collections, e.workspaces} {
		all, err := b.List(t.Context(), ">")
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range all {
			if it.Key != doctor.FirstMark && it.Key != doctor.LastMark {
				out = append(out, b.Name+" "+it.Key)
			}
		}
	}
	return out
}

// Whoever leaves a workspace, in whichever way, is told of to those who listen.
func TestOnLeave(t *testing.T) {
	e := open(t, Options{})
	ctx := t.Context()
	left := make(chan string, 10)
	stop, err := e.OnLeave(func(visitor string) { left <- visitor })
	if err != nil {
		t.Fatal(err)
	}
	for visitor, w := range map[string]string{"out": "w", "moved": "w", "elsewhere": "w", "deleted": "gone", "stays": "x"} {
		if err := e.SetWorkspace(ctx, visitor, Workspace{ID: w}); err != nil {
			t.Fatal(err)
		}
	}
	steps := []struct {
		visitor string
		do      func() error
	}{
		{"", func() error { return e.SetWorkspace(ctx, "stays", Workspace{ID: "x"}) }},
		{"out", func() error { return e.ForgetVisitor(ctx, "out") }},
		{"moved", func() error { return e.MoveVisitor(ctx, "moved", "new") }},
		{"elsewhere", func() error { return e.SetWorkspace(ctx, "elsewhere", Workspace{ID: "x"}) }},
		{"deleted", func() error { return e.DropWorkspace(ctx, "gone") }},
		{"new", func() error { return e.ForgetVisitors(ctx, "w", "") }},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if step.visitor == "" {
			continue
		}
		if got := <-left; got != step.visitor {
			t.Errorf("%s left, want %s", got, step.visitor)
		}
	}
	stop()
	if len(left) > 0 {
		t.Errorf("%s left, too", <-left)
	}
}
