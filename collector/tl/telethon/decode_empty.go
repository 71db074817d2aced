package telethon

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// complete fills required fields that are missing with a constructor that means "empty".
func (p *plan) complete(v reflect.Value) error {
	for i := range p.fields {
		f := &p.fields[i]
		if f.optional && v.Field(p.flags[f.flags]).Uint()&uint64(f.bit) == 0 {
			continue
		}
		target := v.Field(f.index)
		switch {
		case f.shape.kind == kindStruct:
			if err := f.shape.plan.complete(target); err != nil {
				return err
			}
		case f.shape.kind == kindClass && target.IsNil():
			none := emptyOf(f.shape.typ)
			if !none.IsValid() {
				return fmt.Errorf("%s.%s: %w", p.class, f.key, errMissing)
			}
			target.Set(none)
		}
	}
	return nil
}

// errMissing means that a required object is missing.
var errMissing = errors.New("it is missing")

// empties remembers emptyOf: reflect.Type → reflect.Value.
var empties sync.Map

// doesNothing are the kinds of buttons used for unknown ones.
var doesNothing = map[string]bool{"InlineButtonTypeDisabled": true, "ButtonTypeDefault": true}

// emptyOf returns the constructor of a type that means "empty", such as photoEmpty: the zero
// Value if the type has none.
func emptyOf(iface reflect.Type) reflect.Value {
	if v, ok := empties.Load(iface); ok {
		if v == nil {
			return reflect.Value{}
		}
		return reflect.New(v.(reflect.Type))
	}
	var found any
	for class, ps := range classes() {
		for _, p := range ps {
			if (strings.HasSuffix(class, "Empty") || doesNothing[class]) && reflect.PointerTo(p.typ).Implements(iface) {
				found = p.typ
			}
		}
	}
	empties.Store(iface, found)
	return emptyOf(iface)
}
