package views

import (
	"html/template"
	"reflect"
	"sync"
	"time"

	"github.com/gofiber/template/html/v2"

	"telegramtrac/views/compiled"
)

// Templates that a page has hundreds of times, or that have hundreds of values, and what they
// take. {{written "days" .Days}} writes what {{template "days" .Days}} does, in a tenth of the
// time; each must be one that package compiled knows how to run.
var written = map[string]any{
	"days":            []MessageDay{},
	"choices":         []Choice{},
	"channel-choices": []ChannelChoice{},
	"column-choices":  []Choice{},
	"column-heads":    []Column{},
	"rows":            [][]Cell{},
	"downloads":       []Downloads{},
	"channel-rows":    []ChannelCount{},
	"receipts":        []ReceiptLine{},
}

// writtenIn is the function "written" of the templates of e.
func writtenIn(e *html.Engine) func(name string, data any) (template.HTML, error) {
	all := sync.OnceValue(func() *compiled.Templates { return compiled.New(e.Templates, natives()) }) // e has them once it is loaded
	return func(name string, data any) (template.HTML, error) { return all().HTML(name, data) }
}

// natives are those of funcs that are called without reflection.
func natives() map[string]compiled.Func {
	return map[string]compiled.Func{
		"count":   func(a []reflect.Value) string { return Count(a[0].Int()) },
		"plural":  func(a []reflect.Value) string { return Plural(a[0].Int(), a[1].String(), a[2].String()) },
		"name":    func(a []reflect.Value) string { return Name(a[0].String()) },
		"stamp":   func(a []reflect.Value) string { return Stamp(timeOf(a[0])) },
		"instant": func(a []reflect.Value) string { return Instant(timeOf(a[0])) },
		"day":     func(a []reflect.Value) string { return Day(timeOf(a[0])) },
	}
}

func timeOf(v reflect.Value) time.Time {
	if v.CanAddr() {
		if t, ok := v.Addr().Interface().(*time.Time); ok {
			return *t
		}
	}
	t, _ := v.Interface().(time.Time)
	return t
}
