package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/engine/call"
)

// signIn answers as account would.
func signIn(_ context.Context, method string, req []byte) (any, error) {
	switch method {
	case "enter_code":
		var in EnterCode
		if err := json.Unmarshal(req, &in); err != nil {
			return nil, err
		}
		if in.Code != "22222" {
			return nil, &collector.Error{Kind: collector.CodeWrong, Detail: "twice", Word: "PHONE_CODE_INVALID",
				Err: errors.New("PHONE_CODE_INVALID")}
		}
		return SignedIn{Password: true, Hint: "the usual"}, nil
	case "send_code":
		return nil, &collector.Error{Kind: collector.Flood, RetryAt: instant}
	case "sign_out":
		return nil, nil
	case "delete":
		return nil, errors.New("disk on fire")
	}
	return nil, collector.Errorf(collector.Internal, "no method %s", method)
}

func handle(t *testing.T, e *Engine, subject string, h call.Handler) (stop func()) {
	t.Helper()
	stop, err := e.calls.Handle(t.Context(), subject, h)
	if err != nil {
		t.Fatal(err)
	}
	return stop
}

func TestCall(t *testing.T) {
	e := open(t, Options{})
	handle(t, e, accountsSubject, signIn)
	var got SignedIn
	if err := e.calls.Call(t.Context(), accountsSubject, "enter_code", EnterCode{"v", "22222"}, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(SignedIn{Password: true, Hint: "the usual"}, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if err := e.calls.Call(t.Context(), accountsSubject, "sign_out", "v", nil); err != nil {
		t.Errorf("no answer wanted: %v", err)
	}
	if err := e.calls.Call(t.Context(), accountsSubject, "sign_out", "v", &struct{}{}); err != nil {
		t.Errorf("an empty answer wanted: %v", err)
	}
}

func TestCallErrors(t *testing.T) {
	e := open(t, Options{})
	handle(t, e, accountsSubject, signIn)
	tests := []struct {
		subject, method string
		want            collector.Error
	}{
		{accountsSubject, "enter_code", collector.Error{Kind: collector.CodeWrong, Detail: "twice", Word: "PHONE_CODE_INVALID"}},
		{accountsSubject, "send_code", collector.Error{Kind: collector.Flood, RetryAt: instant}},
		{accountsSubject, "delete", collector.Error{Kind: collector.Internal}},
		{accountsSubject, "dance", collector.Error{Kind: collector.Internal}},
	}
	for _, tt := range tests {
		err := e.calls.Call(t.Context(), tt.subject, tt.method, EnterCode{"v", "1"}, nil)
		var got *collector.Error
		if !errors.As(err, &got) {
			t.Errorf("%s: got %v, want a collector.Error", tt.method, err)
			continue
		}
		if diff := cmp.Diff(tt.want, *got); diff != "" { // the cause stays where it was
			t.Errorf("%s (-want +got):\n%s", tt.method, diff)
		}
	}
}

func TestCallNobody(t *testing.T) {
	e := open(t, Options{})
	err := e.calls.Call(t.Context(), "w", "log_out", nil, nil)
	if !errors.Is(err, ErrNobody) || collector.KindOf(err) != collector.Internal {
		t.Errorf("got %v, want ErrNobody", err)
	}
	stop := handle(t, e, "w", signIn)
	if err := e.calls.Call(t.Context(), "w", "sign_out", nil, nil); err != nil {
		t.Errorf("while it is handled: %v", err)
	}
	stop()
	stop()
	if err := e.calls.Call(t.Context(), "w", "sign_out", nil, nil); !errors.Is(err, ErrNobody) {
		t.Errorf("after stop: got %v, want ErrNobody", err)
	}
	for _, subject := range []string{"", "*", "a.b"} {
		if err := e.calls.Call(t.Context(), subject, "m", nil, nil); !errors.Is(err, ErrName) {
			t.Errorf("subject %q: got %v, want ErrName", subject, err)
		}
	}
}

// The call.Handler's context ends with the caller's deadline.
func TestCallDeadline(t *testing.T) {
	e := open(t, Options{})
	ended := make(chan error, 1)
	handle(t, e, "w", func(ctx context.Context, _ string, _ []byte) (any, error) {
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := e.calls.Call(ctx, "w", "wait", nil, nil); err == nil {
		t.Error("got no error")
	}
	if err := receive(t, ended); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the call.Handler's context: got %v, want DeadlineExceeded", err)
	}
}

// The caller does not wait beyond its deadline, whatever the handler does.
func TestCallTimesOut(t *testing.T) {
	e := open(t, Options{})
	release := make(chan struct{})
	handle(t, e, "w", func(context.Context, string, []byte) (any, error) {
		<-release
		return nil, nil
	})
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := e.calls.Call(ctx, "w", "wait", nil, nil)
	if collector.KindOf(err) != collector.Network || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want Network", err)
	}
}

// Stop and Close end the handlers' contexts and wait for them; calls run side
// by side.
func TestHandlersEnd(t *testing.T) {
	e := open(t, Options{})
	begun, ended := make(chan struct{}, 2), make(chan error, 2)
	wait := func(ctx context.Context, _ string, _ []byte) (any, error) {
		begun <- struct{}{}
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	}
	stop := handle(t, e, "one", wait)
	handle(t, e, "two", wait)
	for _, subject := range []string{"one", "two"} {
		go e.calls.Call(context.WithoutCancel(t.Context()), subject, "wait", nil, nil)
	}
	receive(t, begun)
	receive(t, begun)
	stop()
	if err := receive(t, ended); !errors.Is(err, context.Canceled) {
		t.Errorf("after stop: got %v, want Canceled", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, ended); !errors.Is(err, context.Canceled) {
		t.Errorf("after Close: got %v, want Canceled", err)
	}
}

// shared is a log that the server's last goroutines may write to while it is read.
type shared struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// Payloads may be secret: whatever happens, neither log nor disk has them.
func TestCallKeepsSecrets(t *testing.T) {
	var log shared
	dir := t.TempDir()
	e := open(t, Options{Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	stop := handle(t, e, accountsSubject, signIn)
	for _, method := range []string{"enter_code", "send_code", "delete", "dance"} {
		_ = e.calls.Call(t.Context(), accountsSubject, method, SendCode{Phone: "+4917012345678", APIHash: "5ec2e75ec2e7"}, nil)
	}
	stop()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "disk on fire") {
		t.Error("the cause of an internal error is not in the log")
	}
	for name, text := range readAll(t, dir) {
		log.Write([]byte(name + text))
	}
	for _, secret := range []string{"+4917012345678", "5ec2e75ec2e7"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s is in the log or on disk", secret)
		}
	}
}
