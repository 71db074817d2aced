// Package telethon maps gotd's objects to JSON as Telethon's to_dict writes it, and JSON of any
// layer back to objects of the current one.
//
// Both directions are one generic mapping. A plan per Go type, made once by reflection, says
// which of its fields belongs to which of the schema's, its name, the flag that makes it present,
// and how it is written in a private collection. The schema: https://core.telegram.org/schema
package telethon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tdp"
	"github.com/gotd/td/tg"
)

// DecodeReport says which parts of the JSON the current layer cannot represent.
type DecodeReport struct {
	// Dropped counts, by "Class.key", the keys that the layer does not have and the values in a
	// form that it no longer has; by "Class", the values of unknown classes. Empty values
	// (null, false, an empty text or list) are not counted.
	Dropped map[string]int

	// patches are corrections to the JSON of AppendJSON, by path (keys and list indices, joined
	// by dots): a number that was missing is null, although another field with the same flag
	// was present; a value of an unknown class keeps the class's name.
	patches map[string]string

	Hides bool // the JSON has edit_hide, which layers before 107 did not have
}

func (r *DecodeReport) drop(name string) {
	if r.Dropped == nil {
		r.Dropped = map[string]int{}
	}
	r.Dropped[name]++
}

// UnknownClassError means that JSON names a class that the layer does not have.
type UnknownClassError struct{ Class string }

func (e *UnknownClassError) Error() string { return fmt.Sprintf("unknown class %q", e.Class) }

// errForm means that a value does not have its field's type: the field has changed since the
// JSON was written.
var errForm = errors.New("value of another form")

