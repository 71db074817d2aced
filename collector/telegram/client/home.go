package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector"
)

// home stores the session, and transfers the sign-in when Telegram moves the account to another
// DC. The client library follows USER_MIGRATE, but connects with a new key that is not signed
// in. The old key can still export the authorization, so the old session remains stored until
// that is done: a crash in between loses nothing.
// See https://core.telegram.org/api/datacenter#authorization-transfer
type home struct {
	client *Client
	follow chan struct{} // a lock for following a move

	mu     sync.Mutex
	keys   map[[8]byte]crypto.AuthKey // of all sessions seen
	known  [8]byte                    // the signed-in key; 0: the key of the next session
	in     bool                       // somebody is signed in
	user   int64                      // the user signed in by this client; 0: none, or unknown
	denied int                        // how often a data centre did not know the key of an unfinished sign-in
	kept   []byte                     // the stored, signed-in session
	dc     int                        // the signed-in DC; 0: not known yet
	away   []byte                     // the session at another DC, not signed in yet; nil: none
	moves  int                        // moves followed so far
	next   chan struct{}              // closed when the next session is stored
}

func newHome(c *Client) *home {
	return &home{
		client: c, follow: make(chan struct{}, 1), next: make(chan struct{}),
		keys: map[[8]byte]crypto.AuthKey{}, in: !c.options.SigningIn,
	}
}

// LoadSession implements session.Storage. It returns session.ErrNotFound when
// there is none.
func (h *home) LoadSession(ctx context.Context) ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.away != nil {
		return h.away, nil
	}
	secret, err := h.client.options.Session.Load(ctx)
	if err == nil && len(secret) == 0 {
		return nil, session.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	dc, key, err := h.read(ctx, secret)
	if err != nil {
		return nil, err
	}
	h.dc = cmp.Or(h.dc, dc)
	h.kept, h.known = secret, key
	return secret, nil
}

// StoreSession implements session.Storage. A session of another DC is set aside until it is
// signed in. During sign-in every session is stored, because the phone number decides the DC
// before the sign-in is complete.
func (h *home) StoreSession(ctx context.Context, secret []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	dc, key, err := h.read(ctx, secret)
	if err != nil {
		return err
	}
	switch {
	case h.client.options.SigningIn, h.dc == 0:
	case h.dc != dc:
		h.away = secret
		return nil
	case h.known != key && h.known != [8]byte{}:
		h.client.options.Logger.Error("a key that nobody signed in with was not kept", "dc", dc)
		return nil
	}
	h.dc, h.known = dc, key
	h.kept, h.away = secret, nil
	close(h.next)
	h.next = make(chan struct{})
	return h.client.options.Session.Store(ctx, secret)
}

// settled returns when the session of a DC is stored: the client library already answers at the
// new DC shortly before.
func (h *home) settled(ctx context.Context, dc int) error {
	for {
		h.mu.Lock()
		there, next := h.dc == dc, h.next
		h.mu.Unlock()
		if there {
			return nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// read returns the DC and the key of a session, and remembers the key. The lock is held.
func (h *home) read(ctx context.Context, secret []byte) (dc int, key [8]byte, err error) {
	var m session.StorageMemory
	if err := m.StoreSession(ctx, secret); err != nil {
		return 0, key, err
	}
	data, err := (&session.Loader{Storage: &m}).Load(ctx)
	if err != nil {
		return 0, key, fmt.Errorf("read the session: %w", err)
	}
	if len(data.AuthKey) == len(crypto.Key{}) && len(data.AuthKeyID) == len(key) {
		key = [8]byte(data.AuthKeyID)
		h.keys[key] = crypto.AuthKey{Value: crypto.Key(data.AuthKey), ID: key}
	}
	return data.DC, key, nil
}

// key returns the key with an id, if a session had it.
func (h *home) key(id [8]byte) (crypto.AuthKey, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	key, ok := h.keys[id]
	return key, ok
}

// signedIn reports whether somebody is signed in.
func (h *home) signedIn() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.in
}

// enter records that a user has signed in; 0: unknown which.
func (h *home) enter(user int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.in, h.user = true, user
}

// entered returns the user signed in by this client; 0: none, or unknown.
func (h *home) entered() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.user
}

// leave records that nobody is signed in any more.
func (h *home) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.in, h.user = false, 0
}

// signed reports whether a key is signed in; a zero key is not. Right after a sign-in the key
// may not be stored yet.
func (h *home) signed(key [8]byte) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.in && key != [8]byte{} && (key == h.known || h.client.options.SigningIn)
}

// begunTries is how often the key of an unfinished sign-in is retried before it is discarded;
// nobody is signed in yet who could be signed out by that.
const begunTries = 2

// begun reports whether to retry the key of an unfinished sign-in: the login code that was
// sent, and the password asked for, depend on it.
func (h *home) begun(key [8]byte) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.in || key == [8]byte{} || key != h.known || h.denied >= begunTries {
		return false
	}
	h.denied++
	return true
}

