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

func Standing(st collector.Standing, token string, now time.Time) *views.Standing {
	out := &views.Standing{CSRF: token, Lookups: int64(st.Next.Resolves)}
	switch {
	case st.Next.Stopped != "" || st.Next.Why == collector.Guarded:
		out.Stopped = words.Sentence(collector.Guarded, words.Occasion{Detail: st.Next.Stopped}, false)
	case st.Next.At.After(now):
		out.Sentence, out.Until = words.NextRequest(st.Next), st.Next.At
	default:
		out.Sentence = "Nothing holds the next request back."
	}
	if st.Next.ResolveAt.After(now) {
		out.LookupAt = st.Next.ResolveAt
	}
	lookUpsStanding(out, st.Next)
	for _, m := range st.Methods {
		line := views.StandingMethod{MethodStanding: m, Words: words.MethodName(m.Method)}
		if m.Spacing > 0 {
			line.Spacing = words.Spacing(m.Spacing)
		}
		out.Methods = append(out.Methods, line)
	}
	for _, w := range st.Waits {
		wait := views.StandingWait{FloodWait: w, Words: words.MethodName(w.Method)}
		if w.End().After(now) {
			wait.Until = w.End()
		}
		out.Waits = append(out.Waits, wait)
	}
	return out
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
		out.Stranger = fmt.Sprintf("This account is new here, so its requests are kept %s apart, after the first few. The pace grows while "+
			"Telegram is content.", words.Spacing(n.Spacing))
	}
}

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
