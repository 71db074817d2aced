package network

import (
	"slices"
	"time"

	"telegramtrac/collector"
)

// Tariff is the cost of requests in a workspace, measured from its own collections.
type Tariff struct {
	Page       int64         // messages that a request returns
	PerRequest time.Duration // measured, else assumed
	Requests   int64         // that were measured
	Newest     int64         // the median of the channels' newest ids, else assumed
	Channels   int           // that were measured
}

// Assumptions until something is measured.
const (
	assumedPerRequest = time.Second
	assumedNewest     = 5000
	telegramPage      = 100 // https://core.telegram.org/method/messages.getHistory
	previewPage       = 20
	lookUps           = 2               // requests to resolve a name and to read the details
	perLookUp         = 2 * time.Second // names are looked up at most 30 times a minute
	rangeOf           = 1000            // ids; each such range takes one more request to confirm that it was read to its end
)

// TariffOf measures the collections of a workspace.
func TariffOf(source string, all []collector.Collection) Tariff {
	t := Tariff{Page: telegramPage, PerRequest: assumedPerRequest, Newest: assumedNewest}
	if source == collector.SourcePreview {
		t.Page = previewPage
	}
	var newest []int64
	var spent time.Duration
	for _, c := range all {
		for _, p := range c.Channels {
			if p.Newest > 0 {
				newest = append(newest, p.Newest)
			}
			if p.StartedAt != nil && p.FinishedAt != nil && p.State == collector.Done && p.Requests > 0 {
				t.Requests += p.Requests
				spent += p.FinishedAt.Sub(*p.StartedAt)
			}
		}
	}
	if t.Channels = len(newest); t.Channels > 0 {
		slices.Sort(newest)
		t.Newest = newest[len(newest)/2]
	}
	if t.Requests > 0 {
		t.PerRequest = max(time.Millisecond, spent/time.Duration(t.Requests))
	}
	return t
}

// Price estimates how many requests a channel's newest messages take, and how long; last is
// the number of messages, 0 for all.
func (t Tariff) Price(c Candidate, last int64) (requests int64, took time.Duration) {
	ids := c.SeenID
	if ids == 0 {
		ids = t.Newest
	}
	if last > 0 {
		ids = min(ids, last)
	}
	reads := max(1, (ids+t.Page-1)/t.Page+ids/rangeOf)
	return lookUps + reads, perLookUp + time.Duration(reads)*t.PerRequest
}
