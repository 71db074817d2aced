package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine/store"
)

// Want is what a person wants of a collection.
type Want string

// What can be wanted. Submitting means Run, which also resumes a paused collection.
const (
	Run    Want = "run"
	Pause  Want = "pause"
	Cancel Want = "cancel"
)

// wanted is the value of want.<workspace>.<id>.
type wanted struct {
	Want        Want              `json:"want"`
	AskedAt     time.Time         `json:"asked_at"`
	SubmittedAt time.Time         `json:"submitted_at"`
	Requested   collector.Request `json:"requested"`
}

// had is the value of have.<workspace>.<id>: a Collection without its channels and without
// what wanted has.
type had struct {
	Lease      uint64          `json:"lease"` // the revision of the lease that wrote it
	State      collector.State `json:"state"`
	StartedAt  *time.Time      `json:"started_at,omitempty"`
	FinishedAt *time.Time      `json:"finished_at,omitempty"`
	RetryAt    *time.Time      `json:"retry_at,omitempty"`
	Waits      collector.Kind  `json:"waits_for,omitempty"`
	Method     string          `json:"waits_method,omitempty"`
	Error      collector.Kind  `json:"error,omitempty"`
	Messages   int64           `json:"messages"`
	Resumed    int             `json:"resumed"`
}

func newHad(lease uint64, c collector.Collection) had {
	return had{
		Lease: lease, State: c.State, StartedAt: c.StartedAt, FinishedAt: c.FinishedAt, RetryAt: c.RetryAt,
		Waits: c.Waits, Method: c.WaitsMethod, Error: c.Error, Messages: c.Messages, Resumed: c.Resumed,
	}
}

// hadChannel is the value of have.<workspace>.<id>.<n>.
type hadChannel struct {
	Lease    uint64             `json:"lease"`
	Progress collector.Progress `json:"progress"`
}

// record is a collection as stored.
type record struct {
	id, workspace string
	want          *wanted // nil: the collection was deleted
	have          *had    // nil: no holder has begun it
	channels      map[int]collector.Progress
	wantRevision  uint64
	revisions     map[string]uint64 // of the have keys
}

// readRecords assembles records from entries of the bucket collections, oldest first.
func readRecords(entries []store.Entry) ([]*record, error) {
	byID := map[string]*record{}
	for _, it := range entries {
		tokens := strings.Split(it.Key, ".")
		if len(tokens) < 3 {
			return nil, fmt.Errorf("read key %q: too short", it.Key)
		}
		r := byID[tokens[2]]
		if r == nil {
			r = &record{
				id: tokens[2], workspace: tokens[1],
				channels: map[int]collector.Progress{}, revisions: map[string]uint64{},
			}
			byID[r.id] = r
		}
		if err := r.add(it, tokens); err != nil {
			return nil, fmt.Errorf("read %s: %w", it.Key, err)
		}
	}
	out := make([]*record, 0, len(byID))
	for _, r := range byID {
		if r.want != nil {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *record) int { return strings.Compare(a.id, b.id) })
	return out, nil
}

func (r *record) add(it store.Entry, tokens []string) error {
	if tokens[0] == "want" {
		r.wantRevision = it.Revision
		return json.Unmarshal(it.Value, &r.want)
	}
	r.revisions[it.Key] = it.Revision
	if len(tokens) == 3 {
		return json.Unmarshal(it.Value, &r.have)
	}
	n, err := strconv.Atoi(tokens[3])
	if err != nil {
		return err
	}
	var c hadChannel
	err = json.Unmarshal(it.Value, &c)
	r.channels[n] = c.Progress
	return err
}

// state combines what is wanted with what the holder has written.
func (r *record) state() collector.State {
	s := collector.Queued
	if r.have != nil {
		s = r.have.State
	}
	switch {
	case s.Final():
		return s
	case r.want.Want == Cancel:
		return collector.Canceled
	case r.want.Want == Pause:
		return collector.Paused
	case s == collector.Paused: // no holder has seen yet that it is to go on
		return collector.Queued
	}
	return s
}

// head returns the collection without its channels.
func (r *record) head() collector.Collection {
	c := collector.Collection{
		ID: r.id, State: r.state(), Requested: r.want.Requested, SubmittedAt: r.want.SubmittedAt,
	}
	if h := r.have; h != nil {
		c.StartedAt, c.FinishedAt, c.Error, c.Messages, c.Resumed = h.StartedAt, h.FinishedAt, h.Error, h.Messages, h.Resumed
		if c.State == collector.Waiting {
			c.RetryAt, c.Waits, c.WaitsMethod = h.RetryAt, h.Waits, h.Method
		}
	}
	if c.State == collector.Canceled && c.FinishedAt == nil {
		c.FinishedAt = &r.want.AskedAt
	}
	return c
}

// begun reports whether a holder has started the collection.
func (r *record) begun() bool { return r.have != nil && r.have.StartedAt != nil }

// collection returns the whole collection, with an entry for every channel that was asked for,
// begun or not.
func (r *record) collection() collector.Collection {
	c := r.written()
	for i := range c.Channels {
		p := &c.Channels[i]
		p.State = channelState(*p, c.State)
		if c.State == collector.Canceled && p.FinishedAt == nil {
			p.FinishedAt = c.FinishedAt
		}
		if p.State != collector.Waiting {
			p.RetryAt = nil
		}
	}
	return c
}

// summary returns the collection for a list. recorded is how many of its channels are stored,
// if not all of them were read.
func (r *record) summary(recorded int) Summary {
	c := r.collection()
	if r.settled() {
		c.Messages = max(c.Messages, r.have.Messages) // the sum over all its channels
	}
	n := max(recorded, len(c.Channels))
	c.Channels = c.Channels[:min(SummaryChannels, len(c.Channels))]
	return Summary{Collection: c, Count: n}
}

// written is collection with the states of the channels as stored.
func (r *record) written() collector.Collection {
	c := r.head()
	c.Channels = make([]collector.Progress, len(c.Requested.Channels))
	for i, ref := range c.Requested.Channels {
		c.Channels[i] = collector.Progress{Reference: ref, State: collector.Queued}
	}
	for n, p := range r.channels {
		for len(c.Channels) <= n { // a channel that was found on the way
			c.Channels = append(c.Channels, collector.Progress{State: collector.Queued})
		}
		c.Channels[n] = p
	}
	if len(r.channels) > 0 {
		c.Messages = 0
		for _, p := range c.Channels {
			c.Messages += p.Messages
		}
	}
	return c
}

// channelState returns a channel's state, given the state of its collection: a channel of a
// collection that does not run is not active, whatever was stored last.
func channelState(p collector.Progress, collection collector.State) collector.State {
	s := p.State
	active := s == collector.Resolving || s == collector.Collecting || s == collector.Waiting
	switch {
	case s.Final():
		return s
	case collection == collector.Canceled && p.Messages+p.Service == 0:
		return collector.Canceled
	case collection == collector.Canceled:
		return collector.Partial
	case !active || collection == collector.Running || collection == collector.Waiting:
		return s
	case collection.Final():
		return collector.Partial
	}
	return collector.Queued
}
