package staging

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/part"
)

// What a staged row is to the dataset.
const (
	rowNewest = iota
	rowOlder
	rowKnown
)

// verdictOn compares a row with what is said of its message, ascending as histories
// are, and notes in it when the message was found gone afterwards.
func verdictOn(seen []fold.Observation, row *collector.Message, proofs []*part.Part) int {
	if len(seen) == 0 {
		noteGone(row, nil, proofs)
		return rowNewest
	}
	top := seen[len(seen)-1]
	at, last := row.LastSeenAt, top.Row.LastSeenAt
	same := at.Equal(last) && row.Source == top.Row.Source && fold.SameWording(row, &top.Row)
	found := row.GoneAt != nil && noneAfter(&top, proofs, at)
	read := slices.ContainsFunc(seen, func(o fold.Observation) bool { return !fold.Unread(&o.Row) })
	switch {
	case fold.Unread(row) && read:
		return rowKnown // what was read of it stays
	case slices.ContainsFunc(seen, func(o fold.Observation) bool { return collector.StaysBehind(row.Source, o.Row.Source) }):
		// It may be known, and never becomes the message.
	case !slices.ContainsFunc(seen, func(o fold.Observation) bool { return !collector.StaysBehind(o.Row.Source, row.Source) }):
		noteGone(row, &top, proofs)
		return rowNewest
	case !fold.Unread(row) && !read:
		noteGone(row, &top, proofs)
		return rowNewest
	case same && poorer(row, &top.Row):
		if !found {
			return rowKnown
		}
		gone := row.GoneAt
		*row = top.Row
		row.GoneAt = gone
		noteGone(row, &top, proofs)
		return rowNewest
	case same && !found && sameRow(*row, top.Row):
		return rowKnown
	case same, at.After(last), at.Equal(last) && editedAt(row).After(editedAt(&top.Row)):
		noteGone(row, &top, proofs)
		return rowNewest
	}
	for _, o := range seen {
		if fold.SameWording(&o.Row, row) && !at.Before(o.From) && !at.After(o.Row.LastSeenAt) {
			return rowKnown
		}
	}
	return rowOlder
}

// noneAfter reports whether the dataset does not know that the message went.
func noneAfter(top *fold.Observation, proofs []*part.Part, at time.Time) bool {
	m := collector.Message{ID: top.Row.ID, LastSeenAt: at}
	noteGone(&m, top, proofs)
	return m.GoneAt == nil
}

// noteGone fills in when a message was first proved not to exist after the row
// was seen. Parts that are not newer than the top observation, if there is one,
// had a row for it.
func noteGone(row *collector.Message, top *fold.Observation, proofs []*part.Part) {
	note := func(at time.Time) {
		if at.After(row.LastSeenAt) && (row.GoneAt == nil || at.Before(*row.GoneAt)) {
			at = at.UTC().Truncate(time.Microsecond)
			row.GoneAt = &at
		}
	}
	if top != nil && top.Row.GoneAt != nil {
		note(*top.Row.GoneAt)
	}
	for _, p := range proofs {
		if top != nil && p.Revision.Compare(top.Revision) <= 0 {
			continue
		}
		if at, _, ok := p.GoneAt(row.ID); ok {
			note(at)
		}
	}
}

func editedAt(m *collector.Message) time.Time {
	if m.EditDate != nil {
		return *m.EditDate
	}
	return time.Time{}
}

// sameRow reports whether two rows say the same, whenever they were seen first
// and went. What a file has of threads may have been worked out when it was written.
func sameRow(a, b collector.Message) bool {
	a.FirstSeenAt, a.GoneAt = b.FirstSeenAt, b.GoneAt
	a.ThreadChannelID, a.ThreadMessageID = b.ThreadChannelID, b.ThreadMessageID
	return reflect.DeepEqual(a, b)
}

// poorer reports whether a row of the same moment tells less than another: a private
// one beside a personal one.
func poorer(row, than *collector.Message) bool {
	a, b := reflect.ValueOf(*row), reflect.ValueOf(*than)
	for i := range a.NumField() {
		name := a.Type().Field(i).Name
		told := name != "FirstSeenAt" && name != "GoneAt" && !strings.HasPrefix(name, "Thread") && a.Field(i).Kind() != reflect.Bool
		if told && a.Field(i).IsZero() && !b.Field(i).IsZero() {
			return true
		}
	}
	return hides(row.FromID, than.FromID) || hides(row.ForwardFromID, than.ForwardFromID) || hides(row.ViaBotID, than.ViaBotID) ||
		hides(row.ContactUserID, than.ContactUserID) || poorerRaw(row.Raw, than.Raw)
}

// hides reports whether an id is a pseudonym, which is longer than any id of a
// user, in the place of one that is none.
func hides(id, than int64) bool { return id >= 1<<62 && than < 1<<62 }

// poorerRaw reports whether an object lacks something that another has, or has a
// pseudonym in its place.
func poorerRaw(raw, than string) bool {
	if raw == than {
		return false
	}
	a, ok := decoded(raw)
	b, also := decoded(than)
	return also && (!ok || lacks(a, b))
}

func decoded(raw string) (v any, ok bool) {
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber() // ids do not fit into a float
	err := d.Decode(&v)
	return v, err == nil
}

func lacks(v, than any) bool {
	switch than := than.(type) {
	case map[string]any:
		m, ok := v.(map[string]any)
		for key, x := range than {
			if !ok || lacks(m[key], x) {
				return true
			}
		}
	case []any:
		list, ok := v.([]any)
		for i, x := range than {
			if !ok || i >= len(list) || lacks(list[i], x) {
				return true
			}
		}
	case string:
		return v == nil && than != ""
	case json.Number:
		n, ok := v.(json.Number)
		id, _ := n.Int64()
		other, _ := than.Int64()
		return !ok || hides(id, other)
	}
	return false
}
