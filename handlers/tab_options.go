package handlers

import (
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// tabOptions offers to log out and to delete.
func (s *Server) tabOptions(c *fiber.Ctx) error {
	d, err := s.dataset(c)
	if err != nil {
		return err
	}
	totals, err := d.Totals(c.UserContext())
	if err != nil {
		return fmt.Errorf("count the dataset: %w", err)
	}
	v := guard.VisitorOf(c)
	present, err := s.engine.Visitors(c.UserContext(), v.Workspace.ID)
	if err != nil {
		return fmt.Errorf("list the browsers: %w", err)
	}
	browsers := make([]time.Time, len(present))
	for i, p := range present {
		browsers[i] = p.Since
	}
	signIn := ""
	if v.Workspace.Source == collector.SourcePreview {
		signIn = accounts(v)
	}
	return s.tab(c, views.Look{Tab: views.TabOptions, Options: &views.Options{
		CSRF: v.Token, Source: v.Workspace.Source, Label: answer.PlaceLabel(v), Channels: totals.Channels, Messages: totals.Messages,
		Browsers: browsers, Standing: s.standing(c), SignIn: signIn, Keeping: s.keeping(), Bytes: totals.Bytes, MaxBytes: s.quotas.Bytes,
	}})
}

// keeping is the retention of a workspace that was opened just now.
func (s *Server) keeping() views.Keeping {
	if s.keep <= 0 {
		return views.Keeping{}
	}
	k := views.Keeping{Days: int64(s.keep / (24 * time.Hour)), Until: engine.ExpiresAt(s.now(), s.keep), Grace: s.engine.Grace()}
	if k.Until.Before(k.Grace) {
		k.Until = k.Grace
	}
	return k
}
