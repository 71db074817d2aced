package collections

import (
	"fmt"
	"slices"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// quota explains beside the form why a collection cannot begin now, and what to do.
func (s *Server) quota(c *fiber.Ctx, r collector.Request) ([]views.Mistake, error) {
	if s.NoRoom() {
		return []views.Mistake{{Sentence: words.DiskFull}}, nil
	}
	if s.Quota == (collector.Allowance{}) {
		return nil, nil
	}
	unfinished, err := s.Collections(c)
	if err != nil {
		return nil, err
	}
	unfinished = slices.DeleteFunc(unfinished, func(c collector.Collection) bool { return c.State.Final() })
	if n := s.Quota.Collections; n > 0 && len(unfinished) >= n {
		return []views.Mistake{{Sentence: words.ManyCollections(n)}}, nil
	}
	full, err := s.Full(c)
	if err != nil {
		return nil, err
	}
	if full != "" {
		return []views.Mistake{{Sentence: full}}, nil
	}
	return s.tooManyChannels(c, unfinished, r)
}

// tooManyChannels counts the channels that are stored, being collected or asked for, each
// once, against the quota.
func (s *Server) tooManyChannels(c *fiber.Ctx, unfinished []collector.Collection, r collector.Request) ([]views.Mistake, error) {
	limit := s.Quota.Channels
	if limit <= 0 {
		return nil, nil
	}
	d, err := s.Dataset(c)
	if err != nil {
		return nil, err
	}
	have, err := d.Channels(c.UserContext())
	if err != nil {
		return nil, fmt.Errorf("list the channels: %w", err)
	}
	seen, n := collector.NewRoll(), len(have)
	for _, ch := range have {
		seen.Put(ch.Channel)
	}
	for _, c := range unfinished {
		n += seen.Admit(c.Requested)
	}
	if n+seen.Admit(r) <= limit {
		return nil, nil
	}
	return []views.Mistake{{Field: "channels", Sentence: words.ManyChannels(limit, n, r.Comments)}}, nil
}
