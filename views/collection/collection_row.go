package collection

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

func Row(i int, p collector.Progress, c collector.Collection, at views.Links, now time.Time) views.Row {
	state := rowState(p, c)
	w := stateWords[state]
	if state == collector.Waiting {
		w.word = cmp.Or(waitWords[c.Waits], w.word)
		if p.RetryAt != nil {
			w.word = "waiting for a look-up"
		}
	}
	r := views.Row{
		Key: "channel-row-" + strconv.Itoa(i), Name: progressName(p), Title: views.Name(p.Title), Word: w.word, Tone: w.tone,
		Done: p.State == collector.Done, Figures: figures(p, c.Requested.DetailsOnly), Notes: notes(p),
	}
	if p.CommentsOf != "" {
		r.Of = "comments of " + words.ReferenceName(p.CommentsOf)
	}
	if p.SameAs != "" {
		r.NoBar, r.Figures, r.Notes = true, "", nil
		r.Sentence = fmt.Sprintf("The same channel as %s; its counts stand there.", words.ReferenceName(p.SameAs))
		return r
	}
	if p.Username != "" {
		r.Href = at.Channel(p.Username, 0)
	}
	if p.Expected != nil {
		r.Value, r.Max = min(p.Messages+p.Service+p.Unreadable, *p.Expected), *p.Expected
	} else if p.ByPost {
		r.Value, r.Max = min(p.Threads, p.ThreadsAll), p.ThreadsAll
	} else if span := p.Span(); span > 0 {
		r.Value, r.Max = min(p.Accounted(), span), span
	}
	r.NoBar = r.Max == 0 && p.State == collector.Failed
	if state == collector.Waiting && p.RetryAt != nil {
		r.Sentence, r.Until = words.LookUpWait(p, now), *p.RetryAt
	} else if p.Error != "" {
		r.Sentence = words.Sentence(p.Error, Occasion(p, c, now), false)
	} else if p.State == collector.Partial {
		r.Sentence = "It was stopped before it was complete. What was collected is kept."
	} else if p.ByPost {
		r.Sentence = strings.TrimSpace(byPost(p) + " " + doubtsOf(p).sentence())
	} else if p.Threads > 0 {
		r.Sentence = strings.TrimSpace(byMessage(p.Threads) + " " + doubtsOf(p).sentence())
	} else if p.State == collector.Done && p.Source == collector.SourcePreview {
		r.Sentence = words.PreviewOnly
	} else {
		r.Sentence = doubtsOf(p).sentence()
	}
	if p.Renamed {
		r.Sentence = strings.TrimSpace(words.Renamed(p) + " " + r.Sentence)
	}
	return r
}

// byMessage says how the comments of a closed group were read.
func byMessage(messages int64) string {
	return fmt.Sprintf("The group's history is closed, so its comments are read message by message (%s). Which ids are absent cannot be told.",
		views.Plural(messages, "message", "messages"))
}

// byPost says how the reading of comments post by post goes, and what came of it. A run that was
// stopped has counted, too, but what is lacking then was not asked for yet.
func byPost(p collector.Progress) string {
	if p.CommentsSaid == nil || p.State != collector.Done {
		if p.ThreadsAll == 0 {
			return ""
		}
		return fmt.Sprintf("Comments are read post by post: %s of %s so far, each in a request or more.",
			views.Count(p.Threads), views.Plural(p.ThreadsAll, "post", "posts"))
	}
	return commentsFound(*p.CommentsSaid, *p.CommentsStored, *p.CommentsShort)
}

// commentsFound compares what posts say of the number of their comments with what is stored.
func commentsFound(said, stored, short int64) string {
	switch {
	case said == 0:
		return "None of the posts has comments."
	case short > 0:
		return fmt.Sprintf("Of %s that the posts are said to have, %s could not be had: they may be deleted, hidden, or in a group that "+
			"the channel had before.",
			views.Plural(said, "comment", "comments"), views.Count(short))
	}
	return fmt.Sprintf("All comments of the posts are here: %s.", views.Count(stored))
}

// rowState is a channel's state. A paused or canceled collection overrules it, because the
// channel will not go on, even if its own state does not say so yet.
func rowState(p collector.Progress, c collector.Collection) collector.State {
	if !p.State.Final() && Overrules(c.State) {
		return c.State
	}
	return p.State
}

// Overrules reports whether a collection's state applies to its unfinished channels, too.
func Overrules(s collector.State) bool { return s == collector.Paused || s == collector.Canceled }

func Occasion(p collector.Progress, c collector.Collection, now time.Time) words.Occasion {
	o := waitOccasion(c, now)
	o.Name, o.Detail = progressName(p), p.Detail
	if ref, err := collector.ParseReference(p.Reference); err == nil && p.Username == "" {
		o.Numeric = ref.ID != 0
	}
	return o
}

// progressName is @username if known, else what the person wrote.
func progressName(p collector.Progress) string {
	if p.Username != "" {
		return "@" + p.Username
	}
	return words.ReferenceName(p.Reference)
}

func figures(p collector.Progress, detailsOnly bool) string {
	have := p.Messages + p.Service
	switch {
	case (p.State == collector.Queued || p.RetryAt != nil) && have == 0, p.State == collector.Resolving,
		p.State == collector.Failed && have == 0:
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
		add(p.Unreadable, "message not readable", "messages not readable")
		add(p.Absent, "id absent", "ids absent")
		add(p.Unseen, "id shows no message", "ids show no message")
		if have := p.Messages + p.Service; p.New == 0 && have > 0 {
			out = append(out, "nothing new")
		} else if p.New > 0 && p.Before != nil && *p.Before > 0 {
			out = append(out, views.Count(p.New)+" new")
		}
	}
	if !p.State.Final() && p.Service > 0 {
		out = append(out, fmt.Sprintf("of which %s service", views.Count(p.Service)))
	}
	if p.WaitedSeconds > 0 {
		out = append(out, "waited "+views.Seconds(float64(p.WaitedSeconds)))
	}
	return out
}
