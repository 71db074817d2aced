package workspace

import (
	"context"
	"errors"
	"fmt"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
)

// What a visitor collected without an account comes along when the visitor signs
// in: it is merged into the account's workspace, and its own is removed. That it
// is to be is noted before anything else, and each step may be done again, so a
// kill in the middle loses nothing and doubles nothing:
//
//	note → rows, all at once → collections → remove the old records → and data → forget the note

// bringTime is how long signing in waits for what comes along. What takes longer
// is done by the workspace's holder.
const bringTime = 15 * time.Second

// shown is the source of the accounts that read the same channels as the preview
// of a source.
func shown(preview string) string {
	if preview == collector.SourcePreview {
		return collector.SourceTelegram
	}
	return preview
}

// previewOf is the workspace without an account that a visitor has, or may have,
// for the channels that accounts of a source read; "" for none. The real web
// preview does not show the channels of another Telegram server.
func (h *Host) previewOf(visitor, source string) string {
	for name, site := range h.Previews {
		real := site.Identity() == collector.SourcePreview
		if shown(name) != source || real && h.Servers[source].Identity != collector.SourceTelegram {
			continue
		}
		return h.Keys.Workspace(site.Identity(), "visitor "+visitor)
	}
	return ""
}

// along returns the workspace that comes along when a visitor signs in at a
// source: the one without an account, where the visitor is in it or has used it.
func (h *Host) along(ctx context.Context, visitor, source string) (string, error) {
	from := h.previewOf(visitor, source)
	if from == "" {
		return "", nil
	}
	w, err := h.Engine.Workspace(ctx, visitor)
	if err != nil || w.ID == from {
		return from, err
	}
	all, err := h.Engine.Collections(ctx, from)
	if err != nil || len(all) > 0 {
		return from, err
	}
	last, err := h.Engine.Import(ctx, from) // kept after signing out, like the data
	if err != nil || last.ID == "" {
		return "", err
	}
	return from, nil
}

// bring merges, into a workspace that is held, what is noted to go into it. It
// returns how many channels that were. The store is opened if there is anything.
func (h *Host) bring(ctx context.Context, into string, open func() (Store, error)) (int64, error) {
	all, err := h.Engine.Merges(ctx, into)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	store, err := open()
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, from := range all {
		n, err := h.bringOne(ctx, from, into, store)
		sum += n
		if err != nil {
			return sum, fmt.Errorf("merge a workspace: %w", err)
		}
	}
	return sum, nil
}

func (h *Host) bringOne(ctx context.Context, from, into string, store Store) (n int64, err error) {
	if err := h.awaitImport(ctx, from); err != nil { // what it puts comes along, too
		return 0, err
	}
	err = h.exclusively(ctx, from, func(ctx context.Context) error {
		if n, err = h.Merge(ctx, store, from); err != nil {
			return err
		}
		if err := h.Engine.CopyCollections(ctx, from, into); err != nil {
			return err
		}
		if err := h.Engine.DropWorkspace(ctx, from); err != nil {
			return err
		}
		return h.RemoveData(from)
	})
	if err != nil {
		return 0, err
	}
	return n, h.Engine.DropMerge(ctx, from, into)
}

// bringNow is bring for somebody who waits. What is not done in time, or fails,
// is left to the holder.
func (h *Host) bringNow(ctx context.Context, into string, lease *engine.Lease) engine.Brought {
	ctx, cancel := context.WithTimeout(ctx, bringTime)
	defer cancel()
	n, err := h.bring(ctx, into, h.opener(into, lease))
	if err != nil {
		h.Logger.Warn("what comes along at sign-in comes later", "workspace", into, "error", err)
	}
	return engine.Brought{Channels: n, Later: err != nil}
}

// kickMerges has the merges done that were noted before this process began.
func (h *Host) kickMerges(ctx context.Context) error {
	all, err := h.Engine.Merging(ctx)
	if err != nil {
		return err
	}
	for _, into := range all {
		h.kick(into)
	}
	return nil
}

// removeAlong deletes what is noted to come into a workspace that is deleted.
func (h *Host) removeAlong(ctx context.Context, into string) error {
	all, err := h.Engine.Merges(ctx, into)
	if err != nil {
		return err
	}
	for _, from := range all {
		err := h.exclusively(ctx, from, func(ctx context.Context) error {
			return errors.Join(h.Engine.DropWorkspace(ctx, from), h.RemoveData(from))
		})
		if err == nil {
			err = h.Engine.DropMerge(ctx, from, into)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
