// Package collection fills the structs that show work: a collection and its channels while
// they run, receipts, imports and the account's standing.
package collection

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// Live is a collection as the page shows it.
func Live(c collector.Collection, pace float64, at views.Links, token string, now time.Time) views.Live {
	live := views.Live{ID: c.ID, Head: Head(c, pace, now), Actions: Actions(c, token), Found: Found(c.Requested.Depth)}
	if !c.State.Final() {
		live.Socket = "/ws/collections/" + c.ID
	}
	for i, ch := range c.Channels {
		live.Rows = append(live.Rows, Row(i, ch, c, at, now))
	}
	return live
}

// stateWords are people's words for the states, and their tones.
var stateWords = map[collector.State]struct{ word, tone string }{
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

// waitWords say in a word what a collection waits for, other than Telegram.
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

func Head(c collector.Collection, pace float64, now time.Time) views.Head {
	w := stateWords[c.State]
	h := views.Head{Heading: Heading(c), Word: w.word, Tone: w.tone, Messages: c.Messages, Sentence: nextSentence(c, now)}
	if c.State == collector.Waiting && c.RetryAt != nil {
		h.Until = *c.RetryAt
	}
	if c.State == collector.Waiting {
		h.Again = c.Waits == collector.SignedOut
		h.Word = cmp.Or(waitWords[c.Waits], h.Word)
	}
	if c.State == collector.Running {
		h.Rate = rate(pace)
		if left, ok := timeLeft(c, pace); ok {
			h.Left = views.Left(left)
		}
	}
	h.Say = say(h, c)
	return h
}

func Heading(c collector.Collection) string {
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

// each counts the distinct channels of a collection.
func each(c collector.Collection) int {
	n := 0
	for _, p := range c.Channels {
		if p.SameAs == "" {
			n++
		}
	}
	return n
}

// short counts the channels that ended before they were complete.
func short(c collector.Collection) int {
	n := 0
	for _, p := range c.Channels {
		if p.State == collector.Failed || p.State == collector.Partial {
			n++
		}
	}
	return n
}

// nextSentence says what happens next, or how the collection ended.
func nextSentence(c collector.Collection, now time.Time) string {
	switch c.State {
	case collector.Queued:
		return "It begins in a moment; if another collection is under way, when that one has ended."
	case collector.Running:
		return "You can open the tabs below, or close this page: collecting goes on, and the counts are here when you come back."
	case collector.Waiting:
		return words.Sentence(c.Waits, waitOccasion(c, now), false)
	case collector.Paused:
		if c.Error == collector.Quota {
			return words.Sentence(c.Error, waitOccasion(c, now), false)
		}
		return "Nothing is lost. Resume goes on where it stopped."
	case collector.Canceled:
		return "It was stopped. What it collected until then is kept."
	case collector.Failed:
		return failedSentence(c, now)
	}
	return doneSentence(c)
}

func waitOccasion(c collector.Collection, now time.Time) words.Occasion {
	o := words.Occasion{Name: "the channels", Method: c.WaitsMethod}
	for _, p := range c.Channels {
		if !p.State.Final() && p.Detail != "" && (p.RetryAt != nil) == (c.Waits == collector.LookUps) {
			o.Detail = p.Detail
			break
		}
	}
	if c.RetryAt != nil {
		o.At, o.Wait = *c.RetryAt, max(0, c.RetryAt.Sub(now))
	}
	return o
}

func failedSentence(c collector.Collection, now time.Time) string {
	if c.Error == "" {
		return "None of the channels could be collected. The reason stands beside each."
	}
	return words.Sentence(c.Error, waitOccasion(c, now), false)
}

func doneSentence(c collector.Collection) string {
	whole := " whole"
	if !slices.ContainsFunc(c.Channels, func(p collector.Progress) bool { return p.State != collector.Done && p.Messages+p.Service > 0 }) {
		whole = "" // nothing was collected of those that failed
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
	if slices.ContainsFunc(c.Channels, func(p collector.Progress) bool { return p.CommentsShort != nil && *p.CommentsShort > 0 }) {
		return "Every message that was asked for is here, but some comments could not be had; the row of their group says how many."
	}
	return "Everything is here: each message that exists, and a count of the ids that do not."
}

// fromWeb reports whether any channel of a collection was read from the web preview.
func fromWeb(c collector.Collection) bool {
	return slices.ContainsFunc(c.Channels, func(p collector.Progress) bool { return p.Source == collector.SourcePreview })
}

// accounted reports whether it is known of every requested id whether it has a message. Of
// comments that were read post by post no ids were requested.
func accounted(c collector.Collection) bool {
	for _, p := range c.Channels {
		if byThread := p.ByPost || p.CommentsOf != "" && p.Hi == 0; p.SameAs == "" && !byThread && p.Accounted() != p.Span() {
			return false
		}
	}
	return true
}

// say is the sentence that screen readers read out now and then.
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

// timeLeft is known if every unfinished channel's number of messages is.
func timeLeft(c collector.Collection, pace float64) (time.Duration, bool) {
	if pace < 0.05 {
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
	return time.Duration(float64(left) / pace * float64(time.Second)), left > 0
}

func Actions(c collector.Collection, token string) views.Actions {
	a := views.Actions{ID: c.ID, CSRF: token}
	if c.State.Final() {
		a.Look = c.Messages > 0
		a.Check = len(Doubtful(c)) > 0
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

func Item(c collector.Collection, channels int) views.CollectionItem {
	w := stateWords[c.State]
	if c.State == collector.Waiting {
		w.word = cmp.Or(waitWords[c.Waits], w.word)
	}
	return views.CollectionItem{
		ID: c.ID, Submitted: c.SubmittedAt, Channels: firstOf(c, channels), Word: w.word, Tone: w.tone, Messages: c.Messages,
		Depth: c.Requested.Depth,
	}
}

// firstOf names the first few channels of a collection.
func firstOf(c collector.Collection, channels int) string {
	const some = 3
	var names []string
	for _, p := range c.Channels[:min(some, len(c.Channels))] {
		names = append(names, progressName(p))
	}
	out := strings.Join(names, ", ")
	if more := channels - some; more > 0 {
		out += fmt.Sprintf(" and %d more", more)
	}
	return out
}

// UnderWay says that a new collection must wait for another, "" if not.
func UnderWay(all []collector.Collection) string {
	for _, c := range all {
		if c.Waits == collector.LookUps || c.Waits == collector.Disk || c.Waits == collector.OpenFiles { // these let others go first
			continue
		}
		switch c.State {
		case collector.Queued, collector.Running, collector.Waiting:
			return "A collection is under way. A new one begins when it has ended."
		}
	}
	return ""
}

// Step is the step of the flow that a collection has reached.
func Step(c collector.Collection) int {
	if c.State.Final() {
		return views.StepLook
	}
	return views.StepCollect
}

// Found says that a snowball found a collection's channels; "" if a person named them.
func Found(depth int64) string {
	if depth == 0 {
		return ""
	}
	return fmt.Sprintf("Found in the network: depth %d, %s away from the channels that you named yourself.",
		depth, views.Plural(depth, "step", "steps"))
}
