package handlers

import (
	"context"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// lookUpsTime is how long a page waits to be told what a list costs.
const lookUpsTime = 3 * time.Second

// showLookUps says what the names in the form cost, as they stand there now.
func (s *Server) showLookUps(c *fiber.Ctx) error {
	request, _ := readTracForm(c).request()
	return s.render(c, fiber.StatusOK, views.LookUpsFragment, s.lookUpsOf(c, request.Channels))
}

// lookUpsOf says how many of a list's names must be looked up, and how many may be:
// Telegram limits that most of all. It says nothing where there is no account, or
// where it cannot be told.
func (s *Server) lookUpsOf(c *fiber.Ctx, references []string) views.LookUps {
	v := guard.VisitorOf(c)
	if !hasStanding(v) {
		return views.LookUps{}
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), lookUpsTime)
	defer cancel()
	var cost engine.LookUps
	if err := s.engine.Call(ctx, engine.SubjectSignIn, engine.MethodLookUps, engine.Look{Visitor: v.Hash, References: references}, &cost); err != nil {
		s.log.Debug("look_ups_not_told", "err", err)
		return views.LookUps{}
	}
	if cost.Next.LookUpsADay <= 0 {
		return views.LookUps{}
	}
	return views.LookUps{Sentence: lookUpsSentence(cost, len(references), s.now())}
}

func lookUpsSentence(cost engine.LookUps, named int, now time.Time) string {
	n := cost.Next
	left := fmt.Sprintf("%d of %d look-ups are left for these 24 hours", n.LookUpsLeft, n.LookUpsADay)
	if n.LookUpsWhy == "flood" && n.ResolveAt.After(now) {
		left = fmt.Sprintf("Telegram asks to wait with look-ups until %s", moment(n.ResolveAt, now))
	}
	switch {
	case named == 0:
		return "A name that this account has not met must be looked up. " + left + "."
	case cost.New == 0:
		return "This account knows these names, so none must be looked up."
	}
	must := fmt.Sprintf("%d of these names are new to this account and must be looked up. ", cost.New)
	if cost.New == 1 {
		must = "1 of these names is new to this account and must be looked up. "
	}
	if n.LookUpsWhy == "flood" || cost.New > n.LookUpsLeft {
		return must + left + ". What waits for one goes on by itself; all else is collected first."
	}
	return must + left + "."
}

// lookUpsWait says what a collection waits for that has nothing left but names to
// look up.
func lookUpsWait(o occasion) string {
	again := "It goes on by itself."
	if !o.at.IsZero() {
		again = fmt.Sprintf("It goes on by itself at %s.", moment(o.at, o.at.Add(-o.wait)))
	}
	if o.detail == "budget" {
		return "What is left waits for look-ups of names, and those of the last 24 hours are used up. Telegram limits them most of all. " + again
	}
	return "What is left waits for look-ups of names, and Telegram asks this account to wait with those. " + again
}

// lookUpWait says what one channel waits for, while others are collected.
func lookUpWait(p collector.Progress, now time.Time) string {
	why := "Telegram asks to wait with look-ups"
	if p.Detail == "budget" {
		why = "the look-ups of the last 24 hours are used up"
	}
	return fmt.Sprintf("Its name must be looked up, and %s. It is taken up at %s; all else is collected first.", why, moment(*p.RetryAt, now))
}

// moment is a time of day, with its day where that is not today.
func moment(at, now time.Time) string {
	if views.Day(at) == views.Day(now) {
		return views.Clock(at) + " UTC"
	}
	return fmt.Sprintf("%s UTC on %s", views.Clock(at), views.Day(at))
}

// lookUpsStanding fills the panel about the account.
func lookUpsStanding(out *views.Standing, n collector.Next) {
	if n.LookUpsADay > 0 {
		out.LookupsLeft = fmt.Sprintf("%d of %d look-ups are left for these 24 hours.", n.LookUpsLeft, n.LookUpsADay)
	}
	switch n.LookUpsWhy {
	case "flood":
		out.LookupsWhy = "Telegram asked to wait with look-ups; everything else goes on."
	case "budget":
		out.LookupsWhy = "Those of the last 24 hours are used up; everything else goes on."
	}
	if n.Spacing > 0 {
		out.Stranger = fmt.Sprintf("This account is new here, so its requests are kept %s apart, after the first few. The pace grows while Telegram is content.", spacing(n.Spacing))
	}
}

// refusals are what Telegram refuses of one channel, by its word for it. See
// https://core.telegram.org/api/errors
var refusals = map[string]string{
	"CHANNEL_MONOFORUM_UNSUPPORTED": "%s holds the direct messages that people write to a channel, and cannot be read as a channel.",
	"CHAT_ADMIN_REQUIRED":           "Telegram shows this of %s to its administrators only.",
	"PREMIUM_ACCOUNT_REQUIRED":      "Telegram shows %s to Premium accounts only.",
	"CHANNEL_FORUM_MISSING":         "%s has no topics, and was asked for one.",
	"CHANNEL_TOO_LARGE":             "%s is too large for Telegram to answer this.",
}

// refused says why a channel cannot be read, or not further, with Telegram's word.
func refused(o occasion) string {
	out := fmt.Sprintf("Telegram refused to show %s to this account.", o.name)
	if known := refusals[o.detail]; known != "" {
		out = fmt.Sprintf(known, o.name)
	}
	out += " What was collected is kept."
	if o.detail != "" {
		out += fmt.Sprintf(" Telegram's word for it: %s.", shorten(o.detail, nameLength))
	}
	return out
}
