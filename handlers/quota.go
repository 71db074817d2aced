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

// Quota is what one workspace may have at most; 0: as much as it likes.
type Quota struct {
	Bytes       int64 // of collected data
	Collections int   // that have not ended
	Channels    int   // collected, or named by a collection that has not ended
}

// quota says beside the form why a collection cannot begin now, and what to do.
func (s *Server) quota(c *fiber.Ctx, r collector.Request) ([]views.Mistake, error) {
	if s.noRoom() {
		return []views.Mistake{{Sentence: words.DiskFull}}, nil
	}
	if s.quotas == (Quota{}) {
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
		return []views.Mistake{{Sentence: fmt.Sprintf("This workspace may have %s that have not ended, and it has them. Let one end, or cancel one, then send this again.", views.Plural(int64(n), "collection", "collections"))}}, nil
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

// noRoom reports whether the disk is full, so that nothing new can be kept.
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
	return []views.Mistake{{Sentence: fmt.Sprintf("This workspace holds %s, and may hold %s. Download what you want to keep and delete the workspace under Options, or ask whoever runs this server for more.",
		views.Bytes(used), views.Bytes(s.quotas.Bytes))}}, nil
}

// tooManyChannels counts the channels that are there, those on their way and
// those asked for, each once.
func (s *Server) tooManyChannels(ctx context.Context, d Dataset, unfinished []collector.Collection, r collector.Request) ([]views.Mistake, error) {
	limit := s.quotas.Channels
	if limit <= 0 {
		return nil, nil
	}
	have, err := d.Channels(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the channels: %w", err)
	}
	seen := roll{known: map[string]bool{}, groups: map[string]int64{}}
	for _, ch := range have {
		seen.put(ch.Channel)
	}
	n := len(have)
	for _, c := range unfinished {
		n += seen.admit(c.Requested)
	}
	if n+seen.admit(r) <= limit {
		return nil, nil
	}
	const groups = " Each new channel counts twice where comments are asked for too: it may have a group."
	more := ""
	if r.Comments {
		more = groups
	}
	return []views.Mistake{{Field: "channels", Sentence: fmt.Sprintf(
		"This workspace may have %s and has %s, those on their way included. Name fewer new ones; channels that are here can always be done again.%s",
		views.Plural(int64(limit), "channel", "channels"), views.Count(int64(n)), more)}}, nil
}

// roll is which channels are counted already.
type roll struct {
	known  map[string]bool  // by key of a reference
	groups map[string]int64 // of channels that are there: the group with their comments, 0: none
}

func (r roll) put(ch collector.Channel) {
	keys := []string{collector.Reference{ID: ch.ID}.Key()}
	for _, name := range append(ch.Usernames, ch.Username) {
		keys = append(keys, collector.Reference{Username: name}.Key())
	}
	for _, key := range keys {
		r.known[key], r.groups[key] = true, ch.LinkedChannelID
	}
}

// admit makes the channels of a request known and counts those that were not. With
// comments, the group of one that is there counts too, and one that nobody knows yet
// may have one.
func (r roll) admit(request collector.Request) int {
	n := 0
	add := func(key string) {
		if !r.known[key] {
			r.known[key] = true
			n++
		}
	}
	for _, written := range request.Channels {
		ref, err := collector.ParseReference(written)
		if err != nil {
			continue
		}
		add(ref.Key())
		if !request.Comments {
			continue
		}
		if group, here := r.groups[ref.Key()]; !here {
			add("group of " + ref.Key())
		} else if group != 0 {
			add(collector.Reference{ID: group}.Key())
		}
	}
	return n
}
