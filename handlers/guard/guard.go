// Package guard is the middleware in front of every page: it identifies the visitor, and
// refuses requests that are forged, too large, too frequent or too many at once.
//
// It returns errors; the handlers' table of errors turns them into pages.
package guard

import (
	"cmp"
	"context"
	"errors"
	"log/slog"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/engine"
)

// Engine is what the guard asks of the engine.
type Engine interface {
	Workspace(ctx context.Context, visitor string) (engine.Workspace, error)
	MoveVisitor(ctx context.Context, from, to string) error
	Reached(ctx context.Context) error
	Touch(ctx context.Context, workspace string) error
	Seen(ctx context.Context, visitor string) error
}

// Options are what a guard is made of. Engine, Secret and Logger are required.
type Options struct {
	Engine Engine
	Secret []byte // keys the tokens of forms and the proof of the password
	Logger *slog.Logger

	Password     string // of the host; "": the page is open to all
	TrustProxy   bool   // a proxy in front names the client and the scheme
	ClientHeader string // the header in which it names the client; "": X-Forwarded-For
	Working      int    // requests that are worked on at the same time; 0: mostAtWork
}

// Guard checks requests before the handlers see them.
type Guard struct {
	Options
	working *Lanes
}

// New makes a guard.
func New(o Options) *Guard {
	o.ClientHeader = cmp.Or(o.ClientHeader, fiber.HeaderXForwardedFor)
	return &Guard{Options: o, working: NewLanes(cmp.Or(o.Working, mostAtWork))}
}

// Why a request is refused. Further refusals are fiber's own errors.
var (
	ErrForged   = errors.New("the form's token is not the visitor's")
	ErrTooOften = errors.New("too many requests from this visitor or network")
	ErrCrowded  = errors.New("too many requests are being worked on")
	ErrNoClient = errors.New("the trusted proxy does not say who asks")
	ErrFraming  = errors.New("the request does not say plainly where its body ends")
)

// localKey is the type of the keys under which the guard keeps values in a request.
type localKey string
