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

// home keeps the session, and takes the sign-in along when Telegram moves the
// account to another DC. The client library follows USER_MIGRATE, but arrives with
// a new key that nobody is signed in with. The old key can still export the
// authorization, so until that is done the old session is the one that is kept:
// a crash in between loses nothing.
// See https://core.telegram.org/api/datacenter#authorization-transfer
type home struct {
	client *Client
	follow chan struct{} // held by the one that follows a move

	mu     sync.Mutex
	keys   map[[8]byte]crypto.AuthKey // of all sessions that were seen
	known  [8]byte                    // the key that somebody is signed in with; 0: that of the next session
	in     bool                       // somebody is signed in
	user   int64                      // who has signed in by this client; 0: nobody, or not told
	denied int                        // how often a data centre did not know the key of a sign-in that was begun
	kept   []byte                     // signed in, as stored
	dc     int                        // where somebody is signed in; 0: not known yet
	away   []byte                     // at another DC, not signed in yet; nil: none
	moves  int                        // followed so far
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

// StoreSession implements session.Storage. The session of another DC than before
// is put aside until it is signed in. While signing in every session is stored:
// the phone number decides the DC before anybody is signed in.
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

// settled returns when the session of a DC is stored: the client library answers
// at the new DC a moment before.
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

// read takes the DC and the key out of a session, and remembers the key. The lock is
// held.
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

// key returns the key with an id, where a session had it.
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

// enter notes that a user has signed in; 0: Telegram did not tell who.
func (h *home) enter(user int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.in, h.user = true, user
}

// entered is who has signed in by this client; 0: nobody, or not told.
func (h *home) entered() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.user
}

// leave notes that nobody is signed in any more.
func (h *home) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.in, h.user = false, 0
}

// signed reports whether somebody is signed in with a key; no key is 0. Who has just
// signed in uses one that may not be stored yet.
func (h *home) signed(key [8]byte) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.in && key != [8]byte{} && (key == h.known || h.client.options.SigningIn)
}

// begunTries is how often the key of a sign-in that was begun is tried again. Afterwards
// it is given up: there is nobody yet whom that could sign out.
const begunTries = 2

// begun reports whether a sign-in was begun with a key that is to be tried again: the
// login code that was sent, and the password that is asked for, go with it.
func (h *home) begun(key [8]byte) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.in || key == [8]byte{} || key != h.known || h.denied >= begunTries {
		return false
	}
	h.denied++
	return true
}

// Handle implements telegram.Middleware: a request that is refused because the
// account has just moved is sent again after the sign-in was taken along.
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

// state tells how many moves were followed, and the DC of one that was not yet; 0:
// there is none. The client library goes on at the new DC before it stores the
// session, so it is asked where it is.
func (h *home) state() (moves, to int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.moves, h.elsewhere(h.client.tg.Config().ThisDC)
}

// elsewhere returns the DC if it is another than the sign-in's, else 0. The lock is
// held.
func (h *home) elsewhere(dc int) int {
	if h.client.options.SigningIn || h.dc == 0 || dc == h.dc {
		return 0
	}
	return dc
}

// where asks Telegram which DC the connection leads to, which needs no sign-in, and
// returns it if it is another than the sign-in's, else 0. Requests reach the new DC
// a moment before the client library tells of it; without asking, that moment would
// be taken for the end of the session.
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

// takeAlong signs the new session at the DC to in by the old one; 0: another request
// did it. SignedOut where Telegram does not let it.
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

// arrived notes that the new session is signed in, and keeps it; or the next
// StoreSession does.
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

// export asks the old DC, over a connection of its own with the old key.
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
