package engine

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"telegramtrac/collector"
)

var (
	ErrInUse        = errors.New("the data folder is in use by another process")
	ErrNoCollection = errors.New("no such collection")
	ErrFinal        = errors.New("the collection has ended")
	ErrReplaced     = errors.New("the lease is held by someone else")
	ErrNobody       = errors.New("nobody answers")
	ErrName         = errors.New("not a name the engine can store")
	ErrClosed       = errors.New("the engine is closed")
)

var errTODO = errors.New("being written")

type Options struct {
	Dir      string
	Logger   *slog.Logger
	LeaseTTL time.Duration
	Now      func() time.Time
}

type Engine struct{}

func Open(ctx context.Context, o Options) (*Engine, error) { return nil, errTODO }
func (e *Engine) Close() error                             { return errTODO }

type Workspace struct {
	ID     string `json:"id"`
	Source string `json:"source"`
	Label  string `json:"label"`
}

func (e *Engine) Workspace(ctx context.Context, visitor string) (Workspace, error) {
	return Workspace{}, errTODO
}
func (e *Engine) SetWorkspace(ctx context.Context, visitor string, w Workspace) error { return errTODO }
func (e *Engine) ForgetVisitor(ctx context.Context, visitor string) error             { return errTODO }
func (e *Engine) SignIn(ctx context.Context, visitor string) (SignIn, error) {
	return SignIn{}, errTODO
}
func (e *Engine) PutSignIn(ctx context.Context, visitor string, s SignIn) error { return errTODO }
func (e *Engine) DropSignIn(ctx context.Context, visitor string) error          { return errTODO }
func (e *Engine) Session(ctx context.Context, w string) ([]byte, error)         { return nil, errTODO }
func (e *Engine) PutSession(ctx context.Context, w string, sealed []byte) error { return errTODO }
func (e *Engine) DropSession(ctx context.Context, w string) error               { return errTODO }
func (e *Engine) Peer(ctx context.Context, w, key string) ([]byte, error)       { return nil, errTODO }
func (e *Engine) PutPeer(ctx context.Context, w, key string, v []byte) error    { return errTODO }
func (e *Engine) Flood(ctx context.Context, w string) ([]byte, error)           { return nil, errTODO }
func (e *Engine) PutFlood(ctx context.Context, w string, v []byte) error        { return errTODO }
func (e *Engine) DropWorkspace(ctx context.Context, w string) error             { return errTODO }

type Want string

const (
	Run    Want = "run"
	Pause  Want = "pause"
	Cancel Want = "cancel"
)

func (e *Engine) Submit(ctx context.Context, workspace string, r collector.Request) (id string, err error) {
	return "", errTODO
}
func (e *Engine) Ask(ctx context.Context, workspace, id string, want Want) error { return errTODO }
func (e *Engine) Collection(ctx context.Context, workspace, id string) (collector.Collection, error) {
	return collector.Collection{}, errTODO
}
func (e *Engine) Collections(ctx context.Context, workspace string) ([]collector.Collection, error) {
	return nil, errTODO
}

// Event: Collection is the head, without Channels and Requested.Channels. Channel is nil when only the head changed.
type Event struct {
	Collection collector.Collection
	Channel    *collector.Progress
	Index      int
	Missed     bool // events before this one were dropped for this reader: read the Collection again
}

// Subscribe first, then read Collection. Ends with stop or ctx.
func (e *Engine) Subscribe(ctx context.Context, id string) (events <-chan Event, stop func(), err error) {
	return nil, nil, errTODO
}

type Job struct{ Workspace string }

// Watch ends (closes) with ctx or Close.
func (e *Engine) Watch(ctx context.Context) (<-chan Job, error)                 { return nil, errTODO }
func (e *Engine) Acquire(ctx context.Context, workspace string) (*Lease, error) { return nil, errTODO }

type Lease struct{}

func (l *Lease) Revision() uint64                  { return 0 }
func (l *Lease) Alive() bool                       { return false }
func (l *Lease) Lost() <-chan struct{}             { return nil }
func (l *Lease) Release(ctx context.Context) error { return errTODO }

type Task struct {
	ID     string
	Want   Want // always Run: Next settles the canceled and passes the paused by
	Record collector.Collection
}

func (l *Lease) Next(ctx context.Context) (Task, bool, error) { return Task{}, false, errTODO }

// Save and SaveChannel also publish.
func (l *Lease) Save(ctx context.Context, id string, head collector.Collection) error { return errTODO }
func (l *Lease) SaveChannel(ctx context.Context, id string, index int, p collector.Progress) error {
	return errTODO
}
func (l *Lease) Publish(id string, ev Event) error { return errTODO }

// Wants yields the present want, then its changes; closes with ctx or the lease.
func (l *Lease) Wants(ctx context.Context, id string) (<-chan Want, error) { return nil, errTODO }

func (e *Engine) Call(ctx context.Context, subject, method string, req, resp any) error {
	return errTODO
}

type Handler func(ctx context.Context, method string, req []byte) (any, error)

func (e *Engine) Handle(ctx context.Context, subject string, h Handler) (stop func(), err error) {
	return nil, errTODO
}
