package words

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"telegramtrac/collector"
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
