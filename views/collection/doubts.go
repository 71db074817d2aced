package collection

import (
	"fmt"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/views"
)

// doubts are what is uncertain about a channel that was collected to its end.
type doubts struct {
	server                      *int64 // messages that Telegram says exist; nil: it did not say
	short, unproven, unreadable int64
}

// sentence says what is uncertain, "" if nothing is.
func (d doubts) sentence() string {
	var out []string
	if d.short > 0 && d.server != nil {
		out = append(out, fmt.Sprintf("Telegram counts %s messages here; %s of them did not come.", views.Count(*d.server), views.Count(d.short)))
	}
	if d.unproven > 0 {
		out = append(out, fmt.Sprintf("Of %s nobody proved that there is no message: an earlier version did not ask twice.",
			views.Plural(d.unproven, "absent id", "absent ids")))
	}
	if d.unreadable > 0 {
		places := "Its place is kept"
		if d.unreadable > 1 {
			places = "Their places are kept"
		}
		out = append(out, fmt.Sprintf("%s could not be read by this version. %s, and a newer version asks again.",
			views.Plural(d.unreadable, "message", "messages"), places))
	}
	return strings.Join(out, " ")
}

// worthChecking reports whether asking again for the ids without a message may find messages.
func (d doubts) worthChecking() bool { return d.short > 0 || d.unproven > 0 }

func doubtsOf(p collector.Progress) doubts {
	if !p.State.Final() {
		return doubts{}
	}
	return doubts{p.Expected, p.Short(), p.Unproven, p.Unreadable}
}

func receiptDoubts(r collector.Receipt) doubts {
	return doubts{r.Server, r.Short, r.Unproven, r.Unreadable}
}

// Doubtful are the references of a collection's channels for which that is so.
func Doubtful(c collector.Collection) []string {
	var out []string
	for _, p := range c.Channels {
		if p.State == collector.Done && doubtsOf(p).worthChecking() {
			out = append(out, p.Reference)
		}
	}
	return out
}
