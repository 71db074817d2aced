package telethon

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/gotd/td/tg"
)

// isPresent reports whether a value in the JSON is present: Telethon writes false for a missing
// flag and [] for a missing vector.
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
	if s.kind == kindBytes {
		return setBytes(v, val)
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
	modernize(m)
	if class, ok := m["_"].(string); ok && class != p.class {
		if len(classes()[class]) == 0 {
			return &UnknownClassError{class}
		}
		return errForm
	}
	return d.fill(v.Addr(), p, m)
}

// vector reads a list. Elements that cannot be read are dropped and counted.
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
		d.path = append(d.path, strconv.Itoa(out.Len()))
		err := d.value(e, s.elem, x, class, key)
		if err != nil {
			d.unpatch()
		}
		d.path = d.path[:len(d.path)-1]
		if err != nil {
			if unknown, ok := errors.AsType[*UnknownClassError](err); ok {
				d.report.drop(unknown.Class)
			} else {
				d.report.drop(class + "." + key)
			}
			continue
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
		if k == kindDate {
			t, err := parseDate(x)
			if err != nil {
				return 0, fmt.Errorf("%q is not a date", x)
			}
			n = t.Unix()
			break
		}
		var err error // JavaScript writes large ids as strings
		if n, err = strconv.ParseInt(x, 10, 64); err != nil {
			return 0, fmt.Errorf("%q is not a number", x)
		}
	default:
		return 0, fmt.Errorf("%v is not a number", val)
	}
	if k != kindLong && (n < math.MinInt32 || n > math.MaxInt32) {
		return 0, fmt.Errorf("%d does not fit", n)
	}
	return n, nil
}

// whole reads a whole number, also in the form 140.0.
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
