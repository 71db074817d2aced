package handlers

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/views"
)

// pace is how fast a collection goes.
type pace struct {
	known bool
	rate  float64 // messages a second
}

// liveOf is a collection as the page shows it.
func liveOf(c collector.Collection, p pace, v visitor, now time.Time) views.Live {
	live := views.Live{ID: c.ID, Head: headOf(c, p, now), Actions: actionsOf(c, v.token)}
	if !c.State.Final() {
		live.Socket = "/ws/collections/" + c.ID
	}
	for i, ch := range c.Channels {
		live.Rows = append(live.Rows, rowOf(i, ch, c, v.links(), now))
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

func headOf(c collector.Collection, p pace, now time.Time) views.Head {
	w := words[c.State]
	h := views.Head{Heading: stateHeading(c), Word: w.word, Tone: w.tone, Messages: c.Messages, Sentence: nextSentence(c, now)}
	if c.State == collector.Waiting && c.RetryAt != nil {
		h.Until = *c.RetryAt
	}
	if c.State == collector.Waiting && c.Waits == collector.SignedOut {
		h.Again, h.Word = true, "signed out"
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
	channels := views.Plural(int64(len(c.Channels)), "channel", "channels")
	switch c.State {
	case collector.Running, collector.Waiting:
		return "Collecting " + channels
	case collector.Done:
		if n := short(c); n > 0 {
			return fmt.Sprintf("Collected %d of %s", len(c.Channels)-n, channels)
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
		return "You can close this page: collecting goes on, and the counts are here when you come back."
	case collector.Waiting:
		return sentence(c.Waits, waitOccasion(c, now), false)
	case collector.Paused:
		return "Nothing is lost. Resume goes on where it stopped."
	case collector.Canceled:
		return "It was stopped. What it collected until then is kept."
	case collector.Failed:
		return failedSentence(c, now)
	}
	return doneSentence(c)
}

func waitOccasion(c collector.Collection, now time.Time) occasion {
	o := occasion{name: "the channels"}
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
	switch n := short(c); {
	case n == len(c.Channels):
		return "None of the channels could be collected whole. The reason stands beside each."
	case n == 1:
		return "1 channel could not be collected whole. The reason stands beside it."
	case n > 0:
		return fmt.Sprintf("%d channels could not be collected whole. The reason stands beside each.", n)
	case c.Requested.DetailsOnly:
		return "The details of every channel are here."
	case c.Messages == 0:
		return "Everything was looked at; there are no messages."
	}
	return "Everything is here: each message that exists, and a count of the ids that do not."
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

func rowOf(i int, p collector.Progress, c collector.Collection, at links, now time.Time) views.Row {
	w := words[p.State]
	r := views.Row{
		Key: "channel-row-" + strconv.Itoa(i), Name: progressName(p), Title: p.Title, Word: w.word, Tone: w.tone,
		Done: p.State == collector.Done, Figures: figures(p, c.Requested.DetailsOnly), Notes: notes(p),
	}
	if p.Username != "" {
		r.Href = at.channel(p.Username, 0)
	}
	if p.Expected != nil {
		r.Value, r.Max = min(p.Messages+p.Service, *p.Expected), *p.Expected
	} else if span := p.Span(); span > 0 {
		r.Value, r.Max = min(p.Accounted(), span), span
	}
	r.NoBar = r.Max == 0 && p.State == collector.Failed
	if p.Error != "" {
		r.Sentence = sentence(p.Error, rowOccasion(p, c, now), false)
	} else if p.State == collector.Partial {
		r.Sentence = "It was stopped before it was complete. What was collected is kept."
	}
	return r
}

func rowOccasion(p collector.Progress, c collector.Collection, now time.Time) occasion {
	o := waitOccasion(c, now)
	o.name, o.detail = progressName(p), p.Detail
	return o
}

// progressName is @username where it is known, else what the person wrote.
func progressName(p collector.Progress) string {
	if p.Username != "" {
		return "@" + p.Username
	}
	if ref, err := collector.ParseReference(p.Reference); err == nil {
		return ref.String()
	}
	return p.Reference
}

func figures(p collector.Progress, detailsOnly bool) string {
	have := p.Messages + p.Service
	switch {
	case p.State == collector.Queued && have == 0, p.State == collector.Resolving, p.State == collector.Failed && have == 0:
		return ""
	case detailsOnly && have == 0:
		return "details"
	case p.State.Final() || p.Expected == nil:
		return views.Plural(p.Messages, "message", "messages")
	}
	return fmt.Sprintf("%s of %s", views.Count(have), views.Count(*p.Expected))
}

func notes(p collector.Progress) []string {
	var out []string
	add := func(n int64, one, many string) {
		if n > 0 {
			out = append(out, views.Plural(n, one, many))
		}
	}
	if p.State.Final() {
		add(p.Service, "service message", "service messages")
		add(p.Absent, "id absent", "ids absent")
		if have := p.Messages + p.Service; p.New == 0 && have > 0 {
			out = append(out, "nothing new")
		} else if 0 < p.New && p.New < p.Messages {
			out = append(out, views.Count(p.New)+" new")
		}
	}
	if p.WaitedSeconds > 0 {
		out = append(out, "waited "+views.Seconds(float64(p.WaitedSeconds)))
	}
	return out
}

func actionsOf(c collector.Collection, token string) views.Actions {
	a := views.Actions{ID: c.ID, CSRF: token}
	if c.State.Final() {
		a.Look = c.Messages > 0
		a.Change = short(c) > 0 || c.State != collector.Done
		return a
	}
	a.Cancel, a.Reload = true, true
	a.Resume = c.State == collector.Paused
	a.Pause = !a.Resume
	return a
}

func itemOf(c collector.Collection) views.CollectionItem {
	w := words[c.State]
	return views.CollectionItem{
		ID: c.ID, Submitted: c.SubmittedAt, Channels: firstOf(c), Word: w.word, Tone: w.tone, Messages: c.Messages,
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
