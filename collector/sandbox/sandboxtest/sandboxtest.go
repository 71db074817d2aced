// Package sandboxtest makes a sandbox misbehave as Telegram can, and counts what clients do
// meanwhile: latency, flood waits, short pages, dropped connections, unreadable messages.
package sandboxtest

import (
	"context"

	"telegramtrac/collector/sandbox"
)

// Server is a sandbox with hooks.
type Server struct {
	*sandbox.Server
	hooks   *Hooks
	options sandbox.Options
}

// Start is sandbox.Start, with hooks.
func Start(ctx context.Context, o sandbox.Options) (*Server, error) {
	s, err := sandbox.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Server{s, NewHooks(s), o}, nil
}

// Hooks returns the hooks, which change the server's behaviour and read its counters.
func (s *Server) Hooks() *Hooks { return s.hooks }

// Rename gives a channel another username and title, as its owner may: its former username
// resolves to nothing until another channel gets it.
func (s *Server) Rename(id int64, username, title string) error {
	return s.options.World.Rename(id, username, title)
}