// DecodeTelethon reads one object in the form of Telethon's to_dict, as in a line of the NDJSON
// files of such tools, into an object of package tg. It may come from an older or newer layer:
// older forms are converted (see older.go), missing keys are unset, and a value that the layer
// cannot represent, or of an unknown class or form, is dropped alone and counted. Dates may be
// "2024-02-02 14:04:44.000000" (UTC), with a zone, in ISO 8601, or Unix seconds; for bytes see
// setBytes. The object can be sent: its flags are set, and all required fields are present. It
// is an error if the object itself is of an unknown class (an *UnknownClassError), lacks an
// object that stands for it, or has a required number, date or text that cannot be read.
func DecodeTelethon(line []byte) (bin.Object, DecodeReport, error) {
	var report DecodeReport
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil {
		return nil, report, fmt.Errorf("read JSON: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, report, errors.New("read JSON: more than one object")
	}
	report.Hides = m["edit_hide"] != nil
	d := decoder{report: &report}
	v, err := d.object(m, nil)
	if err != nil {
		if err == errForm {
			err = errors.New("no class named in the object")
		}
		return nil, report, err
	}
	obj := v.Interface().(bin.Object)
	if err := obj.Encode(&bin.Buffer{}); err != nil {
		return nil, report, fmt.Errorf("incomplete object: %w", err)
	}
	return obj, report, nil
}

type decoder struct {
	report *DecodeReport
	path   []string // keys and list indices down to the value
}

// object makes a pointer to the struct for m. If an interface type is given, the struct is one
// of its constructors.
func (d *decoder) object(m map[string]any, iface reflect.Type) (reflect.Value, error) {
	modernize(m)
	class, ok := m["_"].(string)
	if !ok {
		return reflect.Value{}, errForm
	}
	candidates := classes()[class]
	if len(candidates) == 0 {
		return reflect.Value{}, &UnknownClassError{class}
	}
	p := choose(candidates, m, iface)
	if p == nil {
		return reflect.Value{}, errForm
	}
	ptr := reflect.New(p.typ)
	return ptr, d.fill(ptr, p, m)
}

// choose picks, among the constructors with the same name at Telethon, such as chatFull and
// messages.chatFull, the one with most of the object's keys.
func choose(candidates []*plan, m map[string]any, iface reflect.Type) *plan {
	var best *plan
	bestKnown := -1
	for _, p := range candidates {
		if iface != nil && !reflect.PointerTo(p.typ).Implements(iface) {
			continue
		}
		known := 0
		for key := range m {
			if _, ok := p.byKey[key]; ok {
				known++
			}
		}
		if known > bestKnown || known == bestKnown && len(p.fields) < len(best.fields) {
			best, bestKnown = p, known
		}
	}
	return best
}

// fill sets the fields of the struct that ptr points to.
func (d *decoder) fill(ptr reflect.Value, p *plan, m map[string]any) error {
	v := ptr.Elem()
	for _, key := range slices.Sorted(maps.Keys(m)) {
		val := m[key]
		if key == "_" || val == nil || !p.has(key) && saysNothing(val) {
			continue
		}
		if !p.has(key) {
			d.report.drop(p.class + "." + key)
			continue
		}
		if err := d.field(v, p, &p.fields[p.byKey[key]], val); err != nil {
			return err
		}
	}
	if err := p.complete(v); err != nil {
		return err
	}
	if o, ok := ptr.Interface().(interface{ SetFlags() }); ok {
		o.SetFlags()
	}
	d.notTold(v, p, m)
	return nil
}

func (p *plan) has(key string) bool {
	_, ok := p.byKey[key]
	return ok
}

// saysNothing reports whether a value is what Telethon writes for a missing one.
func saysNothing(val any) bool {
	switch x := val.(type) {
	case nil:
		return true
	case bool:
		return !x
	case string:
		return x == ""
	case []any:
		return len(x) == 0
	}
	return false
}

// field sets a field. A value that cannot be read is lost alone, or, if it is a required
// number, date or text, together with the object.
func (d *decoder) field(v reflect.Value, p *plan, f *field, val any) error {
	target := v.Field(f.index)
	d.path = append(d.path, f.key)
	defer func() { d.path = d.path[:len(d.path)-1] }()
	if err := d.value(target, &f.shape, val, p.class, f.key); err != nil {
		target.SetZero()
		d.unpatch()
		if !f.optional && f.shape.isText() {
			if errors.Is(err, errForm) {
				err = errors.New("there is a list or an object where a single value should be")
			}
			return fmt.Errorf("%s.%s: %w", p.class, f.key, err)
		}
		d.lose(p.class, f, err)
		return nil
	}
	if f.bit != 0 && isPresent(target, f.shape.kind) {
		flags := v.Field(p.flags[f.flags])
		flags.SetUint(flags.Uint() | uint64(f.bit))
	}
	return nil
}

// isText reports whether the values are numbers, dates or texts: without a required one, the
// object would have another meaning.
func (s *shape) isText() bool {
	switch s.kind {
	case kindInt, kindDate, kindLong, kindDouble, kindString, kindBool:
		return true
	}
	return false
}

// lose counts a field's value that cannot be read.
func (d *decoder) lose(class string, f *field, err error) {
	unknown, ok := errors.AsType[*UnknownClassError](err)
	if !ok {
		d.report.drop(class + "." + f.key)
		return
	}
	d.report.drop(unknown.Class)
	if f.rule == keep && classForm.MatchString(unknown.Class) {
		d.patch(`{"_":"` + unknown.Class + `"}`)
	}
}

var classForm = regexp.MustCompile(`^[A-Z][A-Za-z0-9]{0,63}$`)

// patch sets a patch at the path.
func (d *decoder) patch(text string) {
	if d.report.patches == nil {
		d.report.patches = map[string]string{}
	}
	d.report.patches[strings.Join(d.path, ".")] = text
}

// unpatch removes the patches within the value at the path, which is dropped.
func (d *decoder) unpatch() {
	inside := strings.Join(d.path, ".") + "."
	maps.DeleteFunc(d.report.patches, func(path, _ string) bool { return strings.HasPrefix(path, inside) })
}

// notTold patches numbers that are present only because another field has the same flag:
// forwards were added later than views.
func (d *decoder) notTold(v reflect.Value, p *plan, m map[string]any) {
	for i := range p.fields {
		f := &p.fields[i]
		if !f.shared || m[f.key] != nil || v.Field(p.flags[f.flags]).Uint()&uint64(f.bit) == 0 {
			continue
		}
		d.path = append(d.path, f.key)
		d.patch("null")
		d.path = d.path[:len(d.path)-1]
	}
}

// Entity makes an entity of a class; nil where the layer has no such class.
func Entity(class string, offset, length int, url string) tg.MessageEntityClass {
	candidates := classes()[class]
	if len(candidates) == 0 {
		return nil
	}
	ptr := reflect.New(candidates[0].typ)
	ptr.Elem().FieldByName("Offset").SetInt(int64(offset))
	ptr.Elem().FieldByName("Length").SetInt(int64(length))
	if address := ptr.Elem().FieldByName("URL"); address.IsValid() {
		address.SetString(url)
	}
	return ptr.Interface().(tg.MessageEntityClass)
}

// classes maps Telethon's names to the layer's constructors, without functions.
var classes = sync.OnceValue(func() map[string][]*plan {
	byClass := map[string][]*plan{}
	for _, construct := range tg.TypesConstructorMap() {
		obj := construct()
		t := reflect.TypeOf(obj).Elem()
		if o, ok := obj.(tdp.Object); !ok || isFunction(o.TypeInfo().Name, t.Name()) {
			continue
		}
		p := planOf(t)
		if p == nil {
			continue
		}
		byClass[p.class] = append(byClass[p.class], p)
	}
	for _, ps := range byClass {
		slices.SortFunc(ps, func(a, b *plan) int { return strings.Compare(a.name, b.name) })
	}
	return byClass
})
