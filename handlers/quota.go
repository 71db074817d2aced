package handlers

import (
	"context"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// quota explains beside the form why a collection cannot begin now, and what to do.
func (s *Server) quota(c *fiber.Ctx, r collector.Request) ([]views.Mistake, error) {
	if s.noRoom() {
		return []views.Mistake{{Sentence: words.DiskFull}}, nil
	}
	if s.quotas == (collector.Allowance{}) {
		return nil, nil
	}
	ctx, w := c.UserContext(), guard.VisitorOf(c).Workspace.ID
	all, err := s.engine.Collections(ctx, w)
	if err != nil {
		return nil, fmt.Errorf("list collections: %w", err)
	}
	unfinished := all[:0:0]
	for _, each := range all {
		if !each.State.Final() {
			unfinished = append(unfinished, each)
		}
	}
	if n := s.quotas.Collections; n > 0 && len(unfinished) >= n {
		return []views.Mistake{{Sentence: fmt.Sprintf("This workspace may have %s that have not ended, and it has them. Let one end, or cancel "+
			"one, then send this again.", views.Plural(int64(n), "collection", "collections"))}}, nil
	}
	d, err := s.data(w)
	if err != nil {
		return nil, fmt.Errorf("open the dataset: %w", err)
	}
	full, err := s.diskFull(ctx, d)
	if err != nil || len(full) > 0 {
		return full, err
	}
	return s.tooManyChannels(ctx, d, unfinished, r)
}

// noRoom reports whether the disk is full, so that nothing new can be stored.
func (s *Server) noRoom() bool { return s.room != nil && s.room() != nil }

func (s *Server) diskFull(ctx context.Context, d Dataset) ([]views.Mistake, error) {
	if s.quotas.Bytes <= 0 {
		return nil, nil
	}
	used, err := d.Bytes(ctx)
	if err != nil {
		return nil, fmt.Errorf("measure the dataset: %w", err)
	}
	if used < s.quotas.Bytes {
		return nil, nil
	}
	return []views.Mistake{{Sentence: fmt.Sprintf("This workspace holds %s, and may hold %s. Download what you want to keep and delete the "+
		"workspace under Options, or ask whoever runs this server for more.",
		views.Bytes(used), views.Bytes(s.quotas.Bytes))}}, nil
}

// tooManyChannels counts the channels that are stored, being collected or asked for, each
// once, against the quota.
func (s *Server) tooManyChannels(ctx context.Context, d Dataset, unfinished []collector.Collection, r collector.Request) ([]views.Mistake,
	error) {
	limit := s.quotas.Channels
	if limit <= 0 {
		return nil, nil
	}
	have, err := d.Channels(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the channels: %w", err)
	}
	seen, n := collector.NewRoll(), 0
	for _, ch := range have {
		seen.Put(ch.Channel)
	}
	for _, c := range unfinished {
		n += seen.Admit(c.Requested)
	}
	if n += len(have); n+seen.Admit(r) <= limit {
		return nil, nil
	}
	const groups = " Each new channel counts twice where comments are asked for too: it may have a group."
	more := ""
	if r.Comments {
		more = groups
	}
	return []views.Mistake{{Field: "channels", Sentence: fmt.Sprintf(
		"This workspace may have %s and has %s, those on their way included. Name fewer new ones; channels that are here can always be done "+
			"again.%s",
		views.Plural(int64(limit), "channel", "channels"), views.Count(int64(n)), more)}}, nil
}
