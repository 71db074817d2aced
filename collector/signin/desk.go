// Package signin is the conversation in which people sign in and out: credentials, code, password, QR.
//
// A Desk answers the steps of a sign-in. It seals the state after each step in the engine, so
// that a restart between two steps is not noticed; the connection to Telegram stays open in
// between. At the end the session is stored in the account's workspace, and the visitor enters
// that workspace.
package signin

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"telegramtrac/collector/engine"
	"telegramtrac/collector/keyring"
	"telegramtrac/collector/preview"
	"telegramtrac/collector/telegram/client"
)

// Server is a Telegram server that people may sign in at.
type Server struct {
	client.Server
	Identity string // workspaces of different identities never meet
	Label    string // what the page calls a workspace signed in here
	Shared   bool   // accounts are shared (the sandbox): each visitor has an own workspace
	Pace     bool   // new accounts begin slowly: see client.Options
}

// Owner owns the workspaces that people sign in to; *workspace.Host does.
type Owner interface {
	// WithLease stops the work in a workspace and runs f with its lease. The work goes on
	// afterwards.
	WithLease(ctx context.Context, workspace string, f func(context.Context, *engine.Lease) error) error

	// FinishDeletion finishes the deletion of a workspace that was broken off, if there
	// is one: what is new in the workspace must not be deleted with the old.
	FinishDeletion(ctx context.Context, workspace string) error

	// Bring carries out the merges that are recorded for a workspace, for a person who waits.
	// What takes too long is done later.
	Bring(ctx context.Context, into string, lease *engine.Lease) engine.Brought

	// Wake makes the owner look for work in a workspace.
	Wake(workspace string)
}

// Options are what a Desk needs.
type Options struct {
	Engine   *engine.Engine
	Keys     *keyring.Keys
	Servers  map[string]Server        // by the name of the source
	Previews map[string]*preview.Site // by the name of the source whose channels they show
	Owner    Owner
	Logger   *slog.Logger
}

// Desk signs the visitors of one process in and out. It has at most one sign-in under way for
// each visitor.
type Desk struct {
	o Options

	mu        sync.Mutex
	byVisitor map[string]*pending
	busy      map[string]chan struct{} // a step of the visitor is being worked on; closed at its end
	sent      map[string][]time.Time   // by source and number: when the codes of the last hour were sent
	notBefore map[string]time.Time     // by request, such as a code for a number: Telegram asked to wait until then
}

// New makes a desk. Call Close in the end.
func New(o Options) *Desk {
	return &Desk{
		o: o, byVisitor: map[string]*pending{}, busy: map[string]chan struct{}{}, notBefore: map[string]time.Time{},
		sent: map[string][]time.Time{},
	}
}
