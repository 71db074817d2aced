package telethon

import (
	"encoding/base64"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gotd/td/bin"

	"telegramtrac/collector"
)

// Form is how JSON writes values of types that it does not have.
type Form uint8

const (
	// ISO is the form of the column raw: dates as 2024-02-02T14:04:44+00:00,
	// bytes in base64.
	ISO Form = iota
	// Python is the form of telegram-tracker's files: dates as
	// 2024-02-02 14:04:44+00:00, bytes as Python's repr of them: b'\x01'.
	Python
)

// AppendJSON appends an object of package tg in the form of Telethon's to_dict: "_" is the
// class; then all fields under the schema's names, first the required ones, then those with a
// flag, each in the schema's order. A missing value is null, a flag false, a list empty. Dates
// are strings. The keys access_hash and file_reference are always omitted; with a Pseudonym,
// users' ids are pseudonyms and other data that identifies them is null. The JSON is valid UTF-8
// without spaces. For an obj that is not a constructor or a pointer to one it appends null.
func (e Encoder) AppendJSON(dst []byte, obj any) []byte { return e.object(dst, reflect.ValueOf(obj)) }

// Encoder writes objects of package tg as JSON.
type Encoder struct {
	Pseudonym collector.Pseudonym // for users' ids; nil: personal
	Form      Form
}

// object appends what v holds: a struct, a pointer to it, or an interface.
func (e Encoder) object(dst []byte, v reflect.Value) []byte {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		v = v.Elem() // of nil: the zero Value
	}
	if !v.IsValid() {
		return append(dst, "null"...)
	}
	p := planOf(v.Type())
	if p == nil {
		return append(dst, "null"...)
	}
	return append(e.fields(append(dst, p.open...), v, p), '}')
}

// fields appends the fields of the struct v. Adjacent missing fields are written together.
func (e Encoder) fields(dst []byte, v reflect.Value, p *plan) []byte {
	var flags [maxFlags]bin.Fields
	for i, at := range p.flags {
		flags[i] = bin.Fields(v.Field(at).Uint())
	}
	written := 0 // fields before this one are in dst
	for i := range p.fields {
		f := &p.fields[i]
		if f.rule == drop || e.Pseudonym != nil && f.rule == hide {
			continue
		}
		fv := v.Field(f.index)
		if f.optional && flags[f.flags]&f.bit == 0 && isZero(fv, f.shape.kind) {
			continue
		}
		dst = append(dst, p.unset(written, i)...)
		written = i + 1
		dst = append(dst, f.prefix...)
		switch {
		case e.Pseudonym != nil && f.rule == person:
			dst = e.person(dst, fv)
		case f.rule == address:
			dst = appendString(dst, collector.PrivateLink(fv.String(), e.Pseudonym))
		default:
			dst = e.value(dst, fv, &f.shape)
		}
	}
	return append(dst, p.unset(written, len(p.fields))...)
}

// isZero reports whether an optional field without a flag has no value either: in a new object
// the flags may not be computed yet.
func isZero(v reflect.Value, k kind) bool {
	switch k {
	case kindTrue, kindBool:
		return !v.Bool()
	case kindInt, kindDate, kindLong:
		return v.Int() == 0
	case kindString, kindBytes, kindVector:
		return v.Len() == 0
	}
	return v.IsZero()
}

// person appends a user's pseudonym, or those of a list.
func (e Encoder) person(dst []byte, v reflect.Value) []byte {
	if v.Kind() != reflect.Slice {
		return strconv.AppendInt(dst, e.user(v.Int()), 10)
	}
	dst = append(dst, '[')
	for i := range v.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, e.user(v.Index(i).Int()), 10)
	}
	return append(dst, ']')
}

// user returns a user's pseudonym; 0 remains 0.
func (e Encoder) user(id int64) int64 {
	if id == 0 {
		return 0
	}
	return e.Pseudonym(id)
}

func (e Encoder) value(dst []byte, v reflect.Value, s *shape) []byte {
	switch s.kind {
	case kindTrue:
		return append(dst, "true"...) // it is set
	case kindBool:
		return strconv.AppendBool(dst, v.Bool())
	case kindInt, kindLong:
		return strconv.AppendInt(dst, v.Int(), 10)
	case kindDate:
		return e.date(dst, v.Int())
	case kindDouble:
		return appendFloat(dst, v.Float())
	case kindString:
		return appendString(dst, v.String())
	case kindBytes:
		return e.bytes(dst, v.Bytes())
	case kindVector:
		dst = append(dst, '[')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = e.value(dst, v.Index(i), s.elem)
		}
		return append(dst, ']')
	case kindStruct:
		dst = append(dst, s.plan.open...)
		return append(e.fields(dst, v, s.plan), '}')
	}
	return e.object(dst, v)
}

// date appends a time in Unix seconds. 0 is 1970, as in Telethon.
func (e Encoder) date(dst []byte, unix int64) []byte {
	layout := `"2006-01-02T15:04:05`
	if e.Form == Python {
		layout = `"2006-01-02 15:04:05`
	}
	dst = time.Unix(unix, 0).UTC().AppendFormat(dst, layout)
	return append(dst, `+00:00"`...)
}

func (e Encoder) bytes(dst, b []byte) []byte {
	if e.Form == Python {
		return appendString(dst, pythonBytes(b))
	}
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, b)
	return append(dst, '"')
}

// appendFloat appends a number with a point, as Python writes floats; JSON has only finite
// numbers.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e16 {
		return strconv.AppendFloat(dst, f, 'f', 1, 64)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}

// appendString appends s quoted. Invalid UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		}
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
