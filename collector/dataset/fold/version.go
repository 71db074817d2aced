package fold

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/part"
)

// SameWording reports whether two observations of a message, the older one first,
// are of the same version. A version is what was said: text, entities, what is
// attached (file, picture, link preview, place), a poll's question and answers,
// and Telegram's date of an edit that people saw. Counters (views, forwards,
// replies, reactions, stars, votes), pinning and restrictions change without being
// edits, and where they leave a date behind, Telegram hides it. So do the columns
// of personal data, which depend on the collection, not on the message. What
// different sources tell differs much, so that none of them stands for the other.
// A message that could not be read has no wording: what is read of it later stands
// for both.
func SameWording(a, b *collector.Message) bool {
	if Unread(a) && !Unread(b) {
		return true
	}
	if a.Source != b.Source {
		return false
	}
	if Begun(a) && !Begun(b) && b.Rich != "" {
		return SameTime(a.Edited(), b.Edited()) // the same, read to its end
	}
	return a.Text == b.Text && slices.Equal(a.Entities, b.Entities) && sameMedia(a, b) && samePoll(a, b) && samePlace(a, b) &&
		(SameTime(a.EditDate, b.EditDate) || SameTime(a.Edited(), b.Edited()) || unseen(a) || unseen(b))
}

func Unread(m *collector.Message) bool { return m.Kind == collector.KindUnreadable }

// Begun reports whether a row has no more than the beginning of a rich message:
// Telegram sent it so, or an earlier version of the program did not read blocks.
func Begun(m *collector.Message) bool {
	return m.Rich == collector.RichPart ||
		m.Rich == "" && m.Text == "" && strings.HasPrefix(string(collector.ReadRaw(m.Raw, `"rich_message":{`).Rich), "{")
}

// unseen reports whether what changed last is no edit: its date stands where that
// of an edit before it may have been.
func unseen(m *collector.Message) bool { return m.EditDate != nil && m.Edited() == nil }

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

func SameTime(a, b *time.Time) bool {
	return a == b || a != nil && b != nil && a.Equal(*b)
}

// Observation is what a part of one revision says of a message.
type Observation struct {
	Revision part.Revision
	Row      collector.Message
	From     time.Time // when the wording was first seen
	Stored   bool      // of a part of versions
}

// past reports whether an archive's observation was older than what the dataset
// knew of the message already: see staging.Writer.Import. Its revision says nothing of
// when it was made.
func (o Observation) past() bool { return o.Revision.Major == 0 }

// compare brings observations in the order in which they were made, as far as
// the fold goes by it: revisions ascend, but that past ones come first, among
// themselves by time.
func (o Observation) compare(p Observation) int {
	if o.past() && p.past() {
		return cmp.Or(o.Row.LastSeenAt.Compare(p.Row.LastSeenAt), o.Revision.Compare(p.Revision))
	}
	return o.Revision.Compare(p.Revision)
}

// Join makes the newer of two neighbours with one wording stand for both.
func (o Observation) Join(newer Observation) Observation {
	if newer.From.After(o.From) {
		newer.From = o.From
	}
	if o.past() && newer.Row.LastSeenAt.Before(o.Row.LastSeenAt) {
		newer.Row.LastSeenAt = o.Row.LastSeenAt
	}
	return newer
}

// Runs joins the neighbours among observations, ascending by revision, that have
// the same wording. Each run is its newest observation, seen from the earliest
// time of all.
func Runs(seen []Observation) []Observation {
	var out []Observation
	for _, o := range seen {
		n := len(out)
		if n == 0 || !SameWording(&out[n-1].Row, &o.Row) {
			out = append(out, o)
			continue
		}
		out[n-1] = out[n-1].Join(o)
	}
	return out
}

// versions are the runs but the last, which is the message as it is, in the
// order in which they were seen last.
func versions(seen []Observation) []part.Version {
	all := Runs(seen)
	first := all[0].From
	for _, o := range all {
		if o.From.Before(first) {
			first = o.From
		}
	}
	out := make([]part.Version, 0, len(all)-1)
	for _, o := range placed(all[:len(all)-1]) {
		v := part.Version{Message: o.Row, ObservedFrom: o.From, ObservedUntil: o.Row.LastSeenAt}
		v.FirstSeenAt, v.GoneAt = first, nil
		out = append(out, v)
	}
	return out
}

// placed puts past observations, which come first, where they belong by time.
func placed(all []Observation) []Observation {
	n := 0
	for n < len(all) && all[n].past() {
		n++
	}
	past, rest := all[:n], all[n:]
	if n == 0 || len(rest) == 0 {
		return all
	}
	out := make([]Observation, 0, len(all))
	for _, o := range rest {
		for len(past) > 0 && !past[0].Row.LastSeenAt.After(o.Row.LastSeenAt) {
			out, past = append(out, past[0]), past[1:]
		}
		out = append(out, o)
	}
	return append(out, past...)
}
