package handlers

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// pace is how fast a collection goes.
type pace struct {
	known bool
	rate  float64 // messages a second
}

// liveOf is a collection as the page shows it.
func liveOf(c collector.Collection, p pace, v guard.Visitor, now time.Time) views.Live {
	live := views.Live{ID: c.ID, Head: headOf(c, p, now), Actions: actionsOf(c, v.Token), Found: foundSentence(orEmpty(c.Requested.Depth))}
	if !c.State.Final() {
		live.Socket = "/ws/collections/" + c.ID
	}
	for i, ch := range c.Channels {
		live.Rows = append(live.Rows, rowOf(i, ch, c, linksOf(v), now))
	}
	return live
}

// words are the states as people read them, and their tones.
var words = map[collector.State]struct{ word, tone string }{
	collector.Queued:     {"queued", "rest"},
	collector.Running:    {"collecting", "run"},
	collector.Resolving:  {"looking it up", "run"},
	collector.Collecting: {"collecting", "run"},
	collector.Waiting:    {"waiting for Telegram", "wait"},
	collector.Paused:     {"paused", "rest"},
	collector.Done:       {"done", "good"},
	collector.Partial:    {"ended early", "wait"},
	collector.Failed:     {"failed", "bad"},
	collector.Canceled:   {"canceled", "rest"},
}

// waitWords say in a word what a collection waits for, where it is not Telegram.
var waitWords = map[collector.Kind]string{
	collector.SignedOut: "signed out",
	collector.Network:   "no connection",
	collector.Clock:     "a wrong clock",
	collector.Disk:      "the disk is full",
	collector.OpenFiles: "too many files are open",
	collector.Pacing:    "keeping a slow pace",
	collector.LookUps:   "waiting for look-ups",
	collector.Guarded:   "stopped to protect the account",
}

func headOf(c collector.Collection, p pace, now time.Time) views.Head {
	w := words[c.State]
	h := views.Head{Heading: stateHeading(c), Word: w.word, Tone: w.tone, Messages: c.Messages, Sentence: nextSentence(c, now)}
	if c.State == collector.Waiting && c.RetryAt != nil {
		h.Until = *c.RetryAt
	}
	if c.State == collector.Waiting {
		h.Again = c.Waits == collector.SignedOut
		h.Word = cmp.Or(waitWords[c.Waits], h.Word)
	}
	if c.State == collector.Running && p.known {
		h.Rate = rate(p.rate)
		if left, ok := timeLeft(c, p); ok {
			h.Left = views.Left(left)
		}
	}
	h.Say = say(h, c)
	return h
}

func stateHeading(c collector.Collection) string {
	all := each(c)
	channels := views.Plural(int64(all), "channel", "channels")
	switch c.State {
	case collector.Running, collector.Waiting:
		return "Collecting " + channels
	case collector.Done:
		if n := short(c); n > 0 {
			return fmt.Sprintf("Collected %d of %s", all-n, channels)
		}
		return "Collected " + channels
	case collector.Paused:
		return "Paused: " + channels
	case collector.Failed:
		return "Could not collect " + channels
	case collector.Canceled:
		return "Canceled: " + channels
	}
	return "Next: " + channels
}

// each counts the channels of a collection, each once however often it was named.
func each(c collector.Collection) int {
	n := 0
	for _, p := range c.Channels {
		if p.SameAs == "" {
			n++
		}
	}
	return n
}

// short counts the channels that ended without being complete.
func short(c collector.Collection) int {
	n := 0
	for _, p := range c.Channels {
		if p.State == collector.Failed || p.State == collector.Partial {
			n++
		}
	}
	return n
}

// nextSentence says what happens next, or what came of it.
func nextSentence(c collector.Collection, now time.Time) string {
	switch c.State {
	case collector.Queued:
		return "It begins in a moment; if another collection is under way, when that one has ended."
	case collector.Running:
		return "You can open the tabs below, or close this page: collecting goes on, and the counts are here when you come back."
	case collector.Waiting:
		return sentence(c.Waits, waitOccasion(c, now), false)
	case collector.Paused:
		if c.Error == collector.Quota {
			return sentence(c.Error, waitOccasion(c, now), false)
		}
		return "Nothing is lost. Resume goes on where it stopped."
	case collector.Canceled:
		return "It was stopped. What it collected until then is kept."
	case collector.Failed:
		return failedSentence(c, now)
	}
	return doneSentence(c)
}

func waitOccasion(c collector.Collection, now time.Time) occasion {
	o := occasion{name: "the channels", method: c.WaitsMethod}
	for _, p := range c.Channels {
		if !p.State.Final() && p.Detail != "" && (p.RetryAt != nil) == (c.Waits == collector.LookUps) {
			o.detail = p.Detail
			break
		}
	}
	if c.RetryAt != nil {
		o.at, o.wait = *c.RetryAt, max(0, c.RetryAt.Sub(now))
	}
	return o
}

