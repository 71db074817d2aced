package part

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"telegramtrac/collector"
)

// Times that a timestamp column of microseconds holds and that read back equal:
// parquet-go reads them by way of nanoseconds.
var (
	minTime = time.Unix(0, math.MinInt64)
	maxTime = time.Unix(0, math.MaxInt64)
)

var TimeType = reflect.TypeFor[time.Time]()

// Cleaner makes a value storable: strings valid UTF-8 (one invalid value makes
// DuckDB refuse the whole query), times within bounds (a zero time.Time reads
// back as 1754). What cannot be stored as a time becomes null, or 1970 where the
// column is required. Lists are replaced, never written through, for the row may
// be a shallow copy.
type Cleaner func(reflect.Value)

// CleanerOf returns the cleaner of a type's values, nil when all are storable.
func CleanerOf(t reflect.Type) Cleaner {
	switch {
	case t == TimeType:
		return cleanTime
	case t == reflect.PointerTo(TimeType):
		return cleanTimePointer
	case t.Kind() == reflect.String:
		return cleanString
	case t.Kind() == reflect.Struct:
		return structCleaner(t)
	case t.Kind() == reflect.Slice:
		return listCleaner(CleanerOf(t.Elem()))
	}
	return nil
}

// Clean makes rows storable, in place.
func Clean[T any](rows ...*T) {
	c := CleanerOf(reflect.TypeFor[T]())
	for _, row := range rows {
		c(reflect.ValueOf(row).Elem())
	}
}

func cleanString(v reflect.Value) {
	if s := v.String(); !utf8.ValidString(s) {
		v.SetString(strings.ToValidUTF8(s, "\uFFFD"))
	}
}

func cleanTime(v reflect.Value) {
	if t := v.Addr().Interface().(*time.Time); !storable(*t) {
		*t = time.Unix(0, 0).UTC()
	}
}

func cleanTimePointer(v reflect.Value) {
	if t := *v.Addr().Interface().(**time.Time); t != nil && !storable(*t) {
		v.SetZero()
	}
}

func storable(t time.Time) bool { return !t.IsZero() && t.After(minTime) && t.Before(maxTime) }

func structCleaner(t reflect.Type) Cleaner {
	var fields []int
	var cleaners []Cleaner
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("parquet") == "-" {
			continue
		}
		if c := CleanerOf(t.Field(i).Type); c != nil {
			fields, cleaners = append(fields, i), append(cleaners, c)
		}
	}
	return func(v reflect.Value) {
		for n, i := range fields {
			cleaners[n](v.Field(i))
		}
	}
}

// listCleaner cleans a copy, of the lists that are not empty.
func listCleaner(element Cleaner) Cleaner {
	if element == nil {
		return nil
	}
	return func(v reflect.Value) {
		if v.Len() == 0 {
			return
		}
		list := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(list, v)
		for i := range list.Len() {
			element(list.Index(i))
		}
		v.Set(list)
	}
}

// CleanMessages is Clean for most of all rows, without reflection. A test compares the
// two in each field.
func CleanMessages(rows []*collector.Message) {
	for _, m := range rows {
		cleanMessage(m)
	}
}

func cleanMessage(m *collector.Message) {
	for _, s := range [...]*string{
		&m.ChannelUsername, &m.ChannelTitle, &m.Kind, &m.Action, &m.Text, &m.Rich, &m.PostAuthor, &m.FromType,
		&m.ForwardFromType, &m.ForwardFromUsername, &m.ForwardFromName, &m.ForwardPostAuthor, &m.TopicTitle,
		&m.MediaType, &m.MIMEType, &m.FileName, &m.URL, &m.Domain, &m.URLTitle, &m.URLDescription, &m.PollQuestion,
		&m.GeoType, &m.VenueID, &m.VenueType, &m.VenueTitle, &m.VenueAddress, &m.VenueProvider,
		&m.ContactPhone, &m.ContactName, &m.Source, &m.Raw,
	} {
		cleanText(s)
	}
	for _, t := range [...]*time.Time{&m.Date, &m.FirstSeenAt, &m.LastSeenAt} {
		if !storable(*t) {
			*t = time.Unix(0, 0).UTC()
		}
	}
	for _, t := range [...]**time.Time{&m.EditDate, &m.ForwardDate, &m.GoneAt} {
		if *t != nil && !storable(**t) {
			*t = nil
		}
	}
	for _, l := range [...]*[]string{&m.Links, &m.Mentions, &m.Hashtags} {
		cleanList(l, func(s *string) *string { return s })
	}
	cleanList(&m.Entities, func(e *collector.Entity) *string { return &e.Type }, func(e *collector.Entity) *string { return &e.URL })
	cleanList(&m.Reactions, func(r *collector.Reaction) *string { return &r.Emoji })
	cleanList(&m.TMeLinks, func(l *collector.TMeLink) *string { return &l.Username })
	cleanList(&m.PollResults, func(p *collector.PollResult) *string { return &p.Text })
}

func cleanText(s *string) {
	if !utf8.ValidString(*s) {
		*s = strings.ToValidUTF8(*s, "\uFFFD")
	}
}

// cleanList cleans texts of a list's elements, in a copy where any needs it.
func cleanList[E any](list *[]E, texts ...func(*E) *string) {
	own := false
	for i := range *list {
		for _, of := range texts {
			if utf8.ValidString(*of(&(*list)[i])) {
				continue
			}
			if !own {
				*list, own = slices.Clone(*list), true
			}
			cleanText(of(&(*list)[i]))
		}
	}
}
