package handlers

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
)

// healthTimeout limits how long checking whether the page is ready may take.
const healthTimeout = 2 * time.Second

// healthFor is how long an answer is reused: anybody may ask as often as they like, and each
// check writes to the disk.
const healthFor = time.Second

// readiness checks whether the page is ready, at most once per healthFor.
type readiness struct {
	ask func(context.Context) error
	now func() time.Time

	mu    sync.Mutex
	asked time.Time
	err   error
}

func (r *readiness) check() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.now(); r.asked.IsZero() || now.Sub(r.asked) >= healthFor || now.Before(r.asked) {
		// Not the request's context: other requests get the same answer.
		ctx, cancel := context.WithTimeout(context.Background(), healthTimeout)
		defer cancel()
		r.err = r.ask(ctx)
		r.asked = now
	}
	return r.err
}

// ready checks each part that the page needs: the records, the holder of workspaces, and what
// the host adds.
func (s *Server) ready(ctx context.Context) error {
	if s.NoRoom() {
		return &collector.Error{Kind: collector.Disk}
	}
	if s.Ready != nil { // first: on a full disk the other checks do not name the cause
		if err := s.Ready(ctx); err != nil {
			return err
		}
	}
	if _, err := s.Engine.Workspace(ctx, guard.VisitorHash("health")); err != nil {
		return fmt.Errorf("read a record: %w", err)
	}
	if err := s.Accounts.Alive(ctx); err != nil {
		return fmt.Errorf("ask the holder of accounts: %w", err)
	}
	return nil
}

// pagesWork reports whether existing data can be read.
func (s *Server) pagesWork(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	_, err := s.Engine.Workspace(ctx, guard.VisitorHash("health"))
	return err == nil
}

// health answers 200 when the page is ready: it is not stopping, and all that it needs works.
// That the process runs is not enough. With ?pages a full disk also counts as ready, because
// visitors can still read.
func (s *Server) health(c *fiber.Ctx) error {
	if s.closing.Load() {
		return c.Status(fiber.StatusServiceUnavailable).SendString("stopping\n")
	}
	if err := s.readiness.check(); err != nil {
		s.Logger.Warn("not ready", "request_id", guard.RequestID(c), "error", err)
		if answer.NoSpace(err) {
			if c.Context().QueryArgs().Has("pages") && s.pagesWork(c.UserContext()) {
				return c.SendString("ok, but the disk is full\n")
			}
			return c.Status(fiber.StatusServiceUnavailable).SendString("the disk is full: nothing new is collected; what is there can be read\n")
		}
		return c.Status(fiber.StatusServiceUnavailable).SendString("not ready\n")
	}
	return c.SendString("ok\n")
}

// roomy corrects the engine's records while the disk is full: nothing can be written then, so
// a collection that waits for the disk is still recorded as running.
type roomy struct {
	answer.Engine
	noRoom func() bool
}

// Collection is the engine's; a running one waits while the disk is full.
func (e roomy) Collection(ctx context.Context, workspace, id string) (collector.Collection, error) {
	c, err := e.Engine.Collection(ctx, workspace, id)
	return e.waiting(c), err
}

// Collections are the engine's; running ones wait while the disk is full.
func (e roomy) Collections(ctx context.Context, workspace string) ([]collector.Collection, error) {
	all, err := e.Engine.Collections(ctx, workspace)
	return e.allWaiting(all), err
}

// WholeCollections are the engine's, as Collections are.
func (e roomy) WholeCollections(ctx context.Context, workspace string) ([]collector.Collection, error) {
	all, err := e.Engine.WholeCollections(ctx, workspace)
	return e.allWaiting(all), err
}

// CollectionsOf are the engine's, as Collections are.
func (e roomy) CollectionsOf(ctx context.Context, workspace string, ids []string) (map[string]collector.Collection, error) {
	all, err := e.Engine.CollectionsOf(ctx, workspace, ids)
	for id, c := range all {
		all[id] = e.waiting(c)
	}
	return all, err
}

// Summaries are the engine's, as Collections are.
func (e roomy) Summaries(ctx context.Context, workspace string) ([]engine.Summary, error) {
	all, err := e.Engine.Summaries(ctx, workspace)
	for i := range all {
		all[i].Collection = e.waiting(all[i].Collection)
	}
	return all, err
}

func (e roomy) allWaiting(all []collector.Collection) []collector.Collection {
	for i := range all {
		all[i] = e.waiting(all[i])
	}
	return all
}

func (e roomy) waiting(c collector.Collection) collector.Collection {
	if c.State == collector.Running && e.noRoom() {
		c.State, c.Waits, c.RetryAt = collector.Waiting, collector.Disk, nil
	}
	return c
}
