package collection

import (
	"fmt"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// Looked shows a channel before anything is collected, or says why it cannot be shown: account
// tells whether the workspace has one, and signInAt is where to sign in with one.
func Looked(g engine.Look, account bool, signInAt string, now time.Time) views.Looked {
	out := views.Looked{Name: words.ReferenceName(g.Reference)}
	if g.Error != "" {
		out.Sentence = lookSentence(g, out.Name, now)
		if !account && (g.Error == collector.NoPreview || g.Error == collector.Restricted) {
			out.SignIn = signInAt
		}
		out.Account = account && g.Error == collector.NoPreview
		return out
	}
	ch := g.Channel
	out.Name, out.Title, out.About, out.Verified = "@"+ch.Username, views.Name(ch.Title), ch.About, ch.Verified
	out.Initials = initials(ch.Title)
	if ch.Participants != nil {
		out.Subscribers = views.Plural(*ch.Participants, "subscriber", "subscribers")
		if ch.ParticipantsRounded {
			out.Subscribers = "about " + out.Subscribers
		}
	}
	for i := range g.Messages {
		m := &g.Messages[i]
		out.Messages = append(out.Messages,
			views.LookedMessage{ID: m.ID, Date: m.Date, Text: views.Shorten(m.Text, 400), Media: mediaWord(m.MediaType)})
	}
	return out
}

// lookSentence says why a channel cannot be looked at.
func lookSentence(g engine.Look, name string, now time.Time) string {
	o := words.OccasionOf(&collector.Error{Kind: g.Error, Detail: g.Detail, RetryAt: g.RetryAt}, name, now)
	o.Method = "preview"
	switch g.Error {
	case collector.Flood:
		return words.Sentence(g.Error, o, false)
	case collector.Restricted:
		return fmt.Sprintf("Telegram does not show %s on the web: %q", name, views.Shorten(g.Detail, 200))
	case collector.Network:
		if proxy, _ := o.Obstacle(); proxy != "" {
			return fmt.Sprintf("The web preview cannot be reached through the proxy %s. Check that it runs and lets this computer in, then try "+
				"again.", proxy)
		}
		return "The web preview cannot be reached, or is busy with collections. Try again in a moment."
	}
	if ref, err := collector.ParseReference(g.Reference); err == nil && ref.ID != 0 {
		return "The web preview knows channels by name only. Write @name to look at one."
	}
	return words.Sentence(g.Error, o, false)
}

// mediaWord names an attachment in a word.
func mediaWord(mediaType string) string {
	word := strings.ToLower(strings.TrimPrefix(mediaType, "MessageMedia"))
	switch word {
	case "document":
		return "file"
	case "webpage":
		return "link"
	}
	return word
}

// initials are the first letters of the first two words of a title.
func initials(title string) string {
	var out []rune
	for _, word := range strings.Fields(title) {
		if out = append(out, []rune(word)[0]); len(out) == 2 {
			break
		}
	}
	return string(out)
}
