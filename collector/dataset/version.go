package dataset

import (
	"slices"
	"time"

	"telegramtrac/collector"
)

// Version is an earlier wording of a message: one row of versions.parquet. The
// message's columns are as they were when this wording was seen last;
// first_seen_at is when the message was first seen, gone_at is always null.
//
// It is for writing: parquet-go v0.32.0 reads nulls into the pointers of embedded
// structs as zeroes.
type Version struct {
	collector.Message
	ObservedFrom  time.Time `parquet:"observed_from,timestamp(microsecond)"`  // when the wording was first seen
	ObservedUntil time.Time `parquet:"observed_until,timestamp(microsecond)"` // when it was last seen
}

// sameWording reports whether two observations of a message are of the same
// version. A version is what was said: text, entities, what is attached (file,
// picture, link preview, place), a poll's question and answers, and Telegram's
// edit date. Counters (views, forwards, replies, reactions, votes), pinning and
// restrictions change without being edits. So do the columns of personal data,
// which depend on the collection, not on the message. What different sources
// tell differs much, so that none of them stands for the other.
func sameWording(a, b *collector.Message) bool {
	return a.Source == b.Source && a.Text == b.Text && sameTime(a.EditDate, b.EditDate) &&
		slices.Equal(a.Entities, b.Entities) && sameMedia(a, b) && samePoll(a, b) && samePlace(a, b)
}

func sameMedia(a, b *collector.Message) bool {
	return a.MediaType == b.MediaType && a.MIMEType == b.MIMEType && a.FileName == b.FileName &&
		same(a.FileSize, b.FileSize) && same(a.Duration, b.Duration) && same(a.Width, b.Width) && same(a.Height, b.Height) &&
		a.DocumentID == b.DocumentID && a.PhotoID == b.PhotoID &&
		a.URL == b.URL && a.URLTitle == b.URLTitle && a.URLDescription == b.URLDescription
}

func samePoll(a, b *collector.Message) bool {
	return a.PollID == b.PollID && a.PollQuestion == b.PollQuestion &&
		slices.EqualFunc(a.PollResults, b.PollResults, func(x, y collector.PollResult) bool { return x.Text == y.Text })
}

func samePlace(a, b *collector.Message) bool {
	return a.GeoType == b.GeoType && same(a.Latitude, b.Latitude) && same(a.Longitude, b.Longitude) &&
		a.VenueID == b.VenueID && a.VenueType == b.VenueType && a.VenueTitle == b.VenueTitle &&
		a.VenueAddress == b.VenueAddress && a.VenueProvider == b.VenueProvider
}

func same[T comparable](a, b *T) bool {
	return a == b || a != nil && b != nil && *a == *b
}

func sameTime(a, b *time.Time) bool {
	return a == b || a != nil && b != nil && a.Equal(*b)
}

// observation is what a part of one revision says of a message.
type observation struct {
	revision revision
	row      collector.Message
	from     time.Time // when the wording was first seen
	kept     bool      // of a part of versions
}

// runs joins the neighbours among observations, ascending by revision, that have
// the same wording. Each run is its newest observation, seen from the earliest
// time of all.
func runs(seen []observation) []observation {
	var out []observation
	for _, o := range seen {
		n := len(out)
		if n == 0 || !sameWording(&out[n-1].row, &o.row) {
			out = append(out, o)
			continue
		}
		if o.from.After(out[n-1].from) {
			o.from = out[n-1].from
		}
		out[n-1] = o
	}
	return out
}

// versions are the runs but the last, which is the message as it is.
func versions(seen []observation) []Version {
	all := runs(seen)
	first := all[0].from
	for _, o := range all {
		if o.from.Before(first) {
			first = o.from
		}
	}
	out := make([]Version, 0, len(all)-1)
	for _, o := range all[:len(all)-1] {
		v := Version{o.row, o.from, o.row.LastSeenAt}
		v.FirstSeenAt, v.GoneAt = first, nil
		out = append(out, v)
	}
	return out
}
