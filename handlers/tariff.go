package handlers

import (
	"fmt"
	"slices"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
	"telegramtrac/views"
)

// tariff is what requests cost in a workspace, as far as its own collections
// show.
type tariff struct {
	page       int64         // messages that a request brings
	perRequest time.Duration // measured, else assumed
	requests   int64         // that were measured
	newest     int64         // the median of the channels' newest ids; assumed where a channel's is not known
	channels   int           // that were measured
}

// What is assumed before anything is measured.
const (
	assumedPerRequest = time.Second
	assumedNewest     = 5000
	telegramPage      = 100 // https://core.telegram.org/method/messages.getHistory
	previewPage       = 20
	lookUps           = 2               // requests to resolve a name and to read the details
	perLookUp         = 2 * time.Second // names are looked up at most 30 times a minute
	rangeOf           = 1000            // ids, that one more request confirms to be read to their end
)

func durationOf(n int64) time.Duration { return time.Duration(n) }

// tariffOf measures a workspace's collections.
func tariffOf(source string, all []collector.Collection) tariff {
	t := tariff{page: telegramPage, perRequest: assumedPerRequest, newest: assumedNewest}
	if source == collector.SourcePreview {
		t.page = previewPage
	}
	var newest []int64
	var spent time.Duration
	for _, c := range all {
		for _, p := range c.Channels {
			if p.Newest > 0 {
				newest = append(newest, p.Newest)
			}
			if p.StartedAt != nil && p.FinishedAt != nil && p.State == collector.Done && p.Requests > 0 {
				t.requests += p.Requests
				spent += p.FinishedAt.Sub(*p.StartedAt)
			}
		}
	}
	if t.channels = len(newest); t.channels > 0 {
		slices.Sort(newest)
		t.newest = newest[len(newest)/2]
	}
	if t.requests > 0 {
		t.perRequest = max(time.Millisecond, spent/time.Duration(t.requests))
	}
	return t
}

// price is about how many requests a channel needs, and how long they take,
// when its newest messages are collected; last 0: all.
func (t tariff) price(c network.Candidate, last int64) (requests int64, took time.Duration) {
	ids := c.SeenID
	if ids == 0 {
		ids = t.newest
	}
	if last > 0 {
		ids = min(ids, last)
	}
	reads := max(1, (ids+t.page-1)/t.page+ids/rangeOf)
	return lookUps + reads, perLookUp + time.Duration(reads)*t.perRequest
}

// basis says what the price rests on.
func (t tariff) basis() string {
	out := fmt.Sprintf("Requests bring up to %d messages each.", t.page)
	if t.requests > 0 {
		out += fmt.Sprintf(" The time is that of your collections so far: %s a request.", shortDuration(t.perRequest))
	} else {
		out += " The time assumes a second a request, because nothing was collected yet to measure it."
	}
	if t.channels > 0 {
		return out + fmt.Sprintf(" How many messages a channel has is taken from the highest one that others forward or reply to, so it may have more; where none is known, the middle of your channels is taken: %s.", views.Count(t.newest))
	}
	return out + fmt.Sprintf(" How many messages a channel has is taken from the highest one that others forward or reply to, so it may have more; where none is known, %s are assumed.", views.Count(t.newest))
}

// shortDuration is a length of time with its parts of a second.
func shortDuration(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.2g s", d.Seconds())
	}
	return views.Duration(d)
}
