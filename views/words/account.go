package words

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/views"
)

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

func MethodName(method string) string { return cmp.Or(methodWords[method], "Another request") }

// Spacing writes the pause between two requests, in tenths of a second if short.
func Spacing(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return views.Duration(d)
}

// NextRequest says which request has to wait and when the next is sent.
func NextRequest(n collector.Next) string {
	what := ""
	if n.Method != "" {
		words := MethodName(n.Method)
		what = " (" + strings.ToLower(words[:1]) + words[1:] + ")"
	}
	return fmt.Sprintf("Telegram asked to wait%s. The next request goes at %s UTC.", what, clock(n.At))
}

// clock is a time of day to the second, because waits are often short.
func clock(t time.Time) string { return t.UTC().Format(time.TimeOnly) }

func LookUpsSentence(cost engine.LookUps, named int, now time.Time) string {
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

// lookUpsWait says what a collection waits for if only look-ups of names are left.
func lookUpsWait(o Occasion) string {
	again := "It goes on by itself."
	if !o.At.IsZero() {
		again = fmt.Sprintf("It goes on by itself at %s.", moment(o.At, o.At.Add(-o.Wait)))
	}
	if o.Detail == "budget" {
		return "What is left waits for look-ups of names, and those of the last 24 hours are used up. Telegram limits them most of all. " + again
	}
	return "What is left waits for look-ups of names, and Telegram asks this account to wait with those. " + again
}

// LookUpWait says what one channel waits for, while others are collected.
func LookUpWait(p collector.Progress, now time.Time) string {
	why := "Telegram asks to wait with look-ups"
	if p.Detail == "budget" {
		why = "the look-ups of the last 24 hours are used up"
	}
	return fmt.Sprintf("Its name must be looked up, and %s. It is taken up at %s; all else is collected first.", why, moment(*p.RetryAt, now))
}

// moment is a time of day, with the day if that is not today.
func moment(at, now time.Time) string {
	if views.Day(at) == views.Day(now) {
		return views.Clock(at) + " UTC"
	}
	return fmt.Sprintf("%s UTC on %s", views.Clock(at), views.Day(at))
}

// refusals are the sentences about Telegram's refusals of one channel, by error name. See
// https://core.telegram.org/api/errors
var refusals = map[string]string{
	"CHANNEL_MONOFORUM_UNSUPPORTED": "%s holds the direct messages that people write to a channel, and cannot be read as a channel.",
	"CHAT_ADMIN_REQUIRED":           "Telegram shows this of %s to its administrators only.",
	"PREMIUM_ACCOUNT_REQUIRED":      "Telegram shows %s to Premium accounts only.",
	"CHANNEL_FORUM_MISSING":         "%s has no topics, and was asked for one.",
	"CHANNEL_TOO_LARGE":             "%s is too large for Telegram to answer this.",
}

// refused says why a channel cannot be read, or not further, with Telegram's error name.
func refused(o Occasion) string {
	out := fmt.Sprintf("Telegram refused to show %s to this account.", o.Name)
	if known := refusals[o.Detail]; known != "" {
		out = fmt.Sprintf(known, o.Name)
	}
	out += " What was collected is kept."
	if o.Detail != "" {
		out += fmt.Sprintf(" Telegram's word for it: %s.", views.Shorten(o.Detail, views.NameLength))
	}
	return out
}

// WorkspaceFull says that a workspace holds as many bytes as it may.
func WorkspaceFull(used, may int64) string {
	return fmt.Sprintf("This workspace holds %s, and may hold %s. Download what you want to keep and delete the workspace under Options, or "+
		"ask whoever runs this server for more.", views.Bytes(used), views.Bytes(may))
}

// ManyCollections says that a workspace has as many collections that have not ended as it may.
func ManyCollections(may int) string {
	return fmt.Sprintf("This workspace may have %s that have not ended, and it has them. Let one end, or cancel one, then send this again.",
		views.Plural(int64(may), "collection", "collections"))
}

// ManyChannels says that a request would bring a workspace more channels than it may have.
func ManyChannels(may, has int, comments bool) string {
	more := ""
	if comments {
		more = " Each new channel counts twice where comments are asked for too: it may have a group."
	}
	return fmt.Sprintf("This workspace may have %s and has %s, those on their way included. Name fewer new ones; channels that are here can "+
		"always be done again.%s", views.Plural(int64(may), "channel", "channels"), views.Count(int64(has)), more)
}