// Handle implements telegram.Middleware. It repeats a request refused because the account has
// just moved, after transferring the sign-in.
func (h *home) Handle(next tg.Invoker) telegram.InvokeFunc {
	return func(ctx context.Context, input bin.Encoder, output bin.Decoder) error {
		if _, ok := input.(*tg.AuthImportAuthorizationRequest); ok {
			return next.Invoke(ctx, input, output)
		}
		before, _ := h.state()
		err := next.Invoke(ctx, input, output)
		if !tgerr.Is(err, "AUTH_KEY_UNREGISTERED") {
			return err
		}
		moves, to := h.state()
		if moves == before && to == 0 {
			if to = h.where(ctx, next); to == 0 {
				return err
			}
		}
		if failed := h.takeAlong(ctx, to); failed != nil {
			return failed
		}
		return next.Invoke(ctx, input, output)
	}
}

// state returns how many moves were followed, and the DC of a move not followed yet, 0 if none.
// It asks the client library for its DC, which continues at the new DC before it stores the
// session.
func (h *home) state() (moves, to int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.moves, h.elsewhere(h.client.tg.Load().Config().ThisDC)
}

// elsewhere returns dc if it differs from the sign-in's DC, else 0. The lock is held.
func (h *home) elsewhere(dc int) int {
	if h.client.options.SigningIn || h.dc == 0 || dc == h.dc {
		return 0
	}
	return dc
}

// where asks Telegram for the DC of the connection, which needs no sign-in, and returns it if
// it differs from the sign-in's, else 0. Requests reach the new DC shortly before the client
// library reports it; without asking, the session would seem to have ended.
// See https://core.telegram.org/method/help.getConfig (this_dc)
func (h *home) where(ctx context.Context, next tg.Invoker) int {
	if h.client.options.SigningIn {
		return 0 // nobody is signed in yet
	}
	var cfg tg.Config
	if err := next.Invoke(ctx, &tg.HelpGetConfigRequest{}, &cfg); err != nil {
		return 0
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.elsewhere(cfg.ThisDC)
}

// takeAlong transfers the sign-in of the old session to the new one at the DC to, unless
// another request did so. SignedOut if Telegram does not allow it.
func (h *home) takeAlong(ctx context.Context, to int) error {
	select {
	case h.follow <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-h.follow }()
	h.mu.Lock()
	to = h.elsewhere(to)
	h.mu.Unlock()
	if to == 0 {
		return nil // another request did it
	}
	err := h.transfer(ctx, to)
	if e, ok := tgerr.As(err); ok && (e.Code == 400 || e.Code == 401) && !doubtful(err) {
		return &collector.Error{Kind: collector.SignedOut, Err: err}
	}
	if err != nil {
		return err
	}
	h.client.options.Logger.Info("account moved to another dc", "dc", to)
	return h.arrived(ctx, to)
}

// arrived records that the new session is signed in, and stores it, or lets the next
// StoreSession store it.
func (h *home) arrived(ctx context.Context, dc int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dc = dc
	h.moves++
	if h.away == nil {
		h.known = [8]byte{}
		return nil
	}
	_, key, err := h.read(ctx, h.away)
	if err != nil {
		return err
	}
	h.kept, h.known, h.away = h.away, key, nil
	return h.client.options.Session.Store(ctx, h.kept)
}

func (h *home) transfer(ctx context.Context, to int) error {
	h.mu.Lock()
	kept := h.kept
	h.mu.Unlock()
	exported, err := h.export(ctx, kept, to)
	if err != nil {
		return fmt.Errorf("export the sign-in to DC %d: %w", to, err)
	}
	_, err = h.client.api.AuthImportAuthorization(ctx, &tg.AuthImportAuthorizationRequest{ID: exported.ID, Bytes: exported.Bytes})
	if err != nil {
		return fmt.Errorf("import the sign-in at DC %d: %w", to, err)
	}
	return nil
}

// export asks the old DC, over a separate connection with the old key.
func (h *home) export(ctx context.Context, kept []byte, to int) (out *tg.AuthExportedAuthorization, err error) {
	ctx, cancel := context.WithTimeout(ctx, startupTimeout+callTimeout)
	defer cancel()
	var old session.StorageMemory
	if err := old.StoreSession(ctx, kept); err != nil {
		return nil, err
	}
	o := h.client.clientOptions()
	o.SessionStorage, o.Middlewares = &old, []telegram.Middleware{h.client.gated()}
	c := telegram.NewClient(h.client.options.APIID, h.client.options.APIHash, o)
	err = c.Run(ctx, func(ctx context.Context) error {
		var err error
		out, err = c.API().AuthExportAuthorization(ctx, to)
		return err
	})
	if err == nil && out == nil {
		err = errors.New("the connection ended")
	}
	return out, err
}
