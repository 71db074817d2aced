package tl

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tdp"
	"github.com/gotd/td/tg"
)

// DecodeReport tells what of the JSON has no place in the current layer.
type DecodeReport struct {
	// Dropped counts, by "Class.key", the keys that the layer does not have,
	// and the values (null excepted) whose form it does not have any more.
	Dropped map[string]int
}

func (r *DecodeReport) drop(class, key string) {
	if r.Dropped == nil {
		r.Dropped = map[string]int{}
	}
	r.Dropped[class+"."+key]++
}

// UnknownClassError says that JSON names a class that the layer does not have.
type UnknownClassError struct{ Class string }

func (e *UnknownClassError) Error() string { return fmt.Sprintf("unknown class %q", e.Class) }

// errForm says that a value is of another kind than its field: the field has
// changed since the JSON was written.
var errForm = errors.New("value of another form")

// DecodeTelethon reads one object in the shape of Telethon's to_dict, as the
// lines of the NDJSON files that such tools write, into the object of package
// tg. It may come from an older layer: missing keys are unset, and what the
// layer has no place for is dropped and counted. Dates may be
// "2024-02-02 14:04:44.000000" (UTC), with a zone, in ISO 8601, or Unix seconds;
// bytes are base64 or Python's repr. The object can be sent as it is: its flags are set, and
// nothing that the schema requires is missing. An unknown class, here or
// inside, is an *UnknownClassError.
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
	d := decoder{report: &report}
	v, err := d.object(m, nil)
	if err != nil {
		if errors.Is(err, errForm) {
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

type decoder struct{ report *DecodeReport }

// object makes a pointer to the struct that m stands for. With an interface
// type given, it is one of that type's constructors.
func (d *decoder) object(m map[string]any, iface reflect.Type) (reflect.Value, error) {
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

// choose picks among the constructors that share Telethon's name, as chatFull
// and messages.chatFull do, the one that has most of the object's keys.
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
	for key, val := range m {
		if key == "_" {
			continue
		}
		i, ok := p.byKey[key]
		if !ok {
			d.report.drop(p.class, key)
			continue
		}
		if val == nil {
			continue
		}
		if err := d.field(v, p, &p.fields[i], val); err != nil {
			return err
		}
	}
	if o, ok := ptr.Interface().(interface{ SetFlags() }); ok {
		o.SetFlags()
	}
	return nil
}

func (d *decoder) field(v reflect.Value, p *plan, f *field, val any) error {
	target := v.Field(f.index)
	switch err := d.value(target, &f.shape, val, p.class, f.key); {
	case errors.Is(err, errForm):
		target.SetZero()
		d.report.drop(p.class, f.key)
		return nil
	case err != nil:
		return fmt.Errorf("%s.%s: %w", p.class, f.key, err)
	}
	if f.bit != 0 && isPresent(target, f.shape.kind) {
		flags := v.Field(p.flags[f.flags])
		flags.SetUint(flags.Uint() | uint64(f.bit))
	}
	return nil
}

// isPresent reports whether a value given in the JSON is one: Telethon writes
// false for a flag and [] for a vector that are not there.
func isPresent(v reflect.Value, k kind) bool {
	switch k {
	case kindTrue:
		return v.Bool()
	case kindVector:
		return v.Len() > 0
	}
	return true
}

func (d *decoder) value(v reflect.Value, s *shape, val any, class, key string) error {
	switch s.kind {
	case kindVector:
		return d.vector(v, s, val, class, key)
	case kindStruct:
		return d.structValue(v, s, val)
	case kindClass:
		m, ok := val.(map[string]any)
		if !ok {
			return errForm
		}
		obj, err := d.object(m, s.typ)
		if err != nil {
			return err
		}
		v.Set(obj)
		return nil
	}
	switch val.(type) {
	case map[string]any, []any:
		return errForm
	}
	return scalar(v, s.kind, val)
}

var textWithEntities = reflect.TypeFor[tg.TextWithEntities]()

func (d *decoder) structValue(v reflect.Value, s *shape, val any) error {
	if text, ok := val.(string); ok && s.typ == textWithEntities {
		v.Set(reflect.ValueOf(tg.TextWithEntities{Text: text})) // a plain string in older layers
		return nil
	}
	m, ok := val.(map[string]any)
	if !ok {
		return errForm
	}
	p := s.plan
	if class, ok := m["_"].(string); ok && class != p.class {
		if len(classes()[class]) == 0 {
			return &UnknownClassError{class}
		}
		return errForm
	}
	return d.fill(v.Addr(), p, m)
}

// vector reads a list. Elements without a place are dropped and counted.
func (d *decoder) vector(v reflect.Value, s *shape, val any, class, key string) error {
	list, ok := val.([]any)
	if !ok {
		return errForm
	}
	out := reflect.MakeSlice(s.typ, 0, len(list))
	for _, x := range list {
		if x == nil {
			continue
		}
		e := reflect.New(s.typ.Elem()).Elem()
		switch err := d.value(e, s.elem, x, class, key); {
		case errors.Is(err, errForm):
			d.report.drop(class, key)
			continue
		case err != nil:
			return err
		}
		out = reflect.Append(out, e)
	}
	if out.Len() > 0 {
		v.Set(out)
	}
	return nil
}

func scalar(v reflect.Value, k kind, val any) error {
	switch k {
	case kindTrue, kindBool:
		b, ok := val.(bool)
		if !ok {
			return fmt.Errorf("%v is not true or false", val)
		}
		v.SetBool(b)
	case kindString:
		s, ok := val.(string)
		if !ok {
			return fmt.Errorf("%v is not a string", val)
		}
		v.SetString(s)
	case kindBytes:
		return setBytes(v, val)
	case kindDouble:
		n, ok := val.(json.Number)
		f, err := n.Float64()
		if !ok || err != nil {
			return fmt.Errorf("%v is not a number", val)
		}
		v.SetFloat(f)
	default:
		n, err := integer(k, val)
		if err != nil {
			return err
		}
		v.SetInt(n)
	}
	return nil
}

func setBytes(v reflect.Value, val any) error {
	s, ok := val.(string)
	if !ok {
		return fmt.Errorf("%v is not bytes", val)
	}
	b, ok := fromPythonBytes(s)
	if !ok {
		var err error
		if b, err = base64.StdEncoding.DecodeString(s); err != nil {
			return fmt.Errorf("read bytes: %w", err)
		}
	}
	v.SetBytes(b)
	return nil
}

// integer reads an int, date or long.
func integer(k kind, val any) (int64, error) {
	var n int64
	switch x := val.(type) {
	case json.Number:
		var err error
		if n, err = whole(x.String()); err != nil {
			return 0, err
		}
	case string:
		t, err := parseDate(x)
		if k != kindDate || err != nil {
			return 0, fmt.Errorf("%q is not a number or date", x)
		}
		n = t.Unix()
	default:
		return 0, fmt.Errorf("%v is not a number", val)
	}
	if k != kindLong && (n < math.MinInt32 || n > math.MaxInt32) {
		return 0, fmt.Errorf("%d does not fit", n)
	}
	return n, nil
}

// whole reads a whole number, also in a spelling such as 140.0.
func whole(s string) (int64, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		return 0, fmt.Errorf("%s is not a whole number", s)
	}
	return int64(f), nil
}

func parseDate(s string) (time.Time, error) {
	layout := "2006-01-02 15:04:05"
	if len(s) > 10 && s[10] == 'T' {
		layout = "2006-01-02T15:04:05"
	}
	if t, err := time.Parse(layout, s); err == nil {
		return t, nil
	}
	return time.Parse(layout+"Z07:00", s)
}

// classes finds the constructors of the layer by Telethon's name for them.
// Functions are none.
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
