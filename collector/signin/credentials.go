package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"telegramtrac/collector"
	"telegramtrac/collector/gate"
	"telegramtrac/collector/keyring"
	"telegramtrac/collector/telegram/client"
)

// Credentials are what it takes to speak for an account: sealed at rest.
type Credentials struct {
	Source  string `json:"source"`
	Server  string `json:"server"` // the identity of the server that the session belongs to
	APIID   int    `json:"api_id"`
	APIHash string `json:"api_hash"`
	Session []byte `json:"session"` // Telegram's, which IS the account
}

const sessionPurpose = "session\x00"

// Credentials opens the sealed session of a workspace. If there is none, or no key opens it,
// the error is of kind SignedOut; in the second case it wraps keyring.ErrKey.
func (d *Desk) Credentials(ctx context.Context, workspace string) (*Credentials, error) {
	sealed, err := d.o.Engine.Session(ctx, workspace)
	if err != nil {
		return nil, fmt.Errorf("load the session: %w", err)
	}
	if sealed == nil {
		return nil, &collector.Error{Kind: collector.SignedOut}
	}
	b, err := d.o.Keys.Open(sealed, sessionPurpose+workspace)
	if errors.Is(err, keyring.ErrKey) { // sealed with a key that is gone: signing in again is all that helps
		return nil, &collector.Error{Kind: collector.SignedOut, Err: fmt.Errorf("open the session: %w", err)}
	}
	if err != nil {
		return nil, fmt.Errorf("open the session: %w", err)
	}
	var c Credentials
	if err := json.Unmarshal(b, &c); err != nil {
		return nil, fmt.Errorf("read the session: %w", err)
	}
	return &c, nil
}

// PutCredentials seals and stores the session of a workspace.
func (d *Desk) PutCredentials(ctx context.Context, workspace string, c Credentials) error {
	b, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("write the session: %w", err)
	}
	if err := d.o.Engine.PutSession(ctx, workspace, d.o.Keys.Seal(b, sessionPurpose+workspace)); err != nil {
		return fmt.Errorf("store the session: %w", err)
	}
	return nil
}

// Reseal seals with the newest key the sessions that an older key opens, so that the older
// keys can be removed.
func (d *Desk) Reseal(ctx context.Context) error {
	all, err := d.o.Engine.Workspaces(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, w := range all {
		sealed, err := d.o.Engine.Session(ctx, w)
		if err != nil {
			return fmt.Errorf("seal sessions anew: %w", err)
		}
		purpose := sessionPurpose + w
		if sealed == nil || d.o.Keys.Newest(sealed, purpose) {
			continue
		}
		b, err := d.o.Keys.Open(sealed, purpose)
		if err == nil {
			err = d.o.Engine.PutSession(ctx, w, d.o.Keys.Seal(b, purpose))
		} else {
			d.o.Logger.Warn("no key opens the session of a workspace", "workspace", w)
			err = nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// storedSession is a client.Session in the engine. Telegram's client stores
// it again on every connect.
type storedSession struct {
	desk      *Desk
	workspace string

	mu          sync.Mutex
	credentials Credentials
}

// Session returns the session of a workspace for Telegram's client to read and store.
func (d *Desk) Session(workspace string, c *Credentials) client.Session {
	return &storedSession{desk: d, workspace: workspace, credentials: *c}
}

// Load returns the session.
func (s *storedSession) Load(context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.credentials.Session, nil
}

// Store seals and stores the session.
func (s *storedSession) Store(ctx context.Context, secret []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.credentials.Session = secret
	return s.desk.PutCredentials(ctx, s.workspace, s.credentials)
}

// ErrOtherServer says that a session belongs to a server that this process is not set up for:
// it was started with other settings. The session stays stored.
var ErrOtherServer = errors.New("the session belongs to another Telegram server than this process is set up for")

// ClientOptions returns the options for a connection with these credentials.
func (d *Desk) ClientOptions(c *Credentials, session client.Session) (client.Options, error) {
	server, ok := d.o.Servers[c.Source]
	if !ok || server.Identity != c.Server {
		return client.Options{}, ErrOtherServer
	}
	return client.Options{
		Options: gate.Options{Pace: server.Pace}, Server: server.Server, APIID: c.APIID, APIHash: c.APIHash, Session: session, Logger: d.o.Logger,
	}, nil
}
