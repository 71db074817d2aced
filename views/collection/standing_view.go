package collection

import (
	"fmt"
	"time"

	"telegramtrac/collector"
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
