package handlers

import (
	"context"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
)

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
	for i := range all {
		all[i] = e.waiting(all[i])
	}
	return all, err
}

// WholeCollections are the engine's, as Collections are.
func (e roomy) WholeCollections(ctx context.Context, workspace string) ([]collector.Collection, error) {
	all, err := e.Engine.WholeCollections(ctx, workspace)
	for i := range all {
		all[i] = e.waiting(all[i])
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

func (e roomy) waiting(c collector.Collection) collector.Collection {
	if c.State == collector.Running && e.noRoom() {
		c.State, c.Waits, c.RetryAt = collector.Waiting, collector.Disk, nil
	}
	return c
}
