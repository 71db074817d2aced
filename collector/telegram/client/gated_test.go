package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector"
	"telegramtrac/collector/gate"
	"telegramtrac/collector/gate/gatetest"
)

// bubbled is a client without a connection, in the time of a synctest bubble. Its gate saves
// its memory to saved.
func bubbled(saved *gate.Memory, o Options) *Client {
	logger := slog.New(slog.DiscardHandler)
	o.Clock, o.Logger = gatetest.NewBubble(), logger
	o.Save = func(m gate.Memory) { *saved = m }
	return &Client{options: o, gate: gate.New(o.Options), done: make(chan struct{})}
}

// server encodes each request, as sending does, and answers.
type server struct {
	answer func() error
	sent   int
}

// Invoke implements tg.Invoker.
func (s *server) Invoke(_ context.Context, input bin.Encoder, _ bin.Decoder) error {
	if err := input.Encode(new(bin.Buffer)); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	s.sent++
	return s.answer()
}

var (
	readHistory = &tg.MessagesGetHistoryRequest{Peer: &tg.InputPeerSelf{}}
	fullChannel = &tg.ChannelsGetFullChannelRequest{Channel: &tg.InputChannel{}}
	resolveName = &tg.ContactsResolveUsernameRequest{Username: "a"}
)

// Every form in which Telegram asks to wait leads to a wait.
func TestGateWaits(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err  error
		want time.Duration
	}{
		"FLOOD_WAIT":         {tgerr.New(420, "FLOOD_WAIT_7"), 8 * time.Second},
		"premium":            {tgerr.New(420, "FLOOD_PREMIUM_WAIT_3"), 4 * time.Second},
		"slow mode":          {tgerr.New(420, "SLOWMODE_WAIT_30"), 31 * time.Second},
		"zero":               {tgerr.New(420, "FLOOD_WAIT_0"), time.Second},
		"hours":              {tgerr.New(420, "FLOOD_WAIT_39600"), 11*time.Hour + time.Second},
		"without a number":   {tgerr.New(420, "FLOOD_WAIT"), time.Second},
		"wrapped by others":  {fmt.Errorf("call: %w", tgerr.New(420, "FLOOD_WAIT_7")), 8 * time.Second},
		"takeout must wait":  {tgerr.New(420, "TAKEOUT_INIT_DELAY_60"), 61 * time.Second},
		"no wait of any way": {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				refused := false
				s := &server{answer: func() error {
					if refused {
						return nil
					}
					refused = true
					return tt.err
				}}
				begin := time.Now()
				if err := bubbled(new(gate.Memory), Options{}).gated().Handle(s)(t.Context(), readHistory, nil); err != nil {
					t.Fatal(err)
				}
				if got := time.Since(begin); got != tt.want {
					t.Errorf("it took %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// A frozen or limited account is stopped at once, by any request. During sign-in the error is
// returned, and nothing is remembered.
func TestFrozenAccount(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code int
		word string
		want string
	}{
		{420, "FROZEN_METHOD_INVALID", gate.StopFrozen},
		{400, "FROZEN_PARTICIPANT_MISSING", gate.StopFrozen},
		{400, "PEER_FLOOD", gate.StopLimited},
		{403, "USER_RESTRICTED", gate.StopLimited},
		{406, "USER_RESTRICTED", gate.StopLimited},
	} {
		for _, request := range []bin.Encoder{readHistory, resolveName, fullChannel, &tg.UsersGetUsersRequest{}} {
			for _, o := range []gate.Options{{}, {Interactive: true}, {Interactive: true, SigningIn: true}} {
				t.Run(fmt.Sprintf("%s %s interactive=%v signingIn=%v", tt.word, methodName(request), o.Interactive, o.SigningIn), func(t *testing.T) {
					frozenAccount(t, o, request, tgerr.New(tt.code, tt.word), tt.want)
				})
			}
		}
	}
}

func frozenAccount(t *testing.T, set gate.Options, request bin.Encoder, answer error, want string) {
	synctest.Test(t, func(t *testing.T) {
		var saved gate.Memory
		c := bubbled(&saved, Options{Options: set})
		s := &server{answer: func() error { return answer }}
		for range 2 {
			err := c.toError(c.gated().Handle(s)(t.Context(), request, nil))
			if e := collector.AsError(err); e == nil || e.Kind != collector.Guarded || e.Detail != want {
				t.Errorf("got %v, want a stop: %s", err, want)
			}
		}
		if set.SigningIn {
			if kept := saved.Stopped; kept != "" {
				t.Errorf("kept the stop %q of nobody", kept)
			}
			return
		}
		if s.sent != 1 || saved.Stopped != want {
			t.Errorf("%d requests, kept %+v; want 1, and the stop", s.sent, saved)
		}
	})
}

// unreadable is a Telegram whose answers cannot be read, or whose requests cannot be written.
type unreadable struct{ answers bool }

func (u unreadable) Invoke(_ context.Context, input bin.Encoder, output bin.Decoder) error {
	if err := input.Encode(new(bin.Buffer)); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	if u.answers {
		return fmt.Errorf("decode: %w", output.Decode(&bin.Buffer{Buf: []byte{1, 2, 3, 4, 5, 6, 7, 8}}))
	}
	return errors.New("connection reset")
}

// An answer that cannot be read, or a request that cannot be written, is an error at once; only
// a lost connection is retried without limit.
func TestMalformed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		server  unreadable
		request bin.Encoder
		want    error
		asked   int
	}{
		"answer":     {unreadable{answers: true}, readHistory, &collector.Error{Kind: collector.Internal}, 1},
		"request":    {unreadable{}, &tg.MessagesGetHistoryRequest{}, &collector.Error{Kind: collector.Internal}, 1},
		"connection": {unreadable{}, readHistory, context.DeadlineExceeded, 2884},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := bubbled(new(gate.Memory), Options{})
				invoke := c.gated().Handle(tt.server)
				ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
				defer cancel()
				asked := 0
				_, err := Call(ctx, c, func(ctx context.Context) (*tg.MessagesMessagesBox, error) {
					asked++
					out := new(tg.MessagesMessagesBox)
					return out, invoke(ctx, tt.request, out)
				})
				if asked != tt.asked || collector.KindOf(err) != collector.KindOf(tt.want) ||
					errors.Is(err, context.DeadlineExceeded) != errors.Is(tt.want, context.DeadlineExceeded) {
					t.Errorf("asked %d times, %v; want %d times, %v", asked, err, tt.asked, tt.want)
				}
			})
		})
	}
}
