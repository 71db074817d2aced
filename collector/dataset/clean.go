package dataset

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

var timeType = reflect.TypeFor[time.Time]()

// clean makes every value of the struct that row points to storable: strings
// valid UTF-8 (one invalid value makes DuckDB refuse the whole query), times
// within bounds (a zero time.Time reads back as 1754). What cannot be stored as
// a time becomes null, or 1970 where the column is required. Lists and pointers
// are replaced, never written through, for the row may be a shallow copy.
func clean(row any) { cleanValue(reflect.ValueOf(row).Elem()) }

func cleanValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); !utf8.ValidString(s) {
			v.SetString(strings.ToValidUTF8(s, "\uFFFD"))
		}
	case reflect.Struct:
		cleanStruct(v)
	case reflect.Slice:
		if v.Len() > 0 && hasText(v.Type().Elem()) {
			cleanList(v)
		}
	case reflect.Pointer:
		if t, ok := v.Interface().(*time.Time); ok && t != nil && !storable(*t) {
			v.SetZero()
		}
	}
}

func cleanStruct(v reflect.Value) {
	if v.Type() == timeType {
		if t := v.Interface().(time.Time); !storable(t) {
			v.Set(reflect.ValueOf(time.Unix(0, 0).UTC()))
		}
		return
	}
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("parquet") != "-" {
			cleanValue(v.Field(i))
		}
	}
}

// cleanList replaces a list by a clean copy.
func cleanList(v reflect.Value) {
	list := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	reflect.Copy(list, v)
	for i := range list.Len() {
		cleanValue(list.Index(i))
	}
	v.Set(list)
}

func hasText(t reflect.Type) bool { return t.Kind() == reflect.String || t.Kind() == reflect.Struct }

func storable(t time.Time) bool { return !t.IsZero() && t.After(minTime) && t.Before(maxTime) }