func failedSentence(c collector.Collection, now time.Time) string {
	if c.Error == "" {
		return "None of the channels could be collected. The reason stands beside each."
	}
	return sentence(c.Error, waitOccasion(c, now), false)
}

func doneSentence(c collector.Collection) string {
	whole := " whole"
	if !slices.ContainsFunc(c.Channels, func(p collector.Progress) bool { return p.State != collector.Done && p.Messages+p.Service > 0 }) {
		whole = "" // of those that failed there is nothing
	}
	switch n := short(c); {
	case n > 0 && n == each(c):
		return fmt.Sprintf("None of the channels could be collected%s. The reason stands beside each.", whole)
	case n == 1:
		return fmt.Sprintf("1 channel could not be collected%s. The reason stands beside it.", whole)
	case n > 0:
		return fmt.Sprintf("%d channels could not be collected%s. The reason stands beside each.", n, whole)
	case c.Requested.DetailsOnly:
		return "The details of every channel are here."
	case !accounted(c):
		return "Everything that could be read is here, but some ids are still unaccounted for. Do the channels again to fetch them."
	case c.Messages == 0:
		return "Everything was looked at; there are no messages."
	}
	if fromWeb(c) {
		return "Everything that the web preview shows is here. Collect again with an account to fill in what it does not."
	}
	return "Everything is here: each message that exists, and a count of the ids that do not."
}

// fromWeb reports whether something of a collection was read from the web preview.
func fromWeb(c collector.Collection) bool {
	return slices.ContainsFunc(c.Channels, func(p collector.Progress) bool { return p.Source == collector.SourcePreview })
}

// accounted reports whether of every id that was asked for it is known whether
// there is a message.
func accounted(c collector.Collection) bool {
	for _, p := range c.Channels {
		if p.SameAs == "" && p.Accounted() != p.Span() {
			return false
		}
	}
	return true
}

// say is the sentence that is read out now and then.
func say(h views.Head, c collector.Collection) string {
	out := fmt.Sprintf("%s: %s, %s.", h.Heading, h.Word, views.Plural(c.Messages, "message", "messages"))
	if h.Left != "" {
		out += " " + strings.ToUpper(h.Left[:1]) + h.Left[1:] + "."
	}
	return out
}

func rate(perSecond float64) string {
	switch {
	case perSecond < 0.05:
		return ""
	case perSecond < 9.5:
		return strconv.FormatFloat(perSecond, 'f', 1, 64) + "/s"
	}
	return views.Count(int64(perSecond+0.5)) + "/s"
}

// timeLeft is known when it is known of every channel how much it holds.
func timeLeft(c collector.Collection, p pace) (time.Duration, bool) {
	if p.rate < 0.05 {
		return 0, false
	}
	var left int64
	for _, ch := range c.Channels {
		if ch.State.Final() {
			continue
		}
		if ch.Expected == nil {
			return 0, false
		}
		left += max(0, *ch.Expected-ch.Messages-ch.Service)
	}
	return time.Duration(float64(left) / p.rate * float64(time.Second)), left > 0
}

func actionsOf(c collector.Collection, token string) views.Actions {
	a := views.Actions{ID: c.ID, CSRF: token}
	if c.State.Final() {
		a.Look = c.Messages > 0
		a.Check = len(doubtful(c)) > 0
		a.Change = short(c) > 0 || c.State != collector.Done
		return a
	}
	a.Cancel, a.Reload = true, true
	a.Resume = c.State == collector.Paused
	a.Pause = !a.Resume
	a.Web = fromWeb(c)
	a.GoOn = c.State == collector.Waiting && c.Waits == collector.Guarded
	return a
}

func itemOf(c collector.Collection) views.CollectionItem {
	w := words[c.State]
	if c.State == collector.Waiting {
		w.word = cmp.Or(waitWords[c.Waits], w.word)
	}
	return views.CollectionItem{
		ID: c.ID, Submitted: c.SubmittedAt, Channels: firstOf(c), Word: w.word, Tone: w.tone, Messages: c.Messages,
		Depth: c.Requested.Depth,
	}
}

// firstOf names the first few channels of a collection.
func firstOf(c collector.Collection) string {
	const some = 3
	var names []string
	for _, p := range c.Channels[:min(some, len(c.Channels))] {
		names = append(names, progressName(p))
	}
	out := strings.Join(names, ", ")
	if more := len(c.Channels) - some; more > 0 {
		out += fmt.Sprintf(" and %d more", more)
	}
	return out
}
