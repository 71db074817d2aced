package handlers

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// standingTime is how long the tab waits to be told how the account stands.
const standingTime = 5 * time.Second

// methodWords are Telegram's methods in plain words. See
// https://core.telegram.org/methods
var methodWords = map[string]string{
	"contacts.resolveUsername": "Looking up a @name",
	"channels.getFullChannel":  "Reading a channel's details",
	"channels.getChannels":     "Looking up a channel by its number",
	"channels.getMessages":     "Reading single messages",
	"messages.getHistory":      "Reading messages",
	"messages.getReplies":      "Reading comments",
	"messages.search":          "Searching messages",
	"users.getUsers":           "Reading this account",
	"account.getPassword":      "Asking for the password's proof",
	"auth.sendCode":            "Asking for a login code",
	"auth.resendCode":          "Asking for another login code",
	"auth.signIn":              "Signing in",
	"auth.checkPassword":       "Signing in with the password",
	"auth.logOut":              "Logging out",
	"auth.exportAuthorization": "Moving between Telegram's data centres",
	"auth.importAuthorization": "Moving between Telegram's data centres",
	"help.getConfig":           "Asking where Telegram's servers are",
}

func methodName(method string) string { return cmp.Or(methodWords[method], "Another request") }

// hasStanding reports whether an account stands behind the visitor's workspace.
func hasStanding(v guard.Visitor) bool {
	return v.In() && v.Workspace.Source != collector.SourcePreview
}

// standing is the panel about the visitor's account, nil where there is no
// account. What cannot be told is said in the panel.
func (s *Server) standing(c *fiber.Ctx) *views.Standing {
	v := guard.VisitorOf(c)
	if !hasStanding(v) {
		return nil
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), standingTime)
	defer cancel()
	var st collector.Standing
	if err := s.engine.Call(ctx, engine.SubjectSignIn, engine.MethodStanding, engine.Visitor{Visitor: v.Hash}, &st); err != nil {
		s.log.Warn("standing_not_told", "err", err)
		return &views.Standing{Unknown: true}
	}
	return standingOf(st, v.Token, s.now())
}

func standingOf(st collector.Standing, token string, now time.Time) *views.Standing {
	out := &views.Standing{CSRF: token, Lookups: int64(st.Next.Resolves)}
	switch {
	case st.Next.Stopped != "" || st.Next.Why == collector.Guarded:
		out.Stopped = sentence(collector.Guarded, occasion{detail: st.Next.Stopped}, false)
	case st.Next.At.After(now):
		out.Sentence, out.Until = nextRequest(st.Next), st.Next.At
	default:
		out.Sentence = "Nothing holds the next request back."
	}
	if st.Next.ResolveAt.After(now) {
		out.LookupAt = st.Next.ResolveAt
	}
	lookUpsStanding(out, st.Next)
	for _, m := range st.Methods {
		line := views.StandingMethod{
			Words: methodName(m.Method), Method: m.Method,
			HourRequests: m.Hour.Requests, HourWaits: m.Hour.Waits, DayRequests: m.Day.Requests, DayWaits: m.Day.Waits,
		}
		if m.Spacing > 0 {
			line.Spacing = spacing(m.Spacing)
		}
		out.Methods = append(out.Methods, line)
	}
	for _, w := range st.Waits {
		wait := views.StandingWait{At: w.At, Words: methodName(w.Method), Method: w.Method, Took: views.Seconds(float64(w.Seconds))}
		if w.End().After(now) {
			wait.Until = w.End()
		}
		out.Waits = append(out.Waits, wait)
	}
	return out
}

// spacing is the time kept between two requests, to a tenth where it is short.
func spacing(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return views.Duration(d)
}

// nextRequest says what was refused and when the next request goes.
func nextRequest(n collector.Next) string {
	what := ""
	if n.Method != "" {
		words := methodName(n.Method)
		what = " (" + strings.ToLower(words[:1]) + words[1:] + ")"
	}
	return fmt.Sprintf("Telegram asked to wait%s. The next request goes at %s UTC.", what, clock(n.At))
}

// clock is a time of day to the second: waits are often short.
func clock(t time.Time) string { return t.UTC().Format(time.TimeOnly) }

// accountResume lets the account, or the web preview of a workspace without one,
// send again after it was stopped by refusals.
func (s *Server) accountResume(c *fiber.Ctx) error {
	v := guard.VisitorOf(c)
	if err := s.callSignIn(c, engine.MethodGoOn, engine.Visitor{Visitor: v.Hash}, nil); err != nil {
		return fmt.Errorf("let the account go on: %w", err)
	}
	switch {
	case wantsJSON(c):
		return c.SendStatus(fiber.StatusNoContent)
	case targets(c, "look"):
		return s.tabOptions(c)
	case c.FormValue("back") == views.TabOptions:
		return s.redirect(c, "/tabs/options")
	}
	return s.redirect(c, "/")
}
