package collection

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/listed"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// Card is a list in short, without its counts. runs are its collections, newest first; failed
// counts, by collection, the channels that ended before they were complete.
func Card(l listed.List, runs []collector.Collection, failed map[string]int, token string) views.Card {
	card := views.Card{ID: l.ID, Name: views.Name(l.Name), CSRF: token, Channels: int64(len(l.Channels))}
	newest := true
	for _, c := range runs {
		if !c.State.Final() {
			item := Item(c, 0)
			card.Running = append(card.Running, views.CardRun{ID: c.ID, Word: item.Word, Tone: item.Tone, Messages: c.Messages})
			continue
		}
		if newest {
			newest = false
			ended(&card, c, failed[c.ID])
		}
		if c.State == collector.Done && card.Collected.IsZero() {
			card.Collected = finished(c)
		}
	}
	return card
}

func finished(c collector.Collection) time.Time {
	if c.FinishedAt == nil {
		return c.SubmittedAt
	}
	return *c.FinishedAt
}

// ended says how the last collection ended, if not well.
func ended(card *views.Card, c collector.Collection, failed int) {
	card.EndedIn, card.EndedWord, card.EndedTone = c.ID, stateWords[c.State].word, stateWords[c.State].tone
	switch {
	case c.State == collector.Failed:
		card.Ended = "The last collection failed."
	case c.State == collector.Canceled:
		card.Ended = "The last collection was stopped. What it had collected is kept."
	case failed > 0:
		card.EndedWord, card.EndedTone = stateWords[collector.Failed].word, stateWords[collector.Failed].tone
		card.Ended = views.Plural(int64(failed), "channel", "channels") + " could not be collected whole."
	}
}

// Failed counts the channels of a collection that ended before they were complete.
func Failed(c collector.Collection) int { return short(c) }

// HowTold says how a list is collected.
func HowTold(h listed.How) string {
	var parts []string
	switch {
	case h.DetailsOnly:
		parts = append(parts, "only the details of each channel")
	case h.Last > 0:
		parts = append(parts, "the newest "+views.Plural(h.Last, "message", "messages")+" of each channel")
	default:
		parts = append(parts, "all messages")
	}
	if !h.Since.IsZero() {
		parts = append(parts, "from "+h.Since.String()+" on")
	}
	if !h.Until.IsZero() {
		parts = append(parts, "before "+h.Until.String())
	}
	switch r := (listed.List{How: h}).Request(); {
	case r.PostByPost():
		parts = append(parts, "all comments of these too")
	case h.Comments:
		parts = append(parts, "the whole groups with their comments too")
	}
	if h.AgainDays > 0 {
		parts = append(parts, "those of the last "+views.Plural(h.AgainDays, "day", "days")+" looked at again")
	}
	if h.Personal {
		parts = append(parts, "with who wrote it")
	}
	return "Collects " + strings.Join(parts, ", ") + "."
}

// Narrowing fills the fields that say how channels are collected.
func Narrowing(h listed.How) views.Narrowing {
	number := func(n int64) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprint(n)
	}
	return views.Narrowing{
		Since: h.Since.String(), Until: h.Until.String(), Last: number(h.Last), AgainDays: number(h.AgainDays),
		DetailsOnly: h.DetailsOnly, Comments: h.Comments, CommentsBy: string(h.CommentsBy), Personal: h.Personal,
	}
}

// ListRow shows a channel of a list. c is the newest collection that has said something of it
// in p, whose State is "" if none has.
func ListRow(ch listed.Channel, p collector.Progress, c collector.Collection, now time.Time) views.ListRow {
	row := views.ListRow{Key: ch.Key(), Name: ch.Name(), Word: "not collected yet", Tone: "rest"}
	if p.State == "" {
		return row
	}
	state := rowState(p, c)
	row.Word, row.Tone = stateWords[state].word, stateWords[state].tone
	if state == collector.Waiting {
		row.Word = cmp.Or(waitWords[c.Waits], row.Word)
	}
	if p.Error != "" {
		row.Sentence = words.Sentence(p.Error, Occasion(p, c, now), false)
	} else if p.State == collector.Partial {
		row.Sentence = "It was stopped before it was complete. What was collected is kept."
	}
	return row
}
