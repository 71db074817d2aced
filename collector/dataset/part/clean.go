package part

import (
	"math"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
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
